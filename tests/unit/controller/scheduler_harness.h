#pragma once

// A scheduler on a clock that the test moves, with short words for what workers and clients do.
// Every word is followed by a turn of the scheduler, as in the controller's loop.

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "images/common/telemetry/rows.h"
#include "images/common/wire/worker_messages.h"
#include "images/controller/core/scheduler.h"

namespace clockwork::controller {

inline constexpr Nanos kMs = kMillisecond;
// When most tests begin; any point in time.
inline constexpr Nanos kStartNs = 1'000 * kSecond;

// Five pages, 8 ms to load; 2, 3, 5, 8 ms for batches of 1, 2, 4, 8.
ModelDescription SmallModel();

class ClusterBuilder {
 public:
  ClusterBuilder& Worker(std::uint32_t gpus = 1, std::uint32_t pages_per_gpu = 100);
  ClusterBuilder& Model(ModelDescription model = SmallModel());
  ClusterBuilder& Models(int count);
  ClusterBuilder& Hole();  // an id that was never given to a model
  Cluster Build() const { return cluster_; }

 private:
  Cluster cluster_;
};

// One worker with that many GPUs and models.
Cluster Small(std::uint32_t gpus = 1, int models = 1);

// The published experiment: 5 ms ahead, 100 ms SLO, batches of up to 8 and 25 ms.
SchedulerOptions PublishedOptions();

struct Given {
  float slo_factor = 0;
  std::string input = {};
  std::uint32_t batch_size = 1;
  Nanos behind_ns = 0;
};

struct Answered {
  std::int32_t request = 0;
  std::int32_t status = 0;
  std::string message;
  std::uint32_t model = 0;
  std::uint32_t batch_size = 0;
  std::string output;
};

// An action with its own copy of what the effects held for it.
struct Sent : ActionToSend {
  std::vector<std::uint32_t> input_sizes;
  std::string inputs;
};

// What a worker reports of a success; absent times are filled in as for one that did what was
// expected and has just ended.
struct Reported {
  Nanos duration_ns = -1;
  Nanos end_ns = -1;
  Nanos copy_output_end_ns = 0;
  std::uint64_t received_ns = 0;
  std::uint64_t result_sent_ns = 0;
  std::uint32_t clock_before = 1380;
  std::uint32_t clock = 1380;
  std::string output = {};
};

class Harness {
 public:
  explicit Harness(Cluster cluster, const SchedulerOptions& options = PublishedOptions());

  // Clients. Requests are numbered from 0.
  std::int32_t Admit(Nanos now_ns, std::uint32_t model, const Given& given = {});  // without a turn
  std::int32_t Request(Nanos now_ns, std::uint32_t model, const Given& given = {});
  void Requests(int count, Nanos now_ns, std::uint32_t model);  // admitted together, then a turn

  // Time.
  void Advance(Nanos now_ns);
  void RunUntil(Nanos now_ns);  // every wake-up up to then

  // Workers.
  void LoadDone(Nanos now_ns, const Sent& action, const Reported& reported = {});
  void InferDone(Nanos now_ns, const Sent& action, const Reported& reported = {});
  void EvictDone(Nanos now_ns, const Sent& action, const Reported& reported = {});
  void Fail(Nanos now_ns, const Sent& action, std::int32_t status, const std::string& message,
            const Reported& reported = {});
  void NotSent(Nanos now_ns, const Sent& action);
  void Lose(Nanos now_ns, std::uint32_t worker);

  // Brings the model to every GPU and leaves nothing outstanding and nothing recorded. Takes 20 ms.
  void Warm(Nanos now_ns, std::uint32_t model);

  // What has been sent and not been taken yet.
  std::vector<Sent> Take(ActionKind kind);
  Sent TakeOne(ActionKind kind);

  std::vector<Sent> sent;
  std::vector<Answered> answers;
  std::vector<telemetry::RequestRow> request_rows;
  std::vector<telemetry::ActionRow> action_rows;
  std::vector<std::string> warnings;
  std::unique_ptr<Scheduler> scheduler;

 private:
  wire::WeightsResult Weights(Nanos now_ns, const Sent& action, const Reported& reported) const;
  void Record();

  Effects effects_;
  std::int32_t next_request_ = 0;
};

// The rows' lines of the logs, without the line end.
std::string Line(const telemetry::RequestRow& row);
std::string Line(const telemetry::ActionRow& row);

}  // namespace clockwork::controller
