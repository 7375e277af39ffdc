#include "images/controller/core/request_pool.h"

namespace clockwork::controller {

bool RequestPool::Take(RequestIndex* index) {
  if (free_.empty()) {
    if (slots_.size() >= limit_) return false;
    slots_.emplace_back();
    generations_.push_back(0);
    *index = static_cast<RequestIndex>(slots_.size() - 1);
    return true;
  }
  *index = free_.back();
  free_.pop_back();
  return true;
}

void RequestPool::ReleaseIfDone(RequestIndex index) {
  Request& request = slots_[index];
  if (!request.answered || request.queued || request.in_action) return;
  request.answered = false;
  request.input.clear();
  ++generations_[index];
  free_.push_back(index);
}

}  // namespace clockwork::controller
