#pragma once

// One executor of an emulated GPU (spec/worker.md §4.5): actions that wait, by earliest start and
// then by arrival, and at most one that runs. It keeps order and times; what starting and finishing
// mean is the worker's business (worker.h). Pure; one thread.

#include <cassert>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "images/common/base/time.h"
#include "images/worker_dummy/core/clock_window.h"

namespace clockwork::worker {

// Names the connection that an action came from; given by the caller, never reused.
using ConnectionId = std::uint64_t;

// Where an action came from and when, in worker time.
struct Origin {
  ConnectionId connection = 0;
  Nanos received_ns = 0;
  Nanos clock_delta_ns = 0;  // worker clock - controller clock as estimated at receipt
};

enum class ActionKind : std::uint8_t { kLoadWeights, kEvictWeights, kInfer };

struct QueuedAction {
  Origin origin;
  Window window;
  std::uint64_t sequence = 0;  // arrival order
  std::int32_t action_id = 0;
  std::int32_t model_id = 0;
  ActionKind kind = ActionKind::kInfer;
  // Of an infer.
  bool has_input_sizes = false;
  std::uint32_t batch_size = 0;
  std::uint64_t input_bytes = 0;
};

struct RunningAction {
  QueuedAction action;
  std::uint32_t place = 0;    // of the model
  std::uint32_t version = 0;  // of the weights at the start
  Nanos begin_ns = 0;
  Nanos end_ns = 0;  // as planned, and as reported
};

class Executor {
 public:
  void Push(const QueuedAction& action);

  // When there is something to do: the planned end of what runs, else the moment from which the
  // first of the queue could start; kNever when there is nothing.
  Nanos DueNs() const;

  bool running() const { return running_.has_value(); }
  // What runs; null when nothing does. Valid until the next change.
  const RunningAction* current() const { return running_ ? &*running_ : nullptr; }
  std::size_t queued() const { return queue_.size(); }

  // Takes the first of the queue. Requires !running() and queued() > 0.
  QueuedAction Pop();
  // Requires !running().
  void Start(const RunningAction& running) {
    assert(!running_.has_value());
    running_ = running;
  }
  // Requires running(). `now_ns` is when it ends; nothing else starts before.
  RunningAction Finish(Nanos now_ns);

  // Drops the queued actions of a connection and returns how many there were. What runs goes on.
  std::size_t Cancel(ConnectionId connection);

 private:
  std::vector<QueuedAction> queue_;  // a heap, first action at the front
  std::optional<RunningAction> running_;
  Nanos free_since_ns_ = 0;
};

}  // namespace clockwork::worker
