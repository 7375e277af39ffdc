#include "tests/bench/figure11_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "images/common/base/file.h"
#include "images/common/base/log.h"
#include "images/common/base/parse.h"
#include "images/common/plan/results.h"
#include "images/common/plan/tree.h"
#include "operator/api/encode.h"
#include "operator/local/experiment_directory.h"
#include "tests/bench/worker_counts.h"

namespace clockwork::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxRecordBytes = 1 << 16;
constexpr std::size_t kMaxTableBytes = 1 << 24;

// The N whose experiments an output directory has.
std::vector<std::int64_t> CountsIn(const std::string& output) {
  std::vector<std::int64_t> counts;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(output, ignored)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("n")) continue;
    const auto count = ParseInteger("N", std::string_view(name).substr(1), 1, kMaxWorkers);
    const bool held = fs::exists(entry.path() / plan::kExperimentFile, ignored);
    if (count.ok() && held) counts.push_back(*count);
  }
  return counts;
}

// The trials that have a record of this measurement. What else continuing one needs is not asked
// for: a drawing does with the records.
std::vector<std::optional<plan::TrialRecord>> ReadRecords(const std::string& directory,
                                                          const plan::Plan& plan,
                                                          const std::string& measurement) {
  std::vector<std::optional<plan::TrialRecord>> records(plan.order.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::string file = fmt::format("{}/{}", directory, plan::RecordFile(plan.order[i].id));
    std::error_code ignored;
    if (!fs::exists(file, ignored)) continue;
    const auto text = ReadFile(file, kMaxRecordBytes);
    auto record = text.ok() ? plan::DecodeRecord(*text) : Result<plan::TrialRecord>(text.error());
    if (!record.ok()) {
      LogWarning("{} is of no use and left out: {}", file, record.error().message);
    } else if (record->measurement == measurement) {
      records[i] = std::move(*record);
    }
  }
  return records;
}

struct Held {
  SweepRow row;
  std::int64_t period_seconds = 0;
};

Result<Held> ReadHeld(const std::string& directory) {
  auto experiment = local::ReadExperimentOf(directory);
  if (!experiment.ok()) return experiment.error();
  const plan::Plan plan = plan::MakePlan(experiment->spec);
  const auto records = ReadRecords(directory, plan, api::MeasurementHash(experiment->spec));
  Held held;
  held.row.result = plan::Summarize(plan, records).front();
  held.row.directory = directory;
  held.row.buckets = ReadBuckets(directory, held.row.result.trials);
  held.period_seconds = experiment->spec.load.period_seconds;
  return held;
}

// Adds what one output directory holds to `*all`.
Status ReadInto(const std::string& output, const std::vector<std::int64_t>& only,
                std::map<std::int64_t, Held>* all) {
  const std::vector<std::int64_t> counts = CountsIn(output);
  if (counts.empty()) {
    return UsageError(fmt::format(
        "--out: {} holds no sweep; name a directory that figure11 has measured into", output));
  }
  for (const std::int64_t workers : counts) {
    if (!only.empty() && std::find(only.begin(), only.end(), workers) == only.end()) continue;
    auto held = ReadHeld(DirectoryOf(output, workers));
    if (!held.ok()) return held.error();
    if (held->row.result.trials.empty()) {
      LogWarning("N = {}: {} holds no finished trial; left out", workers, held->row.directory);
      continue;
    }
    if (const auto before = all->find(workers); before != all->end()) {
      LogWarning("N = {}: taken from {}, not from {}", workers, held->row.directory,
                 before->second.row.directory);
    }
    (*all)[workers] = std::move(*held);
  }
  return {};
}

}  // namespace

std::string DirectoryOf(const std::string& output, std::int64_t workers) {
  return fmt::format("{}/n{}", output, workers);
}

std::map<std::int64_t, std::vector<plan::Bucket>> ReadBuckets(
    const std::string& directory, const std::vector<plan::TrialRecord>& trials) {
  std::map<std::int64_t, std::vector<plan::Bucket>> all;
  for (const plan::TrialRecord& trial : trials) {
    const std::string file = fmt::format("{}/{}", directory, plan::TimeSeriesFile(trial.id));
    const auto text = ReadFile(file, kMaxTableBytes);
    auto buckets =
        text.ok() ? plan::ParseBuckets(*text) : Result<std::vector<plan::Bucket>>(text.error());
    if (buckets.ok()) {
      all[trial.id.trial] = std::move(*buckets);
    } else {
      LogWarning("{} is of no use and left out: {}", file, buckets.error().message);
    }
  }
  return all;
}

void RemoveLogs(const std::string& directory, std::int64_t trials) {
  for (plan::TrialId id; id.trial <= trials; ++id.trial) {
    std::error_code ignored;
    fs::remove(fmt::format("{}/{}", directory, plan::RequestLogFile(id)), ignored);
    fs::remove(fmt::format("{}/{}", directory, plan::ActionLogFile(id)), ignored);
  }
}

Result<Sweep> ReadSweeps(const std::vector<std::string>& outputs,
                         const std::vector<std::int64_t>& only) {
  std::map<std::int64_t, Held> all;
  for (const std::string& output : outputs) {
    if (Status status = ReadInto(output, only, &all); !status.ok()) return status.error();
  }
  for (const std::int64_t workers : only) {
    if (all.contains(workers)) continue;
    return UsageError(fmt::format(
        "--workers: nothing is measured for N = {}; leave it out, or measure it without --draw",
        workers));
  }
  if (all.empty()) {
    return UsageError("--out: no trial is finished there; measure first, without --draw");
  }
  Sweep sweep;
  sweep.period_seconds = all.begin()->second.period_seconds;
  for (auto& [workers, held] : all) {
    if (held.period_seconds != sweep.period_seconds) {
      return UsageError(
          fmt::format("--out: {} was measured with load steps of {} s, {} of {} s; draw them apart",
                      sweep.rows.front().directory, sweep.period_seconds, held.row.directory,
                      held.period_seconds));
    }
    sweep.rows.push_back(std::move(held.row));
  }
  return sweep;
}

}  // namespace clockwork::bench
