#pragma once

// Threads that do equal pieces of arithmetic, one thread for each processor, for pauses.h.

#include <cstddef>
#include <string>
#include <vector>

#include "images/common/base/time.h"
#include "tests/bench/pauses.h"

namespace clockwork::bench {

enum class Pieces {
  // One after the other; a piece's length is the processor time that its thread had, so that other
  // threads of this system do not count.
  kBusy,
  // For use beside a trial: one of about 20 µs each millisecond, 2 % of a processor; a piece's
  // length is from when it was due until it was done, so that a wake-up that comes late counts.
  // Other threads do not count if the thread may have the highest real-time priority, but for one
  // case: when real-time threads leave others nothing, Linux gives those 50 ms of each second.
  kBeside,
};

struct PiecesOf {
  std::vector<Piece> pieces;
  Nanos begin_ns = 0;  // by NowNs(), as the telemetry's t
  Nanos end_ns = 0;
  bool real_time = false;  // whether the thread had the highest real-time priority
};

// The processors that this program may use, ascending.
std::vector<std::size_t> AllowedProcessors();

// Returns after length_ns, and what it took for each of `cpus`. Changes nothing of the calling
// thread.
std::vector<PiecesOf> MeasurePieces(const std::vector<std::size_t>& cpus, Pieces kind,
                                    Nanos length_ns);

}  // namespace clockwork::bench
