#pragma once

// Models that are on some GPU and have queued requests, in the order in which a GPU considers them
// (spec/controller.md §5.8): by the latest start of their most urgent batch, then batch size, then
// id. Pure.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "images/common/base/time.h"

namespace clockwork::controller {

// A batch that could be formed: smallest first.
struct Strategy {
  Nanos priority_ns = 0;  // deadline of the queue's front − estimate: the latest useful start
  std::uint32_t batch_size = 0;
  std::uint32_t model = 0;

  friend bool operator<(const Strategy& a, const Strategy& b) {
    return std::tie(a.priority_ns, a.batch_size, a.model) <
           std::tie(b.priority_ns, b.batch_size, b.model);
  }
  friend bool operator==(const Strategy&, const Strategy&) = default;
};

// A sorted vector: it holds at most some hundreds of models, and moving them is cheaper than a
// tree's nodes.
class ReadyModels {
 public:
  void Insert(const Strategy& strategy) {
    order_.insert(std::lower_bound(order_.begin(), order_.end(), strategy), strategy);
  }
  void Erase(const Strategy& strategy) {
    const auto found = std::lower_bound(order_.begin(), order_.end(), strategy);
    if (found != order_.end() && *found == strategy) order_.erase(found);
  }
  const std::vector<Strategy>& order() const { return order_; }

 private:
  std::vector<Strategy> order_;
};

}  // namespace clockwork::controller
