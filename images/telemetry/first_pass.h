#pragma once

// The first pass over the logs of a trial, which sees every row of them: which rows count, when
// bucket 0 begins, and all that can be counted without the rows being kept.

#include <cstdint>
#include <string>

#include "images/common/base/result.h"
#include "images/telemetry/counted_log.h"
#include "images/telemetry/trial_tables.h"

namespace clockwork::telemetry {

struct TrialSource {
  std::string request_log;
  std::string action_log;
  WindowOptions window;
  std::int64_t bucket_seconds = 0;
};

// Fills `*logs`, and merges what the threads have counted. Error: a log that is damaged or, for
// requests, empty.
Status CountLogs(const TrialSource& source, const ScanOptions& options, TrialLogs* logs);

}  // namespace clockwork::telemetry
