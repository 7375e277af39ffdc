#pragma once

// All request streams of a workload merged into one schedule of absolute times, in nanoseconds
// since the workload's start. One Poisson replay per function of the trace; function i has the seed
// i plus the run's seed (spec/workload.md §3.1 item 8). Pure: who pops, and against which clock, is
// the driver's affair. One thread. Arrivals at equal times come in a fixed but unspecified order.
//
// Cost: one logarithm, one division and one descent of a 4-ary heap per arrival; streams that are
// called often stay near its top.

#include <cstdint>
#include <vector>

#include "images/client/core/replay.h"
#include "images/client/core/trace.h"
#include "images/common/base/time.h"

namespace clockwork::client {

struct Arrival {
  Nanos time_ns = 0;
  std::uint32_t function = 0;
};

class Arrivals {
 public:
  // `trace` must outlive the object. `scale` > 0.
  Arrivals(const Trace& trace, double scale, std::uint64_t seed);

  // When the next arrival is due; kNever when the trace has no calls at all.
  Nanos NextArrivalNs() const { return heap_.empty() ? kNever : heap_.front().time_ns; }

  // Removes and returns the next arrival and draws its stream's next one at the current scale.
  // Requires NextArrivalNs() != kNever.
  Arrival Pop();

  // Draws from now on use `scale` (> 0). To change it at a point in time, call this after the pops
  // of all arrivals before that point.
  void SetScale(double scale) { scale_ = scale; }

 private:
  struct Entry {
    Nanos time_ns;         // of the stream's next arrival, or of its checkpoint
    std::uint32_t stream;  // function
    bool arrival;          // false: nothing happens then, the replay has only to be moved on
  };

  Entry Next(std::uint32_t stream, Nanos from_ns);
  void SiftDown(std::size_t hole, Entry entry);
  // Moves streams on until an arrival is on top.
  void Settle();

  const Trace& trace_;
  double scale_;
  std::vector<Replay> replays_;  // by function
  std::vector<Entry> heap_;      // 4-ary minimum heap by time_ns
};

}  // namespace clockwork::client
