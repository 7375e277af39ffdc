#include "images/worker_dummy/core/executor.h"

#include <algorithm>

namespace clockwork::worker {
namespace {

// For the standard heap, whose front is the largest.
bool After(const QueuedAction& a, const QueuedAction& b) {
  if (a.window.earliest_ns != b.window.earliest_ns) {
    return a.window.earliest_ns > b.window.earliest_ns;
  }
  return a.sequence > b.sequence;
}

}  // namespace

void Executor::Push(const QueuedAction& action) {
  queue_.push_back(action);
  std::push_heap(queue_.begin(), queue_.end(), After);
}

Nanos Executor::DueNs() const {
  if (running_.has_value()) return running_->end_ns;
  if (queue_.empty()) return kNever;
  const QueuedAction& first = queue_.front();
  return std::max({first.window.earliest_ns, first.origin.received_ns, free_since_ns_});
}

QueuedAction Executor::Pop() {
  assert(!running_.has_value() && !queue_.empty());
  std::pop_heap(queue_.begin(), queue_.end(), After);
  const QueuedAction action = queue_.back();
  queue_.pop_back();
  return action;
}

RunningAction Executor::Finish(Nanos now_ns) {
  assert(running_.has_value());
  const RunningAction finished = *running_;
  running_.reset();
  free_since_ns_ = now_ns;
  return finished;
}

std::size_t Executor::Cancel(ConnectionId connection) {
  const std::size_t cancelled = std::erase_if(queue_, [connection](const QueuedAction& action) {
    return action.origin.connection == connection;
  });
  std::make_heap(queue_.begin(), queue_.end(), After);
  return cancelled;
}

}  // namespace clockwork::worker
