#pragma once

// What INFER5 can be told, and what it is fixed to (spec/controller.md §5.1, spec/cli.md §1.2).

#include <cstddef>
#include <cstdint>

#include "images/common/base/time.h"

namespace clockwork::controller {

struct SchedulerOptions {
  bool generate_inputs = false;
  std::uint64_t max_gpus = 100;
  Nanos schedule_ahead_ns = 10 * kMillisecond;  // also how late an action may start
  Nanos default_slo_ns = 100 * kMillisecond;
  Nanos max_exec_ns = 250 * kMillisecond;
  std::uint32_t max_batch = 8;
  // Off: the original's behaviour, which the published numbers were measured with (§5.13). On: a
  // GPU stops loading once every missing model's demand is met elsewhere.
  bool stop_loads_at_zero_demand = false;
};

// The longest SLO that a request can have; its slo_factor may be any number.
inline constexpr Nanos kMaxSloNs = 3600 * kSecond;
// Planning aims this much before the SLO.
inline constexpr Nanos kDeadlineBufferNs = 5 * kMillisecond;
// Upper bound of the time allowed for loading a model that a request waits for.
inline constexpr Nanos kMaxLoadSloNs = 25 * kMillisecond;
// An action still unsent this long before its latest start is dropped. Not kDeadlineBufferNs
// (§5.9).
inline constexpr Nanos kSendSlackNs = 5 * kMillisecond;
// Estimate when a worker reports no time.
inline constexpr Nanos kUnknownExecNs = 100'000;
// A server makes room for so many waiting requests beforehand: more than wait at N = 400 (0.1 s of
// 2.1 million a second).
inline constexpr std::size_t kExpectedPendingRequests = std::size_t{1} << 18;
// Requests that may wait for an answer at once; one more is refused with status 1.
inline constexpr std::size_t kMaxPendingRequests = std::size_t{1} << 22;
// Loads decided on in one turn, about a millisecond of work at hundreds of GPUs; the next turn goes
// on. So many GPUs may ask at once, after a pause of the machine for example, that actions would be
// late before they are sent.
inline constexpr std::size_t kMaxLoadsPerTurn = 32;
// When the requests of a client have not all been read for this long, they come faster than they
// can be decided on: they are refused, which is cheap, until all have been read. What waits unread
// would otherwise wait ever longer, until nothing is answered in time.
inline constexpr Nanos kShedBehindNs = 10 * kMillisecond;

}  // namespace clockwork::controller
