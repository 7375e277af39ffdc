#pragma once

// Moments in which a machine gave a thread next to nothing: found from how long equal pieces of
// arithmetic took. Pure.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "images/common/base/time.h"

namespace clockwork::bench {

// One piece of work that always takes the same number of instructions.
struct Piece {
  Nanos begin_ns = 0;   // when it was due, on any clock; ascending
  Nanos length_ns = 0;  // what it took from then on
  Nanos late_ns = 0;    // of it: before it began
};

// The fastest pieces are the fastest one of so many of a processor.
inline constexpr std::size_t kFastestOneOf = 100;

// What is a pause, and what is only a core shared with a busy neighbour (half its speed, or a
// third).
struct PauseRules {
  // A piece is slow that takes this many times as long as the fastest.
  std::int64_t slow_factor;
  // Slow pieces with no more than this between them are one pause.
  Nanos join_ns;
  // Shorter ones are not counted as pauses.
  Nanos min_ns;
};

// For pieces one directly after the other, each as long as its thread ran.
inline constexpr PauseRules kBusyRules = {8, 5 * kMillisecond, 5 * kMillisecond};
// For short pieces a millisecond apart, each from when it was due until it was done: one that comes
// late by itself, behind a system call for instance, is no pause; three in a row are, and one that
// is late by as much.
inline constexpr PauseRules kBesideRules = {4, 2 * kMillisecond, 2 * kMillisecond};

struct Pause {
  Nanos begin_ns = 0;
  Nanos length_ns = 0;
  // Of it: before pieces began. Most of it: the thread was not let run, by the host or by the
  // kernel. Little: it ran when it was due, and slowly.
  Nanos late_ns = 0;
};

struct Pauses {
  std::vector<Pause> pauses;  // in the order of time
  double share = 0;           // of the time from the first piece to the last: pauses
  double late_share = 0;      // of that time: late_ns of pauses
  double speed = 1;           // of slow pieces, in any pause or none; the fastest have 1
};

// `pieces` of one processor, without other gaps than `rules` are made for; none: no pauses.
Pauses FindPauses(const std::vector<Piece>& pieces, const PauseRules& rules);

// What was looked at, and what was found on each processor.
struct PauseLog {
  Nanos begin_ns = 0;  // Unix time, as the t of the telemetry
  Nanos end_ns = 0;
  std::vector<std::size_t> cpus;
  std::vector<Pauses> pauses;  // as many as cpus
};

// JSON lines: first {"log":"machine_pauses","beginNs":…,"endNs":…,"cpus":[…]}, then for each pause
// {"cpu":…,"beginNs":…,"lengthNs":…,"lateNs":…}, in the order of processors and then of time.
std::string FormatPauseLog(const PauseLog& log);

}  // namespace clockwork::bench
