#include "images/telemetry/process.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "images/common/base/file.h"
#include "images/telemetry/core/aggregate.h"
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
