#pragma once

// Where things lie in the directory of an experiment (docs/programs.md, "The tree of an
// experiment"). All paths are relative to it. Pure names; nothing is opened.

#include <cstdint>
#include <string>
#include <string_view>

namespace clockwork::plan {

inline constexpr std::string_view kExperimentFile = "experiment.json";
inline constexpr std::string_view kResultFile = "result.json";
inline constexpr std::string_view kLockFile = "lock";
inline constexpr std::string_view kDataDirectory = "data";
inline constexpr std::string_view kLogsDirectory = "logs";
inline constexpr std::string_view kWorkDirectory = "work";  // the attempt under way

// One trial: `config` is the place of N in the experiment's list and `trial` its repetition,
// from 1.
struct TrialId {
  std::int64_t config = 1;
  std::int64_t trial = 1;
  bool operator==(const TrialId&) const = default;
};

std::string TrialDirectory(std::int64_t trial);      // trial-2
std::string RequestLogFile(TrialId id);              // trial-2/file=controller_1_request.tsv
std::string ActionLogFile(TrialId id);               // trial-2/file=controller_1_action.tsv
std::string ManifestFile(TrialId id);                // trial-2/file=controller_1_manifest.json
std::string ClientSummaryFile(TrialId id);           // trial-2/file=controller_1_client.json
std::string RecordFile(TrialId id);                  // trial-2/file=controller_1_trial.json
std::string EvidenceFile(TrialId id);                // trial-2/file=controller_1_evidence.json
std::string AggregateRowFile(TrialId id);            // trial-2/file=controller_1_aggregate.tsv
std::string ProcessedDirectory(std::int64_t trial);  // data/processed-data-trial-2
std::string TimeSeriesFile(TrialId id);  // data/processed-data-trial-2/timeseries_data-1.tsv
std::string TailFile(TrialId id);        // data/processed-data-trial-2/client_tail_cdf_data-1.tsv
std::string AggregateFile(
    std::int64_t trial);  // data/processed-data-trial-2/goodput_aggregate_data.tsv
std::string AttemptLogs(TrialId id, std::int64_t attempt);  // logs/trial-2/config-1/attempt-1
std::string LeftFigure(std::int64_t workers);               // data/11a_goodput_median_40_workers
std::string RightFigure();                                  // data/11b_goodput_median_aggregate
// Whether a file of data/ is one of a figure, in whatever form.
bool IsFigure(std::string_view file_name);

}  // namespace clockwork::plan
