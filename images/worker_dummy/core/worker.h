#pragma once

// The emulated worker: any number of GPUs as a state machine over values (spec/worker.md §4.4–4.8).
//
//   worker.OnAction(now_ns, origin, action, &effects);     // one per message received
//   worker.OnTimer(now_ns, &effects);                      // at NextWakeNs(), or whenever
//   convenient
//
// Every call first or finally does all that is due by now_ns, which never goes back. Every action
// gets exactly one result, unless its connection is gone. Pure: it reads no clock, opens nothing
// and never calls back; models are looked up by the caller (Effects::model_reads, OnModelRead). One
// thread.
//
// What is due happens at the time at which it was due, however late the call that does it: a host
// that wakes up late delays the news, not the GPU (the original spins and is never late).
//
// Each GPU executes one infer and one load at a time, in parallel; an eviction takes its turn among
// the loads. When several things are due they happen in the order of their times; at equal times
// what ends comes before what starts, and a GPU's infer before its load.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "images/common/model/model.h"
#include "images/common/wire/worker_messages.h"
#include "images/worker_dummy/core/due_heap.h"
#include "images/worker_dummy/core/effects.h"
#include "images/worker_dummy/core/executor.h"
#include "images/worker_dummy/core/model_table.h"
#include "images/worker_dummy/core/weights_cache.h"
#include "images/worker_dummy/core/worker_config.h"

namespace clockwork::worker {

// The most actions that wait in all queues together. More are answered with an error at once.
inline constexpr std::uint64_t kMaxQueuedActions = 1'000'000;

// Totals since the start.
struct WorkerCounters {
  std::uint64_t model_loads = 0;
  std::uint64_t loads = 0;      // of weights
  std::uint64_t evictions = 0;  // successful, like all above and below
  std::uint64_t infers = 0;
  std::uint64_t errors = 0;         // error results
  std::uint64_t rejected_full = 0;  // of them: for kMaxQueuedActions
  std::uint64_t cancelled = 0;      // dropped with their connection
};

class Worker {
 public:
  // Requires 1 <= config.gpus <= kMaxGpus and page_bytes > 0.
  explicit Worker(const WorkerConfig& config);

  void OnAction(Nanos now_ns, const Origin& origin, const wire::LoadModelAction& action,
                Effects* effects);
  void OnAction(Nanos now_ns, const Origin& origin, const wire::LoadWeightsAction& action,
                Effects* effects);
  void OnAction(Nanos now_ns, const Origin& origin, const wire::EvictWeightsAction& action,
                Effects* effects);
  // `input_bytes`: size of the body that came with it.
  void OnAction(Nanos now_ns, const Origin& origin, const wire::InferAction& action,
                std::uint64_t input_bytes, Effects* effects);
  // Answered at once.
  void OnClearCache(Nanos now_ns, const Origin& origin, const wire::PlainAction& action,
                    Effects* effects);
  void OnGetWorkerState(Nanos now_ns, const Origin& origin, const wire::PlainAction& action,
                        Effects* effects);

  // The answer to the model_reads of the effects. No other model is looked up before it has come.
  void OnModelRead(Nanos now_ns, const ModelRead& read, Effects* effects);

  // Does what is due.
  void OnTimer(Nanos now_ns, Effects* effects);

  // Queued actions of the connection are dropped; what runs ends as planned; models stay.
  void OnDisconnect(Nanos now_ns, ConnectionId connection, Effects* effects);

  // When OnTimer has something to do; kNever when only a new event can bring work.
  Nanos NextWakeNs() const { return due_.FirstDueNs(); }

  const WorkerConfig& config() const { return config_; }
  const WorkerCounters& counters() const { return counters_; }
  const ModelTable& models() const { return models_; }
  const WeightsCache& weights(std::uint32_t gpu) const { return gpus_[gpu].weights; }
  const Executor& loads(std::uint32_t gpu) const { return gpus_[gpu].loads; }
  // Actions that wait or run.
  std::uint64_t pending() const { return queued_ + running_; }

 private:
  struct Gpu {
    WeightsCache weights;
    Executor infers;
    Executor loads;
  };
  struct QueuedModelLoad {
    bool operator<(const QueuedModelLoad& other) const;  // "later", for the standard heap
    Origin origin;
    Window window;
    std::uint64_t sequence = 0;
    std::int32_t action_id = 0;
    std::int32_t first_id = 0;
    std::int32_t copies = 0;
    std::uint32_t max_batch_size = 0;
    std::uint64_t max_exec_ns = 0;
    std::string path;
    Nanos begin_ns = 0;
  };

  void Enqueue(Nanos now_ns, std::uint32_t gpu_id, QueuedAction action, std::int32_t action_type,
               Effects* effects);
  // False when the queues are full; the action is answered then.
  bool Admit(const Origin& origin, std::int32_t action_id, std::int32_t action_type,
             Effects* effects);
  void RunDue(Nanos now_ns, Effects* effects);
  void StartModelLoad(Nanos now_ns, Effects* effects);
  void StepExecutor(Nanos now_ns, std::uint32_t gpu_id, bool infers, Effects* effects);
  void Emit(OutgoingResult result, Effects* effects);
  void Count(const OutgoingResult& result);
  void UpdateDue(std::uint32_t gpu_id, bool infers);
  void UpdateModelLoadsDue();

  WorkerConfig config_;
  ModelTable models_;
  std::vector<Gpu> gpus_;
  std::vector<QueuedModelLoad> model_loads_;  // a heap: by earliest, then by arrival
  std::optional<QueuedModelLoad> reading_;    // its model is being looked up
  DueHeap due_;                               // 0: model loads; 1+2g: infers of GPU g; 2+2g: loads
  std::uint64_t next_sequence_ = 0;
  std::uint64_t queued_ = 0;
  std::uint64_t running_ = 0;
  WorkerCounters counters_;
};

}  // namespace clockwork::worker
