#pragma once

// A worker on a clock that the test moves, with short words for actions and results.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "images/worker_dummy/core/worker.h"

namespace clockwork::worker {

inline constexpr std::uint64_t kNoLimit = UINT64_MAX;

// Five pages, 10 ms to load; 1, 2, 4, 8 ms for batches of 1, 2, 4, 8.
inline ModelSpec SmallModel() {
  return {.name = "small",
          .input_bytes = 100,
          .output_bytes = 40,
          .weights_bytes = 5 * kPageBytes,
          .weights_pages = 5,
          .load_ns = 10 * kMillisecond,
          .batches = {{1, 1 * kMillisecond},
                      {2, 2 * kMillisecond},
                      {4, 4 * kMillisecond},
                      {8, 8 * kMillisecond}}};
}

// A worker with `pages` pages on each of `gpus` GPUs.
inline WorkerConfig SmallWorker(std::uint32_t gpus = 1, std::uint64_t pages = 12) {
  WorkerConfig config;
  config.gpus = gpus;
  config.weights_cache_bytes = pages * kPageBytes;
  return config;
}

struct Given {
  std::uint64_t earliest_ns = 0;
  std::uint64_t latest_ns = kNoLimit;
  std::uint32_t gpu_id = 0;
  std::uint32_t batch_size = 1;
  std::uint64_t input_bytes = 0;
  std::vector<std::uint32_t> input_sizes = {};
  ConnectionId connection = 1;
  Nanos clock_delta_ns = 0;
};

class Harness {
 public:
  explicit Harness(const WorkerConfig& config = SmallWorker()) : worker(config) {}

  // Gives the worker `copies` copies of the model with ids from `first_id`. Returns the action's
  // id.
  std::int32_t AddModel(std::int32_t first_id, std::int32_t copies = 1,
                        const ModelSpec& spec = SmallModel()) {
    return AddModel(first_id, copies, ModelRead{0, "", spec}, {});
  }
  std::int32_t AddModel(std::int32_t first_id, std::int32_t copies, const ModelRead& read,
                        const Given& given, std::uint32_t max_batch_size = 16,
                        std::uint64_t max_exec_ns = kNoLimit) {
    worker.OnAction(now_ns, From(given),
                    wire::LoadModelAction{.action_id = ++last_id,
                                          .model_id = first_id,
                                          .model_path = "the/path",
                                          .earliest_ns = given.earliest_ns,
                                          .latest_ns = given.latest_ns,
                                          .copies = copies,
                                          .max_batch_size = max_batch_size,
                                          .max_exec_ns = max_exec_ns},
                    &effects);
    AnswerReads(read);
    return last_id;
  }
  void AnswerReads(const ModelRead& read) {
    while (!effects.model_reads.empty()) {
      effects.model_reads.clear();
      worker.OnModelRead(now_ns, read, &effects);
    }
  }

  std::int32_t Load(std::int32_t model_id, const Given& given = {}) {
    worker.OnAction(now_ns, From(given),
                    wire::LoadWeightsAction{.action_id = ++last_id,
                                            .model_id = model_id,
                                            .gpu_id = given.gpu_id,
                                            .earliest_ns = given.earliest_ns,
                                            .latest_ns = given.latest_ns},
                    &effects);
    return last_id;
  }
  std::int32_t Evict(std::int32_t model_id, const Given& given = {}) {
    worker.OnAction(now_ns, From(given),
                    wire::EvictWeightsAction{.action_id = ++last_id,
                                             .model_id = model_id,
                                             .gpu_id = given.gpu_id,
                                             .earliest_ns = given.earliest_ns,
                                             .latest_ns = given.latest_ns},
                    &effects);
    return last_id;
  }
  std::int32_t Infer(std::int32_t model_id, const Given& given = {}) {
    worker.OnAction(now_ns, From(given),
                    wire::InferAction{.action_id = ++last_id,
                                      .model_id = model_id,
                                      .gpu_id = given.gpu_id,
                                      .earliest_ns = given.earliest_ns,
                                      .latest_ns = given.latest_ns,
                                      .batch_size = given.batch_size,
                                      .input_sizes = given.input_sizes},
                    given.input_bytes, &effects);
    return last_id;
  }
  std::int32_t ClearCache() {
    worker.OnClearCache(now_ns, From({}), {.action_id = ++last_id}, &effects);
    return last_id;
  }
  wire::GetWorkerStateResult State() {
    worker.OnGetWorkerState(now_ns, From({}), {.action_id = ++last_id}, &effects);
    return std::get<wire::GetWorkerStateResult>(effects.results.back().result);
  }
  void Disconnect(ConnectionId connection) { worker.OnDisconnect(now_ns, connection, &effects); }

  // Moves the clock there, waking the worker exactly when it asks for it.
  void AdvanceTo(Nanos time_ns) {
    while (worker.NextWakeNs() <= time_ns) {
      now_ns = std::max(now_ns, worker.NextWakeNs());
      worker.OnTimer(now_ns, &effects);
    }
    now_ns = time_ns;
  }
  // Moves the clock there and wakes the worker only then.
  void WakeLateAt(Nanos time_ns) {
    now_ns = time_ns;
    worker.OnTimer(now_ns, &effects);
  }
  // Until nothing is left to do.
  void Finish() {
    while (worker.NextWakeNs() != kNever) AdvanceTo(worker.NextWakeNs());
  }

  const OutgoingResult* Find(std::int32_t action_id) const {
    for (const OutgoingResult& outgoing : effects.results) {
      if (IdOf(outgoing) == action_id) return &outgoing;
    }
    return nullptr;
  }
  // 0 for a success, -1 when there is no result yet.
  std::int32_t StatusOf(std::int32_t action_id) const {
    const OutgoingResult* outgoing = Find(action_id);
    if (outgoing == nullptr) return -1;
    const auto* error = std::get_if<wire::ErrorResult>(&outgoing->result);
    return error == nullptr ? 0 : error->status;
  }
  std::string MessageOf(std::int32_t action_id) const {
    return Get<wire::ErrorResult>(action_id).message;
  }

  // The result of an action, of the type that it must have.
  template <typename Result>
  Result Get(std::int32_t action_id) const {
    const OutgoingResult* outgoing = Find(action_id);
    const auto* result = outgoing == nullptr ? nullptr : std::get_if<Result>(&outgoing->result);
    EXPECT_NE(result, nullptr) << "action " << action_id << " has status " << StatusOf(action_id);
    return result == nullptr ? Result{} : *result;
  }
  wire::Timing LoadTiming(std::int32_t action_id) const {
    return Get<wire::WeightsResult>(action_id).timing;
  }
  wire::Timing ExecTiming(std::int32_t action_id) const {
    return Get<wire::InferResult>(action_id).exec;
  }

  static std::int32_t IdOf(const OutgoingResult& outgoing) {
    return std::visit([](const auto& result) { return result.action_id; }, outgoing.result);
  }

  Worker worker;
  Effects effects;
  Nanos now_ns = kSecond;
  std::int32_t last_id = 0;

 private:
  Origin From(const Given& given) const { return {given.connection, now_ns, given.clock_delta_ns}; }
};

}  // namespace clockwork::worker
