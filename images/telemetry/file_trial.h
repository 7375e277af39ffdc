#pragma once

// `telemetry file-trial`: everything that is to be done with one attempt's telemetry after the
// controller has ended, for a container that can tell only through its termination message:
// collect, derive the tables, report the evidence, judge it, and remove what the controller left.
// Doing it again for the same attempt finds the filed trial and reports the same.

#include <cstdint>
#include <optional>
#include <string>

#include "images/common/base/result.h"
#include "images/common/plan/filing.h"

namespace clockwork::telemetry {

struct FileTrialOptions {
  std::string logs;        // the controller's log directory
  std::string experiment;  // the tree
  std::int64_t trial = 0;  // all from 1
  std::int64_t config = 0;
  std::int64_t workers = 0;
  std::string attempt;  // the attempt's name, unique among all that use the tree
  std::int64_t bucket_seconds = 60;
  // Count the rows where the controller left no manifest, as that of the original does.
  bool allow_missing_manifest = false;
  std::string client_summary;  // its text; may be empty
  // Who has it measured; with it, the trial's record and the experiment's result are filed too.
  std::optional<plan::Filing> filing = {};
};

// The evidence (core/evidence.h).
Result<std::string> RunFileTrial(const FileTrialOptions& options);

// Prints the evidence or the failure, or writes it into `result_file` where one is named.
Status ReportTrial(const Result<std::string>& evidence, const std::string& result_file);

}  // namespace clockwork::telemetry
