#pragma once

// Opens the trace that drives the run: the real one from a directory, or the synthetic day.

#include <cstdint>
#include <memory>
#include <string>

#include "images/client/core/trace.h"
#include "images/common/base/result.h"

namespace clockwork::client {

// With an empty directory the synthetic day of `seed`. Else day 1 of the Azure Functions 2019 trace
// in the directory, under either of its names (spec/workload.md §3.2); a missing, unreadable or
// malformed file is a runtime error that names it. The file is read in pieces.
Result<std::unique_ptr<Trace>> OpenTrace(const std::string& directory, std::uint64_t seed);

}  // namespace clockwork::client
