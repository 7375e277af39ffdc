#pragma once

// Moments in which a machine gave a busy thread next to nothing: found from how long equal pieces
// of arithmetic took. Pure.

#include <cstdint>
#include <vector>

#include "images/common/base/time.h"

namespace clockwork::bench {

// One piece of work that always takes the same number of instructions.
struct Piece {
  Nanos begin_ns = 0;  // any clock, ascending
  Nanos cpu_ns = 0;    // time of the thread, so that other threads of this system do not count
};

// A piece is slow that takes this many times as long as the fastest. A core shared with a busy
// neighbour gives half its speed or a third, which is no pause.
inline constexpr std::int64_t kSlowFactor = 8;
// Slow pieces with no more than this between them are one pause.
inline constexpr Nanos kPauseJoinNs = 5 * kMillisecond;
// Shorter ones are not counted as pauses.
inline constexpr Nanos kMinPauseNs = 5 * kMillisecond;

struct Pauses {
  std::vector<Nanos> lengths_ns;  // each at least kMinPauseNs, in the order of time
  double share = 0;               // of all the time: pauses
};

// `pieces` without large gaps; none: no pauses.
Pauses FindPauses(const std::vector<Piece>& pieces);

}  // namespace clockwork::bench
