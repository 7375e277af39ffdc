#pragma once

// The queues of one model: a FIFO per batch size, and every request is in all of them
// (spec/controller.md §5.7). They differ only in how far their fronts have moved, so they are one
// ring of requests with one head per batch size, and appending costs the same for any number of
// sizes. Pure.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "images/common/base/prefetch.h"
#include "images/common/base/time.h"
#include "images/controller/core/request_pool.h"

namespace clockwork::controller {

class ModelQueue {
 public:
  explicit ModelQueue(std::size_t batch_sizes = 1) : heads_(batch_sizes, 0) {}

  void Append(RequestIndex request);

  // Whether the queue of the `size`-th batch size has a request.
  bool Empty(std::size_t size) const { return heads_[size] == end_; }
  bool AllEmpty() const { return begin_ == end_; }
  RequestIndex Front(std::size_t size) const { return At(heads_[size]); }

  // Asks for the first `count` requests of a queue to be in the cache soon.
  CLOCKWORK_PREFETCHES void Prefetch(const RequestPool& pool, std::size_t size,
                                     std::size_t count) const {
    const std::uint64_t end = std::min(end_, heads_[size] + count);
    for (std::uint64_t position = heads_[size]; position < end; ++position) {
      pool.Prefetch(At(position));
    }
  }

  // Drops the front of one queue. Requires it to be non-empty.
  void PopFront(std::size_t size) { ++heads_[size]; }

  // Finds the first `count` unanswered requests of a queue, in order. Returns how many there are
  // (at most count); *end is the position behind the last one.
  std::size_t Find(const RequestPool& pool, std::size_t size, std::size_t count,
                   std::vector<RequestIndex>* found, std::uint64_t* end) const;

  // Drops everything before `position` from every queue.
  void DropBefore(std::uint64_t position);

  // Forgets requests that no queue holds any more: marks them as not queued and lets the pool reuse
  // those that are done. Call after heads moved.
  void Trim(RequestPool& pool);

  // Requests in the queue of one batch size, answered ones included.
  std::uint64_t Length(std::size_t size) const { return end_ - heads_[size]; }
  std::size_t batch_sizes() const { return heads_.size(); }

 private:
  RequestIndex At(std::uint64_t position) const { return ring_[position & (ring_.size() - 1)]; }

  // Positions count up for ever; the ring's size is a power of two.
  std::vector<RequestIndex> ring_;
  std::uint64_t end_ = 0;
  std::uint64_t begin_ = 0;  // the smallest head
  std::vector<std::uint64_t> heads_;
};

}  // namespace clockwork::controller
