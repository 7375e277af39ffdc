#pragma once

// What a GPU could run next (spec/controller.md §5.8). Pure.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>

#include "images/common/base/prefetch.h"
#include "images/common/base/time.h"
#include "images/controller/core/aligned_vector.h"

namespace clockwork::controller {

// A batch that could be formed: smallest first.
struct Strategy {
  Nanos priority_ns = 0;  // deadline of the queue's front − estimate: the latest useful start
  std::uint32_t batch_size = 0;
  std::uint32_t model = 0;

  // By priority, batch size, model. Priorities are rarely equal.
  friend bool operator<(const Strategy& a, const Strategy& b) {
    if (a.priority_ns != b.priority_ns) [[likely]]
      return a.priority_ns < b.priority_ns;
    return std::tie(a.batch_size, a.model) < std::tie(b.batch_size, b.model);
  }
};

// One GPU's strategies. The specification keeps one per batch size and model, and takes all of a
// model's away with the smallest of them; so the smallest of each model is all that need be kept.
//
// A heap in which each has four below it, in one cache line: with hundreds of GPUs their heaps are
// not in the cache, and the lines touched are what an operation costs.
class StrategyQueue {
 public:
  bool Empty() const { return size_ == 0; }
  const Strategy& Top() const { return At(0); }
  void Push(const Strategy& strategy) {
    slots_.resize(kUnused + ++size_);
    std::size_t at = size_ - 1;
    for (; at > 0 && strategy < At((at - 1) / kFan); at = (at - 1) / kFan) {
      At(at) = At((at - 1) / kFan);
    }
    At(at) = strategy;
  }
  void Pop() {
    const Strategy last = At(--size_);
    if (size_ > 0) ReplaceTop(last);
  }
  void ReplaceTop(const Strategy& strategy) {
    std::size_t at = 0;
    while (kFan * at + 1 < size_) {
      const std::size_t first = kFan * at + 1;
      std::size_t least = first;
      for (std::size_t i = first + 1; i < std::min(first + kFan, size_); ++i) {
        least = At(i) < At(least) ? i : least;
      }
      if (!(At(least) < strategy)) break;
      At(at) = At(least);
      at = least;
    }
    At(at) = strategy;
  }
  // Asks for the upper levels to be in the cache soon.
  CLOCKWORK_PREFETCHES void Prefetch() const {
    if (size_ == 0) return;
    const std::size_t upper = std::min(size_, kFan * kFan * kFan + kFan * kFan + kFan + 1);
    clockwork::Prefetch(slots_.data() + kUnused, upper * sizeof(Strategy));
  }

 private:
  static constexpr std::size_t kFan = 4;
  static constexpr std::size_t kUnused = kFan - 1;  // so that the four begin at a line

  Strategy& At(std::size_t index) { return slots_[kUnused + index]; }
  const Strategy& At(std::size_t index) const { return slots_[kUnused + index]; }

  AlignedVector<Strategy> slots_;
  std::size_t size_ = 0;
};

}  // namespace clockwork::controller
