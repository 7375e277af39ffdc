#include "images/telemetry/file_trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "images/common/base/file.h"
#include "images/common/base/parse.h"
#include "images/common/telemetry/reader.h"
#include "images/common/telemetry/trial_log.h"
#include "images/telemetry/collect.h"
#include "images/telemetry/core/evidence.h"
#include "images/telemetry/directory.h"
#include "images/telemetry/process.h"
#include "images/telemetry/result.h"

namespace clockwork::telemetry {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxSmallFileBytes = 65'536;

std::vector<fs::path> EntriesOf(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> entries;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    entries.push_back(entry->path());
  }
  return entries;
}

// They are safe in the tree, or nobody's. A container may not be allowed to remove the directory
// itself.
void RemoveLogs(const fs::path& logs) {
  std::error_code ignored;
  for (const fs::path& entry : EntriesOf(logs)) fs::remove(entry, ignored);
  fs::remove(logs, ignored);
}

// The number behind `prefix`, which is all that follows; 0 where there is none.
std::int64_t NumberAfter(std::string_view prefix, std::string_view name) {
  if (!name.starts_with(prefix)) return 0;
  const auto number = ParseInteger("", name.substr(prefix.size()), 1, INT32_MAX);
  return number.ok() ? *number : 0;
}

// Where earlier attempts at the trial have left theirs: beside `logs`, named as `attempt` (as
// plan/cluster/names.h writes it) with a smaller number at the end. Nothing unless `logs` is named
// so itself.
std::vector<std::string> EarlierLogs(const std::string& logs, const std::string& attempt) {
  const std::string prefix = attempt.substr(0, attempt.find_last_not_of("0123456789") + 1);
  const std::int64_t own = NumberAfter(prefix, attempt);
  std::vector<std::string> earlier;
  if (fs::path(logs).filename() != attempt) return earlier;
  for (const fs::path& entry : EntriesOf(fs::path(logs).parent_path())) {
    const std::int64_t number = NumberAfter(prefix, entry.filename().string());
    if (number > 0 && number < own) earlier.push_back(entry.string());
  }
  return earlier;
}

class TrialFiling {
 public:
  explicit TrialFiling(const FileTrialOptions& options)
      : options_(options),
        trial_(fmt::format("{}/trial-{}", options.experiment, options.trial)),
        tables_(fmt::format("{}/data/processed-data-trial-{}", options.experiment, options.trial)) {
  }

  Result<std::string> Run() {
    const std::string evidence_file = Filed(options_.config, "evidence.json");
    auto earlier = ReadFile(evidence_file, kMaxSmallFileBytes);
    if (earlier.ok() && IsEvidenceOf(*earlier, options_.attempt)) return Finish(*earlier);
    if (Status status = Collect(); !status.ok()) return status.error();
    auto trial = Process();
    if (!trial.ok()) return trial.error();
    auto manifest = FiledManifest();
    if (!manifest.ok()) return manifest.error();
    std::string evidence =
        EncodeEvidence(options_.attempt, *manifest, trial->summary, options_.client_summary);
    // From here on the trial is filed; what is cut short after it is done by the next run.
    if (Status status = WriteFileAtomically(evidence_file, evidence); !status.ok()) {
      return status.error();
    }
    return Finish(evidence);
  }

 private:
  std::string Filed(std::int64_t config, const char* kind) const {
    return fmt::format("{}/file=controller_{}_{}", trial_, config, kind);
  }

  Status Collect() {
    if (Status status = RequireDirectory("--logs", options_.logs); !status.ok()) return status;
    if (options_.allow_missing_manifest) {
      if (Status status = MakeManifest(); !status.ok()) return status;
    }
    CollectOptions collect{.logs = options_.logs,
                           .experiment = options_.experiment,
                           .trial = options_.trial,
                           .config = options_.config,
                           .client_summary = {}};
    if (!options_.client_summary.empty()) {
      collect.client_summary = options_.logs + "/client.json";
      Status status = WriteFileAtomically(collect.client_summary, options_.client_summary);
      if (!status.ok()) return status;
    }
    return RunCollect(collect);
  }

