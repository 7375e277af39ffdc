#include "tests/bench/figure11_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>

#include "operator/plan/versions.h"

namespace clockwork::bench {
namespace {

constexpr double kKneeFraction = 0.95;

}  // namespace

bool HasValidTrial(const SweepRow& row) {
  const auto& trials = row.result.trials;
  return std::any_of(trials.begin(), trials.end(),
                     [](const plan::TrialRecord& trial) { return trial.valid; });
}

plan::TrialValue InStep(const SweepRow& row, std::int64_t step, double plan::Bucket::*member) {
  return [&row, step, member](const plan::TrialRecord& trial) -> std::optional<double> {
    const auto buckets = row.buckets.find(trial.id.trial);
    if (buckets == row.buckets.end()) return std::nullopt;
    for (const plan::Bucket& bucket : buckets->second) {
      if (bucket.bucket == step) return bucket.*member;
    }
    return std::nullopt;
  };
}

double OfIdeal(const SweepRow& row) {
  const double ideal_rps = row.ideal.goodput_rps;
  return ideal_rps > 0 ? row.result.median_goodput_rps.value_or(0) / ideal_rps : 0;
}

nlohmann::ordered_json ToJson(const SweepRow& row) {
  nlohmann::ordered_json json = plan::EncodeWorkersResult(row.result);
  json["idealRps"] = row.ideal.goodput_rps;
  json["ofIdeal"] = OfIdeal(row);
  return json;
}

std::string RenderKnee(const std::vector<SweepRow>& rows) {
  std::string knee = fmt::format("Knee: none up to N = {}.\n", rows.back().result.workers);
  std::vector<std::int64_t> unproved;
  for (const SweepRow& row : rows) {
    if (!HasValidTrial(row)) unproved.push_back(row.result.workers);
    if (OfIdeal(row) >= kKneeFraction) continue;
    knee = fmt::format("Knee: N = {} is the first below 95 % of the ideal.\n", row.result.workers);
    break;
  }
  if (unproved.empty()) return knee;
  return knee + fmt::format("It rests on N = {}, too, without a valid trial.\n",
                            fmt::join(unproved, ", "));
}

std::string RenderVersions(const std::vector<SweepRow>& rows) {
  std::map<std::string, std::vector<std::string>> measured;
  for (const SweepRow& row : rows) {
    std::map<std::string, std::vector<std::int64_t>> trials;
    for (const plan::TrialRecord& trial : row.result.trials) {
      trials[plan::VersionsOf(trial)].push_back(trial.id.trial);
    }
    for (const auto& [version, numbers] : trials) {
      const std::string which = trials.size() == 1
                                    ? ""
                                    : fmt::format(" (trial{} {})", numbers.size() == 1 ? "" : "s",
                                                  fmt::join(numbers, ", "));
      measured[version].push_back(std::to_string(row.result.workers) + which);
    }
  }
  if (measured.size() == 1) return fmt::format("Measured by {}.\n", measured.begin()->first);
  std::string text = "NOT ALL OF ONE VERSION:\n";
  for (const auto& [version, which] : measured) {
    text += fmt::format("  measured by {}: N = {}\n", version, fmt::join(which, ", "));
  }
  return text;
}

std::string Caption(const Sweep& sweep, const std::string& more) {
  const auto [fewest, most] = std::minmax_element(
      sweep.rows.begin(), sweep.rows.end(), [](const SweepRow& a, const SweepRow& b) {
        return a.result.trials.size() < b.result.trials.size();
      });
  std::string trials = std::to_string(most->result.trials.size());
  if (fewest->result.trials.size() < most->result.trials.size()) {
    trials = fmt::format("{} to {}", fewest->result.trials.size(), trials);
  }
  return fmt::format(
      "ours: synthetic day, level and model order fitted to the paper's N = 40; emulated GPUs "
      "(zoo v100-osdi20); all three programs on one machine over loopback; {} trial{}, load steps "
      "of {} s. Paper: servers of 32 cores, re-run: 30 cores{}{}",
      trials, trials == "1" ? "" : "s", sweep.period_seconds, more.empty() ? "" : "; ", more);
}

}  // namespace clockwork::bench
