#include "images/controller/core/use_order.h"

namespace clockwork::controller {

void UseOrder::Append(std::uint32_t place) {
  nodes_[place].older = newest_;
  nodes_[place].newer = kNone;
  (newest_ == kNone ? oldest_ : nodes_[newest_].newer) = place;
  newest_ = place;
}

void UseOrder::Detach(std::uint32_t place) {
  const Node& node = nodes_[place];
  (node.older == kNone ? oldest_ : nodes_[node.older].newer) = node.newer;
  (node.newer == kNone ? newest_ : nodes_[node.newer].older) = node.older;
}

std::uint32_t UseOrder::Add(std::uint32_t member) {
  std::uint32_t place = 0;
  if (free_.empty()) {
    place = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
  } else {
    place = free_.back();
    free_.pop_back();
  }
  nodes_[place].member = member;
  Append(place);
  return place;
}

void UseOrder::Touch(std::uint32_t place) {
  Detach(place);
  Append(place);
}

void UseOrder::Remove(std::uint32_t place) {
  Detach(place);
  free_.push_back(place);
}

}  // namespace clockwork::controller