  template <typename Row>
  static Result<std::uint64_t> CountRows(const std::string& path) {
    LogReader<Row> log;
    Status status = log.Open(path);
    std::vector<Row> rows;
    do {
      if (status.ok()) status = log.Next(&rows);
      if (!status.ok()) return status.error();
    } while (!rows.empty());
    return std::uint64_t{log.rows()};
  }

  // The manifest that the controller would have written, had it one to write.
  Status MakeManifest() const {
    std::error_code ignored;
    const std::string path = options_.logs + "/" + kManifestName;
    if (fs::exists(path, ignored)) return {};
    auto requests = CountRows<RequestRow>(options_.logs + "/" + kRequestLogName);
    if (!requests.ok()) return requests.error();
    auto actions = CountRows<ActionRow>(options_.logs + "/" + kActionLogName);
    if (!actions.ok()) return actions.error();
    Manifest manifest;
    manifest.complete = true;
    manifest.request_rows = *requests;
    manifest.action_rows = *actions;
    return WriteFileAtomically(path, EncodeManifest(manifest));
  }

  Result<Manifest> FiledManifest() const {
    auto text = ReadFile(Filed(options_.config, "manifest.json"), kMaxSmallFileBytes);
    if (!text.ok()) return text.error();
    return DecodeManifest(*text);
  }

  Result<ProcessedTrial> Process() const {
    auto trial = ProcessLogs(Filed(options_.config, "request.tsv"),
                             Filed(options_.config, "action.tsv"), {}, options_.bucket_seconds);
    if (!trial.ok()) return trial;
    if (Status status = MakeDirectory("--experiment", tables_); !status.ok()) {
      return status.error();
    }
    const std::pair<std::string, std::string> files[] = {
        {fmt::format("{}/timeseries_data-{}.tsv", tables_, options_.config),
         EncodeTable(trial->time_series)},
        {fmt::format("{}/client_tail_cdf_data-{}.tsv", tables_, options_.config),
         EncodeTable(trial->tail_cdf)},
        {Filed(options_.config, "aggregate.tsv"),
         EncodeTable(AggregateTable({{options_.workers, trial->summary.peaks}}))}};
    for (const auto& [path, text] : files) {
      if (Status status = WriteFileAtomically(path, text); !status.ok()) return status.error();
    }
    if (Status status = JoinAggregates(); !status.ok()) return status.error();
    return trial;
  }

  // The rows of all configs of this trial that have been filed.
  Status JoinAggregates() const {
    Table joined;
    std::error_code ignored;
    for (std::int64_t config = 1; config <= kMaxConfigs; ++config) {
      const std::string path = Filed(config, "aggregate.tsv");
      if (!fs::exists(path, ignored)) continue;
      auto text = ReadFile(path, kMaxSmallFileBytes);
      if (!text.ok()) return text.error();
      auto table = DecodeTable(*text);
      if (!table.ok()) {
        return RuntimeError(fmt::format("{}: {}", path, table.error().message));
      }
      joined.columns = table->columns;
      std::move(table->rows.begin(), table->rows.end(), std::back_inserter(joined.rows));
    }
    return WriteFileAtomically(tables_ + "/goodput_aggregate_data.tsv", EncodeTable(joined));
  }

  Result<std::string> Finish(const std::string& evidence) const {
    if (options_.filing) {
      Status status = FileRecord(options_.experiment, {options_.config, options_.trial}, evidence,
                                 *options_.filing);
      if (status.ok()) status = FileResult(options_.experiment, *options_.filing, false);
      if (!status.ok()) return status.error();
    }
    RemoveLogs(options_.logs);
    for (const std::string& logs : EarlierLogs(options_.logs, options_.attempt)) RemoveLogs(logs);
    return evidence;
  }

  const FileTrialOptions& options_;
  const std::string trial_;
  const std::string tables_;
};

}  // namespace

Result<std::string> RunFileTrial(const FileTrialOptions& options) {
  return TrialFiling(options).Run();
}

Status ReportTrial(const Result<std::string>& evidence, const std::string& result_file) {
  const std::string text = evidence.ok() ? *evidence : EncodeFailure(evidence.error().message);
  if (!result_file.empty()) return WriteFileInPlace(result_file, text);
  if (evidence.ok()) std::puts(text.c_str());
  return {};
}

}  // namespace clockwork::telemetry
