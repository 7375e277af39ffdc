#include "images/common/plan/tree.h"

#include <fmt/format.h>

namespace clockwork::plan {
namespace {

std::string Filed(TrialId id, std::string_view rest) {
  return fmt::format("{}/file=controller_{}_{}", TrialDirectory(id.trial), id.config, rest);
}

}  // namespace

std::string TrialDirectory(std::int64_t trial) { return fmt::format("trial-{}", trial); }
std::string RequestLogFile(TrialId id) { return Filed(id, "request.tsv"); }
std::string ActionLogFile(TrialId id) { return Filed(id, "action.tsv"); }
std::string ManifestFile(TrialId id) { return Filed(id, "manifest.json"); }
std::string ClientSummaryFile(TrialId id) { return Filed(id, "client.json"); }
std::string EvidenceFile(TrialId id) { return Filed(id, "evidence.json"); }
std::string AggregateRowFile(TrialId id) { return Filed(id, "aggregate.tsv"); }
std::string RecordFile(TrialId id) { return Filed(id, "trial.json"); }

std::string ProcessedDirectory(std::int64_t trial) {
  return fmt::format("{}/processed-data-trial-{}", kDataDirectory, trial);
}
std::string TimeSeriesFile(TrialId id) {
  return fmt::format("{}/timeseries_data-{}.tsv", ProcessedDirectory(id.trial), id.config);
}
std::string TailFile(TrialId id) {
  return fmt::format("{}/client_tail_cdf_data-{}.tsv", ProcessedDirectory(id.trial), id.config);
}
std::string AggregateFile(std::int64_t trial) {
  return ProcessedDirectory(trial) + "/goodput_aggregate_data.tsv";
}

std::string AttemptLogs(TrialId id, std::int64_t attempt) {
  return fmt::format("{}/trial-{}/config-{}/attempt-{}", kLogsDirectory, id.trial, id.config,
                     attempt);
}

std::string LeftFigure(std::int64_t workers) {
  return fmt::format("{}/11a_goodput_median_{}_workers", kDataDirectory, workers);
}
bool IsFigure(std::string_view file_name) {
  return file_name.starts_with("11a_goodput_median_") ||
         file_name.starts_with("11b_goodput_median_");
}
std::string RightFigure() { return fmt::format("{}/11b_goodput_median_aggregate", kDataDirectory); }

}  // namespace clockwork::plan
