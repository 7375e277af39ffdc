#pragma once

// What a scheduler is told, as values: recorded in one run, told again in another. A stream that
// was recorded from a simulation is a load for benchmarks; what the scheduler decides on it, as one
// number, shows whether a change of its code changed a decision. Pure; one thread.

#include <cstdint>
#include <variant>
#include <vector>

#include "images/common/base/time.h"
#include "images/common/wire/worker_messages.h"
#include "images/controller/core/cluster.h"
#include "images/controller/core/effects.h"
#include "images/controller/core/options.h"
#include "images/controller/core/scheduler.h"

namespace clockwork::sim {

struct Turn {};  // Scheduler::Advance until nothing is due
struct LoadResult {
  wire::WeightsResult result;
};
struct EvictResult {
  wire::WeightsResult result;
};
struct NotSent {
  std::int32_t action_id = 0;
};
struct WorkerLost {
  std::uint32_t worker = 0;
};

struct Event {
  Nanos now_ns = 0;
  std::variant<Turn, controller::InferenceArrival, wire::InferResult, LoadResult, EvictResult,
               wire::ErrorResult, NotSent, WorkerLost>
      content;
};

struct EventStream {
  controller::SchedulerOptions options;
  controller::Cluster cluster;
  std::vector<Event> events;
};

// Tells the scheduler. The effects are appended.
void Tell(const Event& event, controller::Scheduler* scheduler, controller::Effects* effects);

// A number that changes with what is mixed in, and with its order.
class Digest {
 public:
  void Mix(std::uint64_t value);
  void Mix(const Event& event);
  // Everything that is decided: actions, answers, rows of both logs, warnings.
  void Mix(const controller::Effects& effects);
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0;
};

struct Replayed {
  std::uint64_t events = 0;     // digest of what the scheduler was told
  std::uint64_t decisions = 0;  // digest of what it decided
  std::uint64_t requests = 0;
  std::uint64_t actions = 0;
  std::uint64_t answers = 0;
};

// A scheduler as the stream's was in the beginning.
std::unique_ptr<controller::Scheduler> MakeScheduler(const EventStream& stream);
// Tells the whole stream to a new scheduler.
Replayed Replay(const EventStream& stream);

}  // namespace clockwork::sim
