#pragma once

// The Poisson replay of one function (spec/workload.md §3.3): a state of 32 bytes, moved from
// arrival to arrival. Pure.
//
// The state is the minute, what remains of it, and the work left until the next arrival in units of
// "ns × calls per minute": while a minute has the rate r, work shrinks by r per nanosecond. A draw
// that is under way keeps the scale it was drawn with; only the next draw sees a new one.

#include <cstdint>

#include "images/client/core/minstd.h"
#include "images/client/core/trace.h"
#include "images/common/base/time.h"

namespace clockwork::client {

inline constexpr Nanos kMinuteNs = 60 * kSecond;

class Replay {
 public:
  // Starts at the beginning of minute 0 with a draw at `scale` (> 0; 1 is the trace's own rate).
  Replay(const Trace& trace, std::uint32_t function, std::uint64_t seed, double scale);

  struct Wait {
    Nanos wait_ns = 0;     // how far the state has moved
    bool arrival = false;  // at its end: an arrival, else nothing yet
  };

  // Moves to the next arrival, or past `max_minutes` ends of minutes, whichever comes first. That
  // bounds the work for functions that are called once a day. After an arrival call Draw first.
  Wait Advance(const Trace& trace, std::uint32_t function, int max_minutes);

  // The draw that follows an arrival.
  void Draw(double scale);

 private:
  Minstd random_;
  std::uint32_t minute_ = 0;
  std::uint32_t rate_;
  std::uint64_t remaining_ns_ = kMinuteNs;
  std::uint64_t work_ = 0;
};

}  // namespace clockwork::client
