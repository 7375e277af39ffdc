#include "images/controller/core/model_queue.h"

#include <algorithm>

namespace clockwork::controller {

void ModelQueue::Append(RequestIndex request) {
  if (end_ - begin_ == ring_.size()) {
    std::vector<RequestIndex> larger(std::max<std::size_t>(8, 2 * ring_.size()));
    for (std::uint64_t position = begin_; position < end_; ++position) {
      larger[position & (larger.size() - 1)] = At(position);
    }
    ring_ = std::move(larger);
  }
  ring_[end_ & (ring_.size() - 1)] = request;
  ++end_;
}

std::size_t ModelQueue::Find(const RequestPool& pool, std::size_t size, std::size_t count,
                             std::vector<RequestIndex>* found, std::uint64_t* end) const {
  found->clear();
  for (std::uint64_t position = heads_[size]; position < end_ && found->size() < count;
       ++position) {
    const RequestIndex request = At(position);
    if (pool[request].answered) continue;
    found->push_back(request);
    *end = position + 1;
  }
  return found->size();
}

void ModelQueue::DropBefore(std::uint64_t position) {
  for (std::uint64_t& head : heads_) head = std::max(head, position);
}

void ModelQueue::Trim(RequestPool& pool) {
  const std::uint64_t begin = *std::min_element(heads_.begin(), heads_.end());
  for (; begin_ < begin; ++begin_) {
    const RequestIndex request = At(begin_);
    pool[request].queued = false;
    pool.ReleaseIfDone(request);
  }
}

}  // namespace clockwork::controller
