#include "images/client/core/replay.h"

namespace clockwork::client {

Replay::Replay(const Trace& trace, std::uint32_t function, std::uint64_t seed, double scale)
    : random_(seed), rate_(trace.Count(function, 0)) {
  Draw(scale);
}

Replay::Wait Replay::Advance(const Trace& trace, std::uint32_t function, int max_minutes) {
  std::uint64_t waited_ns = 0;
  for (int minutes = 0; minutes < max_minutes; ++minutes) {
    if (rate_ != 0) {
      const std::uint64_t until_ns = work_ / rate_;
      if (until_ns <= remaining_ns_) {
        remaining_ns_ -= until_ns;
        return {static_cast<Nanos>(waited_ns + until_ns), true};
      }
      work_ = (until_ns - remaining_ns_) * rate_;
    }
    waited_ns += remaining_ns_;
    remaining_ns_ = kMinuteNs;
    minute_ = minute_ + 1 == kMinutesPerDay ? 0 : minute_ + 1;
    rate_ = trace.Count(function, minute_);
  }
  return {static_cast<Nanos>(waited_ns), false};
}

void Replay::Draw(double scale) {
  constexpr double kMinute = 60e9;
  work_ = random_.NextExponential(scale / kMinute);
}

}  // namespace clockwork::client
