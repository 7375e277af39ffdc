#pragma once

// The start-up phase (spec/controller.md §5.2): learns what the workers are, loads models on all of
// them as clients ask, and ends one second after the last load. Pure; one thread.
//
// Where the original ends the process (workers that disagree, a load that some workers refuse), the
// request is refused and the reason given.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/base/time.h"
#include "images/common/wire/worker_messages.h"
#include "images/controller/core/cluster.h"
#include "images/controller/core/effects.h"
#include "images/controller/core/options.h"

namespace clockwork::controller {

struct LoadModelToSend {
  std::uint32_t worker = 0;
  wire::LoadModelAction action;  // model_path points into the Startup object, until the next event
};

struct LoadModelAnswer {
  Asker asker;
  std::int32_t status = 0;
  std::string message;
  std::uint32_t model_id = 0;
  std::uint64_t input_bytes = 0;
  std::uint64_t output_bytes = 0;
  std::int32_t copies = 0;
};

// An LS or inference request that came too early.
struct Bounce {
  Asker asker;
  bool is_inference = false;
  std::uint32_t model_id = 0;
};

struct StartupEffects {
  std::vector<LoadModelToSend> loads;
  std::vector<LoadModelAnswer> answers;
  std::vector<Bounce> bounces;  // to be answered with status 5
  void Clear() {
    loads.clear();
    answers.clear();
    bounces.clear();
  }
};

class Startup {
 public:
  static constexpr Nanos kIdleNs = kSecond;  // the phase ends this long after the last load
  static constexpr Nanos kBounceNs =
      12 * kSecond;  // early requests are answered after this at the latest
  static constexpr std::size_t kMaxOutstandingPerWorker = 4;
  static constexpr std::size_t kMaxQueuedLoads = 10'000;
  static constexpr std::size_t kMaxBounces =
      100'000;  // further early requests are answered at once
  static constexpr std::int32_t kMaxCopies = 1'000'000;  // of one request
  static constexpr std::uint32_t kMaxModels = 1 << 20;

  Startup(std::size_t workers, std::uint32_t max_batch, Nanos max_exec_ns);

  // The answer to GetWorkerState. An error: the workers do not fit together.
  Status OnWorkerState(std::uint32_t worker, const wire::GetWorkerStateResult& state);
  bool has_state(std::size_t worker) const { return states_[worker].has_value(); }
  // Every worker has told its state, so loads are sent.
  bool ready() const { return states_missing_ == 0; }

  // What comes before all are ready() waits for that.
  void OnLoadModel(Nanos now_ns, const Asker& asker, std::string path, std::int32_t copies,
                   StartupEffects* effects);
  void OnEarlyRequest(Nanos now_ns, const Bounce& request, StartupEffects* effects);
  void OnLoadModelResult(Nanos now_ns, std::uint32_t worker, const wire::LoadModelResult& result,
                         StartupEffects* effects);
  void OnLoadModelError(Nanos now_ns, std::uint32_t worker, const wire::ErrorResult& result,
                        StartupEffects* effects);
  void OnWorkerLost(Nanos now_ns, std::uint32_t worker, StartupEffects* effects);

  // Time-dependent work; sets finished() when the phase is over, with the last bounces.
  void Advance(Nanos now_ns, StartupEffects* effects);
  Nanos NextWakeNs() const;
  bool finished() const { return finished_; }

  // What the workers have now. Requires finished(); call once.
  Cluster TakeCluster() { return std::move(cluster_); }
  // A model that one of the workers lacks, and that is therefore not used; else empty.
  const std::string& left_out() const { return left_out_; }

 private:
  struct Load {
    Asker asker;
    std::string path;
    std::int32_t copies = 0;
    std::uint32_t model_id = 0;
    std::size_t answers_missing = 0;
    std::vector<bool> waiting;  // per worker
    std::size_t successes = 0;
    std::string error;
    wire::LoadModelResult result;  // of the first worker that succeeded
  };
  struct Early {
    Nanos answer_ns;
    Bounce request;
  };

  void Dispatch(StartupEffects* effects);
  void Settle(Nanos now_ns, std::int32_t action_id, std::uint32_t worker, const std::string& error,
              StartupEffects* effects);
  void Finish(const Load& load, StartupEffects* effects);
  void Refuse(const Asker& asker, std::string why, StartupEffects* effects);
  void AddModels(const Load& load);
  static bool Agree(const wire::LoadModelResult& a, const wire::LoadModelResult& b);

  const std::uint32_t max_batch_;
  const Nanos max_exec_ns_;
  std::vector<std::optional<wire::GetWorkerStateResult>> states_;
  std::size_t states_missing_;
  std::vector<bool> lost_;
  Cluster cluster_;
  std::string left_out_;
  std::uint32_t next_model_id_ = 0;
  std::int32_t next_action_id_ = 0;
  std::deque<Load> queued_;
  std::map<std::int32_t, Load> outstanding_;  // by action id, the same on every worker
  std::deque<Early> early_;
  std::optional<Nanos> last_activity_ns_;
  bool finished_ = false;
};

}  // namespace clockwork::controller
