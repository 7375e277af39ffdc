#pragma once

// INFER5: decides which GPU runs which batch when, and which models each GPU holds, so that
// requests are answered within their SLO (spec/controller.md §5.3–5.13). Pure: it is handed the
// time and values, and what it wants done is appended to Effects. The shell, a simulation or a
// replay may drive it alike:
//
//   scheduler.OnRequest(now, arrival, &effects);  ...  any number of events
//   scheduler.Advance(now, &effects);             decisions, time-outs; also when NextWakeNs() is
//   reached
//
// Times must not decrease from call to call. One thread. Actions must be carried out in the order
// given.
//
// Where this differs from the original in when, not in what, it decides: the original polls each
// GPU about every N/5 × 10–70 µs; here a GPU's turn comes when something happened that could let it
// act. A GPU that can take an infer has looked at every model it holds, so a new request concerns
// one such GPU (they take turns); only when there is none do all holders of the model note it.
// Time-outs leave the queues at once, so that an answered request never takes a place in a batch
// (spec §5.15).

#include <cstdint>
#include <deque>
#include <memory>
#include <queue>
#include <string_view>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/base/time.h"
#include "images/common/wire/worker_messages.h"
#include "images/controller/core/action_table.h"
#include "images/controller/core/cluster.h"
#include "images/controller/core/effects.h"
#include "images/controller/core/estimate.h"
#include "images/controller/core/executor_tracker.h"
#include "images/controller/core/gpu_set.h"
#include "images/controller/core/load_tracker.h"
#include "images/controller/core/model_queue.h"
#include "images/controller/core/options.h"
#include "images/controller/core/request_pool.h"
#include "images/controller/core/ring.h"
#include "images/controller/core/strategy.h"
#include "images/controller/core/timer_heap.h"

namespace clockwork::controller {

struct InferenceArrival {
  Asker asker;
  std::uint32_t model_id = 0;
  std::uint32_t batch_size = 1;
  float slo_factor = 0;
  std::string_view input;
  Nanos behind_ns = 0;  // for how long its client's requests have not all been read
};

struct SchedulerCounters {
  std::uint64_t requests = 0;
  std::uint64_t good = 0;  // answered with success within the SLO
  std::uint64_t timeouts = 0;
  std::uint64_t refused = 0;  // kMaxPendingRequests was reached
  std::uint64_t shed = 0;     // behind by more than kShedBehindNs
  std::uint64_t infers = 0;
  std::uint64_t loads = 0;
  std::uint64_t evictions = 0;
  std::uint64_t failed_actions = 0;
  std::uint64_t unsent_actions = 0;
};

class Scheduler {
 public:
  // Fails when the cluster cannot be scheduled: no GPU, workers of different page counts, a
  // schedule_ahead that plans nothing.
  static Result<std::unique_ptr<Scheduler>> Create(const SchedulerOptions& options,
                                                   Cluster cluster);
  // Before the first event: room for so many waiting requests. To grow in the middle of a load step
  // takes milliseconds, for copying and for memory that is new. Changes no decision.
  void Reserve(std::size_t requests) {
    pool_.Reserve(requests);
    default_timeouts_.Reserve(requests);
  }

  void OnRequest(Nanos now_ns, const InferenceArrival& arrival, Effects* effects);

  // Results of actions, with times in controller time. `output` holds all requests' outputs.
  void OnInferResult(Nanos now_ns, const wire::InferResult& result, std::string_view output,
                     Effects* effects);
  void OnLoadResult(Nanos now_ns, const wire::WeightsResult& result, Effects* effects);
  void OnEvictResult(Nanos now_ns, const wire::WeightsResult& result, Effects* effects);
  void OnErrorResult(Nanos now_ns, const wire::ErrorResult& result, Effects* effects);

  // The action could not be sent in time. Reported as status 45 when it would have been over.
  void OnNotSent(Nanos now_ns, std::int32_t action_id);
  // Its actions fail with status 3; its GPUs are used no more.
  void OnWorkerLost(Nanos now_ns, std::uint32_t worker, Effects* effects);

  // Does what is due. One call decides on kMaxLoadsPerTurn loads at most; when more are to be
  // decided, NextWakeNs is in the past.
  void Advance(Nanos now_ns, Effects* effects);
  Nanos NextWakeNs() const;

  const SchedulerCounters& counters() const { return counters_; }
  std::size_t pending_requests() const { return pool_.in_use(); }
  // Deadlines kept of requests with an SLO of their own, answered ones included: after Advance at
  // most kDeadlinesPerRequest for each pending request.
  static constexpr std::size_t kDeadlinesPerRequest = 2;
  std::size_t kept_deadlines() const { return other_timeouts_.size(); }
  std::size_t gpus() const { return gpus_.size(); }
  std::uint32_t copies_loaded(std::uint32_t model) const { return models_[model].copies_loaded; }

