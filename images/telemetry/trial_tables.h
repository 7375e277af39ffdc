#pragma once

// The tables of one trial from its two logs. A log is parsed once, by as many threads as can run;
// later passes, which exact quantiles need, go over what was kept of its rows (core/kept_rows.h).
// It is parsed again where that is not enough: for -l and -d, which need the log's first time
// before they can choose rows; when the first rows do not hold the first time; for each later pass
// when there were more rows than are kept.
//
// The tables do not depend on the number of threads or on how a log is cut into chunks.

#include <cstdint>
#include <string>

#include "images/common/base/result.h"
#include "images/common/telemetry/log_chunks.h"
#include "images/telemetry/core/aggregate.h"
#include "images/telemetry/core/kept_rows.h"
#include "images/telemetry/core/table.h"
#include "images/telemetry/parallel.h"

namespace clockwork::telemetry {

// Seconds of the options -l and -d.
struct WindowOptions {
  std::int64_t lead_in_seconds = 0;
  std::int64_t duration_seconds = -1;  // -1: all
};

// How the logs are gone through; tests choose small ones.
struct ScanOptions {
  std::size_t threads = UsableThreads();
  std::size_t chunk_bytes = kChunkBytes;
  std::size_t kept_requests = KeptRequests::kMaxRows;  // by each thread
  std::size_t kept_actions = KeptActions::kMaxRows;
};

// What one config gives.
struct ProcessedTrial {
  Table time_series;
  Table tail_cdf;
  TrialSummary summary;
};

// Error: a log that is damaged or, for requests, empty.
Result<ProcessedTrial> ProcessLogs(const std::string& request_log, const std::string& action_log,
                                   const WindowOptions& window, std::int64_t bucket_seconds,
                                   const ScanOptions& scan = {});

}  // namespace clockwork::telemetry
