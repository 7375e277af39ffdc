#include "images/client/core/arrivals.h"

#include <algorithm>
#include <cassert>

namespace clockwork::client {
namespace {

constexpr std::size_t kArity = 4;

// Minutes of the trace that one stream is moved on at a time. A stream without an arrival in them
// waits in the heap for their end, so no single step walks through a whole day.
constexpr int kMinutesPerStep = 64;

}  // namespace

Arrivals::Arrivals(const Trace& trace, double scale, std::uint64_t seed)
    : trace_(trace), scale_(scale) {
  const auto functions = static_cast<std::uint32_t>(trace.functions());
  replays_.reserve(functions);
  heap_.reserve(functions);
  for (std::uint32_t function = 0; function < functions; ++function) {
    replays_.emplace_back(trace, function, seed + function, scale);
    if (trace.HasCalls(function)) heap_.push_back(Next(function, 0));
  }
  std::sort(heap_.begin(), heap_.end(),
            [](const Entry& a, const Entry& b) { return a.time_ns < b.time_ns; });
  Settle();
}

Arrival Arrivals::Pop() {
  assert(!heap_.empty());
  const Entry top = heap_.front();
  replays_[top.stream].Draw(scale_);
  SiftDown(0, Next(top.stream, top.time_ns));
  Settle();
  return {top.time_ns, top.stream};
}

Arrivals::Entry Arrivals::Next(std::uint32_t stream, Nanos from_ns) {
  const Replay::Wait wait = replays_[stream].Advance(trace_, stream, kMinutesPerStep);
  return {from_ns + wait.wait_ns, stream, wait.arrival};
}

void Arrivals::SiftDown(std::size_t hole, Entry entry) {
  const std::size_t size = heap_.size();
  while (true) {
    const std::size_t first = hole * kArity + 1;
    if (first >= size) break;
    std::size_t least = first;
    const std::size_t end = std::min(first + kArity, size);
    for (std::size_t child = first + 1; child < end; ++child) {
      if (heap_[child].time_ns < heap_[least].time_ns) least = child;
    }
    if (entry.time_ns <= heap_[least].time_ns) break;
    heap_[hole] = heap_[least];
    hole = least;
  }
  heap_[hole] = entry;
}

void Arrivals::Settle() {
  while (!heap_.empty() && !heap_.front().arrival) {
    const Entry top = heap_.front();
    SiftDown(0, Next(top.stream, top.time_ns));
  }
}

}  // namespace clockwork::client