 private:
  // What a request is allowed and what it demands.
  struct Terms {
    Nanos exec_slo_ns = 0;  // from the arrival to planning's deadline
    Nanos exec_demand_ns = 0;
    Nanos load_demand_ns = 0;
  };
  struct alignas(kCacheLineBytes) Model {
    // What admitting a request needs is in the first line, up to the middle of the queue; what
    // batching needs follows (kHotModelBytes).
    Nanos exec_demand_ns = 0;  // of a request with the default SLO
    Nanos load_demand_ns = 0;
    std::int64_t requests_queued = 0;
    std::uint32_t copies_loaded = 0;
    bool known = false;  // else there is no such model
    bool has_new_requests = false;
    ModelQueue queue;
    std::vector<std::uint32_t> batch_sizes;  // used ones, ascending
    std::vector<Nanos> exec_ns;              // of each: its estimate at kDefaultGpuClock
    GpuSet loaded;
    GpuSet active;  // GPUs whose strategies name it
    std::uint32_t largest_batch = 0;
    Nanos single_ns = 0;  // batch-1 estimate at start: the unit of slo_factor
    LoadEstimate load{0};
    std::vector<ExecEstimate> exec;  // one per batch size
    ModelDescription description;

    // The estimate of a batch size at `clock`, which is rarely another than the default.
    Nanos ExecNs(std::size_t batch_index, std::uint64_t clock) const {
      return clock == kDefaultGpuClock ? exec_ns[batch_index] : exec[batch_index].At(clock);
    }
  };
  struct Gpu {
    std::uint32_t worker = 0;
    std::uint32_t index = 0;  // on that worker
    ExecutorTracker infer;
    ExecutorTracker load;
    std::int64_t free_pages = 0;
    StrategyQueue strategies;
    std::vector<std::uint32_t> inflight;  // models of the infers under way
    bool lost = false;
  };
  // Why an action failed. `message` must outlive the effects of the event.
  struct Failure {
    std::int32_t status = 0;
    std::string_view message;
    std::uint64_t received_ns = 0;  // by the worker; 0: it never got it
    std::uint64_t result_sent_ns = 0;
  };
  struct Timeout {
    Nanos deadline_ns = 0;
    RequestIndex request = 0;
    std::uint32_t generation = 0;
    // Equal times have an order, too, which does not depend on what else was kept meanwhile.
    friend bool operator>(const Timeout& a, const Timeout& b) {
      return a.deadline_ns != b.deadline_ns ? a.deadline_ns > b.deadline_ns : a.request > b.request;
    }
  };
  struct DelayedError {
    Nanos report_ns;
    std::int32_t action_id;
    friend bool operator>(const DelayedError& a, const DelayedError& b) {
      return a.report_ns > b.report_ns;
    }
  };

  Scheduler(const SchedulerOptions& options, Cluster cluster);
  static Status Check(const SchedulerOptions& options, const Cluster& cluster);
  void AddModel(ModelDescription description, std::size_t gpus);

  // scheduler_requests.cc
  Nanos Slo(const Model& model, float slo_factor) const;
  Terms TermsOf(const Model& model, Nanos slo_ns) const;
  void SetDeadlines(const Model& model, Nanos now_ns, Request* request) const;
  // After a change of the model's estimates.
  void UpdateDemand(Model* model) const;
  void RefuseUnknown(Nanos now_ns, const InferenceArrival& arrival, std::string_view why,
                     Effects* effects);
  void Shed(Nanos now_ns, const InferenceArrival& arrival, Effects* effects);
  void Enqueue(RequestIndex index);
  void Answer(Nanos now_ns, RequestIndex index, std::int32_t status, std::string_view message,
              std::uint32_t departure_copies, std::string_view output, Effects* effects);
  bool Expire(Nanos now_ns, const Timeout& timeout, Effects* effects);
  // Whether the request cannot time out any more.
  bool Over(const Timeout& timeout) const {
    const RequestIndex index = timeout.request;
    return pool_.Generation(index) != timeout.generation || pool_[index].answered ||
           pool_[index].in_action;
  }
  void PushOtherTimeout(const Timeout& timeout);
  void PopOtherTimeout();
  void PopAnswered(ModelQueue* queue) const;
  void ExpireDue(Nanos now_ns, Effects* effects);
  // A request that times out was last touched an SLO ago, and its model perhaps as long.
  CLOCKWORK_PREFETCHES void PrefetchTimeouts() const {
    if (default_timeouts_.size() <= 2 * kPrefetchAhead) return;
    pool_.Prefetch(default_timeouts_[2 * kPrefetchAhead].request);
    PrefetchModel(pool_[default_timeouts_[kPrefetchAhead].request].model_id);
  }
  CLOCKWORK_PREFETCHES void PrefetchModel(std::uint32_t m) const {
    Prefetch(&models_[m], kHotModelBytes);
    tracker_.Prefetch(m);
  }
  // While the i-th model with new requests is handled: first the models after it, then what they
  // point to.
  CLOCKWORK_PREFETCHES void PrefetchNewRequests(std::size_t i) const {
    if (i + kPrefetchAhead < new_requests_.size()) PrefetchModel(new_requests_[i + kPrefetchAhead]);
    if (i + kPrefetchAhead / 2 < new_requests_.size()) {
      const Model& model = models_[new_requests_[i + kPrefetchAhead / 2]];
      model.loaded.Prefetch();
      model.active.Prefetch();
    }
  }
  void ForgetAnsweredTimeouts();
  void ForgetAllAnsweredOtherTimeouts();

