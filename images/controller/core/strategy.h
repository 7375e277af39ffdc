#pragma once

// What a GPU could run next (spec/controller.md §5.8). Pure.

#include <cstdint>
#include <queue>
#include <tuple>
#include <vector>

#include "images/common/base/time.h"

namespace clockwork::controller {

// A batch that could be formed: smallest first.
struct Strategy {
  Nanos priority_ns = 0;  // deadline of the queue's front − estimate: the latest useful start
  std::uint32_t batch_size = 0;
  std::uint32_t model = 0;

  friend bool operator>(const Strategy& a, const Strategy& b) {
    return std::tie(a.priority_ns, a.batch_size, a.model) >
           std::tie(b.priority_ns, b.batch_size, b.model);
  }
};

// One GPU's strategies. The specification keeps one per batch size and model, and takes all of a
// model's away with the smallest of them; so the smallest of each model is all that need be kept.
using StrategyQueue = std::priority_queue<Strategy, std::vector<Strategy>, std::greater<>>;

}  // namespace clockwork::controller
