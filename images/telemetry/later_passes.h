#pragma once

// The passes after the first, which exact quantiles need: over what was kept of the rows, or over
// the logs once more.

#include <cstddef>

#include "images/common/base/result.h"
#include "images/telemetry/counted_log.h"

namespace clockwork::telemetry {

// Ends the first pass of what CountLogs has filled (first_pass.h), and goes on until nothing is
// left to be found. Error: a log that changed meanwhile.
Status RunLaterPasses(std::size_t threads, TrialLogs* logs);

}  // namespace clockwork::telemetry
