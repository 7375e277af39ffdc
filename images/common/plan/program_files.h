#pragma once

// The small JSON files that the programs write for whoever started them (docs/programs.md), as
// values. Pure. Fields that are not needed here are ignored; a missing or mistyped one is a runtime
// error that names it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "images/common/base/result.h"

namespace clockwork::plan {

// The ready file: the port a program listens on.
Result<std::int64_t> ParseReadyPort(std::string_view text);

// The client's summary of its run.
struct ClientSummary {
  bool valid = false;
  std::string invalid_reason;
  std::int64_t sent = 0;
  std::int64_t answered = 0;
  std::int64_t unanswered = 0;
  double lag_p99_us = 0;  // the largest over the load steps
  double offered_rps = 0;
  std::vector<double> step_offered_rps;
  std::string trace;
  std::string zoo;
  std::string model_order;
};
Result<ClientSummary> ParseClientSummary(std::string_view text);

// What the client is doing; replaced every second.
struct ClientProgress {
  std::int64_t step = 0;  // from 0
  std::int64_t steps = 0;
  double factor = 0;
  double elapsed_seconds = 0;
  double total_seconds = 0;
  double offered_rps = 0;
  double good_rps = 0;
  std::string phase;  // loading, running, draining
};
Result<ClientProgress> ParseClientProgress(std::string_view text);

// The controller's account of its two logs.
struct LogManifest {
  bool complete = false;
  std::int64_t request_rows = 0;
  std::int64_t action_rows = 0;
  std::int64_t dropped_request_rows = 0;
  std::int64_t dropped_action_rows = 0;
  std::int64_t shed_requests = 0;
};
Result<LogManifest> ParseManifest(std::string_view text);

}  // namespace clockwork::plan
