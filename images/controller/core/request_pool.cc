#include "images/controller/core/request_pool.h"

namespace clockwork::controller {

bool RequestPool::Take(RequestIndex* index) {
  if (free_.empty()) {
    if (slots_.size() >= limit_) return false;
    slots_.emplace_back();
    *index = static_cast<RequestIndex>(slots_.size() - 1);
    return true;
  }
  *index = free_.front();
  free_.PopFront();
  if (free_.size() > kPrefetchAhead) Prefetch(free_[kPrefetchAhead]);
  return true;
}

void RequestPool::ReleaseIfDone(RequestIndex index) {
  Request& request = slots_[index];
  if (!request.answered || request.queued || request.in_action) return;
  request.answered = false;
  request.has_input = false;
  ++request.generation;
  free_.PushBack(index);
}

void RequestPool::SetInput(RequestIndex index, std::string_view input) {
  if (input.empty()) return;
  slots_[index].has_input = true;
  if (index >= inputs_.size()) inputs_.resize(slots_.size());
  inputs_[index].assign(input);
}

}  // namespace clockwork::controller
