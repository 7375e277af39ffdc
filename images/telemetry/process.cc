#include "images/telemetry/process.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "images/common/base/file.h"
#include "images/telemetry/core/tail_cdf.h"
#include "images/telemetry/core/time_series.h"
#include "images/telemetry/directory.h"

namespace clockwork::telemetry {
namespace {

std::string LogPath(const std::string& directory, std::int64_t config, const char* kind) {
  return fmt::format("{}/file=controller_{}_{}.tsv", directory, config, kind);
}

std::int64_t CountConfigs(const std::string& directory) {
  std::int64_t count = 0;
  std::error_code error;
  while (count < kMaxConfigs &&
         std::filesystem::exists(LogPath(directory, count + 1, "request"), error) &&
         std::filesystem::exists(LogPath(directory, count + 1, "action"), error)) {
    ++count;
  }
  return count;
}

Status WriteTables(const ProcessOptions& options, std::int64_t config,
                   const ProcessedTrial& trial) {
  const std::pair<const char*, std::string> files[] = {
      {"timeseries_data-{}.tsv", EncodeTable(trial.time_series)},
      {"client_tail_cdf_data-{}.tsv", EncodeTable(trial.tail_cdf)},
      {"trial_summary-{}.json", EncodeTrialSummary(trial.summary)}};
  for (const auto& [name, text] : files) {
    const std::string path = options.output + "/" + fmt::format(fmt::runtime(name), config);
    if (Status status = WriteFileAtomically(path, text); !status.ok()) return status;
  }
  return {};
}

}  // namespace

Result<std::int64_t> WorkersOf(std::int64_t config, const std::vector<std::int64_t>& workers) {
  constexpr std::int64_t kPublishedStep = 10;
  if (workers.empty()) return config * kPublishedStep;
  if (config <= static_cast<std::int64_t>(workers.size())) {
    return workers[static_cast<std::size_t>(config - 1)];
  }
  return UsageError(fmt::format("--workers: config {} has no number of workers; give at least {}",
                                config, config));
}

Result<ProcessedTrial> ProcessLogs(const std::string& request_log, const std::string& action_log,
                                   const WindowOptions& window, std::int64_t bucket_seconds) {
  LogScan<RequestRow> requests;
  LogScan<ActionRow> actions;
  if (Status status = requests.Open(request_log, window); !status.ok()) return status.error();
  if (Status status = actions.Open(action_log, window); !status.ok()) return status.error();
  if (requests.rows() == 0) {
    return RuntimeError(fmt::format("{} holds no requests{}; nothing can be derived from it",
                                    request_log,
                                    window.lead_in_seconds > 0 ? " after the lead-in" : ""));
  }
  const Nanos t_min_ns =
      actions.rows() == 0 ? requests.first_ns() : std::max(requests.first_ns(), actions.first_ns());
  TimeSeries series(t_min_ns, bucket_seconds);
  TailCdf cdf;
  bool series_done = false;
  bool cdf_done = false;
  while (!series_done || !cdf_done) {
    Status status;
    if (!series_done || !cdf.requests_done()) {
      status = requests.ForEach([&](const RequestRow& row) {
        if (!series_done) series.Add(row);
        cdf.Add(row);
      });
    }
    if (status.ok() && !cdf.actions_done()) {
      status = actions.ForEach([&](const ActionRow& row) {
        series.Add(row);
        cdf.Add(row);
      });
    }
    if (!status.ok()) return status.error();
    if (series.too_many_buckets()) {
      return RuntimeError(fmt::format("{} spans more than {} buckets of {} s; give a larger -b",
                                      request_log, kMaxBuckets, bucket_seconds));
    }
    series_done = series_done || series.EndPass();
    cdf_done = cdf_done || cdf.EndPass();
  }
  const TimeSeriesData data = series.Data();
  TrialSummary summary;
  summary.peaks = FindPeaks(data);
  summary.request_rows = requests.rows();
  summary.action_rows = actions.rows();
  summary.dropped_rows = requests.dropped_rows() + actions.dropped_rows();
  return ProcessedTrial{TimeSeriesTable(data), cdf.Data(), summary};
}

Status RunProcess(const ProcessOptions& options) {
  if (Status status = RequireDirectory("-i", options.input); !status.ok()) return status;
  const std::int64_t configs = CountConfigs(options.input);
  if (configs == 0) {
    return RuntimeError(
        fmt::format("-i: {} does not hold both file=controller_1_request.tsv and "
                    "file=controller_1_action.tsv; name the directory of a trial",
                    options.input));
  }
  if (auto workers = WorkersOf(configs, options.workers); !workers.ok()) return workers.error();
  if (Status status = MakeDirectory("-o", options.output); !status.ok()) return status;
  std::vector<AggregateEntry> entries;
  for (std::int64_t config = 1; config <= configs; ++config) {
    auto trial = ProcessLogs(LogPath(options.input, config, "request"),
                             LogPath(options.input, config, "action"), options.window,
                             options.bucket_seconds);
    if (!trial.ok()) return trial.error();
    trial->summary.config = config;
    trial->summary.workers = *WorkersOf(config, options.workers);
    if (Status status = WriteTables(options, config, *trial); !status.ok()) return status;
    entries.push_back({trial->summary.workers, trial->summary.peaks});
  }
  return WriteFileAtomically(options.output + "/goodput_aggregate_data.tsv",
                             EncodeTable(AggregateTable(entries)));
}

}  // namespace clockwork::telemetry