  // scheduler_infer.cc
  bool BestStrategy(std::uint32_t m, std::uint32_t batch_below, Strategy* best) const;
  void Activate(std::uint32_t m, std::size_t g);
  void ActivateHolders(std::uint32_t m);
  // The model of the GPU's smallest strategy gets its next one, of a batch smaller than this.
  void RenewTopStrategy(std::size_t g, std::uint32_t batch_below);
  void PopHopeless(Model& model, Nanos free_ns, std::uint64_t clock);
  bool Dequeue(std::uint32_t m, Nanos free_ns, std::uint64_t clock, std::uint32_t min_batch,
               std::size_t* batch_index);
  void SendInfer(Nanos now_ns, std::size_t g, std::uint32_t m, std::size_t batch_index,
                 Nanos exec_ns, Effects* effects);
  void AppendInputs(const Model& model, ActionToSend* send, Effects* effects) const;
  bool ScheduleInfer(Nanos now_ns, std::size_t g, Effects* effects);
  void ScheduleInfers(Nanos now_ns, Effects* effects);
  void UpdateInferOpen(Nanos now_ns, std::size_t g);

  // scheduler_load.cc
  bool ScheduleLoad(Nanos now_ns, std::size_t g, Effects* effects);
  bool MakeRoom(Nanos now_ns, std::size_t g, std::int64_t pages, Effects* effects);
  void SendEvict(Nanos now_ns, std::size_t g, std::uint32_t m, Effects* effects);
  void SendLoad(Nanos now_ns, std::size_t g, std::uint32_t m, Effects* effects);
  void ScheduleLoads(Nanos now_ns, Effects* effects);
  void UpdateLoadOpen(Nanos now_ns, std::size_t g);
  void Unload(std::size_t g, std::uint32_t m);

  // scheduler_results.cc
  Action* FindAction(std::int32_t id, ActionKind kind, std::string_view what, Effects* effects);
  void FailAction(Nanos now_ns, std::int32_t id, const Failure& failure, Effects* effects);
  void FinishInfer(Nanos now_ns, std::int32_t id, Nanos end_ns, bool success);
  void ListForLoads(std::size_t g);
  void ReportDueErrors(Nanos now_ns, Effects* effects);

  // With many requests waiting, most of what a decision touches has left the cache: it is asked for
  // while so many others are handled.
  static constexpr std::size_t kPrefetchAhead = 4;
  static constexpr std::size_t kHotModelBytes = 192;

  // Timers: two per GPU.
  static std::uint32_t InferTimer(std::size_t g) { return static_cast<std::uint32_t>(2 * g); }
  static std::uint32_t LoadTimer(std::size_t g) { return static_cast<std::uint32_t>(2 * g + 1); }

  const SchedulerOptions options_;
  std::vector<Model> models_;
  std::vector<Gpu> gpus_;
  RequestPool pool_;
  ActionTable actions_;
  LoadTracker tracker_;
  GpuSet infer_open_;                        // GPUs that may be sent an infer now
  GpuSet load_open_;                         // GPUs that may be sent a load now
  std::size_t rotation_ = 0;                 // where the search for a GPU begins
  std::vector<std::uint32_t> new_requests_;  // models with requests since the last Advance
  std::vector<std::size_t> infer_opened_;    // GPUs that opened since then
  std::vector<std::size_t> load_opened_;
  std::deque<std::size_t> loading_gpus_;  // to be looked at for loads, in this order
  Nanos advanced_ns_ = 0;                 // when Advance was last called
  GpuSet load_listed_;                    // the same as a set
  TimerHeap timers_;
  Ring<Timeout> default_timeouts_;       // of requests with the default SLO: in order of arrival
  std::vector<Timeout> other_timeouts_;  // of the others: a heap, earliest first
  std::priority_queue<DelayedError, std::vector<DelayedError>, std::greater<>> delayed_errors_;
  SchedulerCounters counters_;

  // Scratch of one decision, kept for their capacity.
  std::vector<RequestIndex> batch_;
  GpuSet load_unlisted_;
};

}  // namespace clockwork::controller
