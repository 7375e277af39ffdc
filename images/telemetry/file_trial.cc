#include "images/telemetry/file_trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "images/common/base/file.h"
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
    RemoveLogs();
    return evidence;
  }

  // They are safe in the tree. A container may not be allowed to remove the directory itself.
  void RemoveLogs() const {
    std::error_code ignored;
    std::vector<fs::path> entries;
    for (const auto& entry : fs::directory_iterator(options_.logs, ignored)) {
      entries.push_back(entry.path());
    }
    for (const fs::path& entry : entries) fs::remove(entry, ignored);
    fs::remove(options_.logs, ignored);
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
