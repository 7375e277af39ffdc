#pragma once

// Moving points in time between the controller's clock and the worker's (spec/worker.md §4.7).
// Pure. Points on the wire are unsigned, with 2^64-1 for "no limit"; a point that would wrap stays
// where it is.

#include <cstdint>

#include "images/common/base/time.h"

namespace clockwork::worker {

// `time_ns` moved by `delta_ns`: into worker time with delta = worker clock - controller clock,
// back into controller time with the negated delta.
constexpr std::uint64_t Shift(std::uint64_t time_ns, Nanos delta_ns) {
  const std::uint64_t moved = time_ns + static_cast<std::uint64_t>(delta_ns);
  if (delta_ns >= 0) return moved > time_ns ? moved : time_ns;
  return moved < time_ns ? moved : time_ns;
}

// -delta_ns without overflow.
constexpr Nanos Negated(Nanos delta_ns) {
  return static_cast<Nanos>(0 - static_cast<std::uint64_t>(delta_ns));
}

// An unsigned point as a signed one; everything beyond the signed range is "never".
constexpr Nanos ToNanos(std::uint64_t time_ns) {
  return time_ns > static_cast<std::uint64_t>(kNever) ? kNever : static_cast<Nanos>(time_ns);
}

// When an action may start, in worker time.
struct Window {
  Nanos earliest_ns = 0;
  Nanos latest_ns = kNever;
};

constexpr Window ToWorkerTime(std::uint64_t earliest_ns, std::uint64_t latest_ns, Nanos delta_ns) {
  return {ToNanos(Shift(earliest_ns, delta_ns)), ToNanos(Shift(latest_ns, delta_ns))};
}

// 0 when an action may start at now_ns, else the status that says why not. An executor waits until
// `earliest`, so in a worker only the second case occurs.
constexpr std::int32_t CheckWindow(const Window& window, Nanos now_ns, std::int32_t too_early,
                                   std::int32_t too_late) {
  if (now_ns < window.earliest_ns) return too_early;
  return now_ns > window.latest_ns ? too_late : 0;
}

}  // namespace clockwork::worker
