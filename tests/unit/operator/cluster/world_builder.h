#pragma once

// A cluster in which an experiment of N = 2, 4 and two trials goes well, to be spoilt by a test.

#include <string>
#include <utility>

#include "operator/plan/cluster/decide.h"
#include "operator/plan/cluster/names.h"

namespace clockwork::plan::cluster {

inline constexpr Nanos kTestNowNs = 1'800'000'000 * kSecond;

inline World MakeWorld() {
  World world;
  world.now_ns = kTestNowNs;
  api::ScalabilityExperiment experiment;
  experiment.name = "exp";
  experiment.name_space = "ns";
  experiment.spec.workers.values = {2, 4};
  experiment.spec.trials = 2;
  experiment.spec.load.period_seconds = 2;
  world.experiment.experiment = experiment;
  world.experiment.name = "exp";
  world.experiment.name_space = "ns";
  world.experiment.uid = "uid-of-exp";
  world.experiment.generation = 3;
  world.claim = {.exists = true, .phase = "Bound", .message = {}, .deleting = false, .owned = true};
  for (const char* role : {"worker", "controller", "client"}) {
    world.nodes.push_back(
        {std::string("node-") + role, {{"clockwork.dev/role", role}}, true, false});
  }
  return world;
}

inline api::ExperimentSpec& Spec(World* world) { return world->experiment.experiment->spec; }

// Attempt 1 of trial 1 of N = 2, begun two seconds ago.
inline ActiveTrial& Activate(World* world, TrialStep step) {
  ExperimentStatus& status = world->experiment.status;
  status.start_ns = kTestNowNs - 2 * kSecond;
  status.active.push_back({.id = {1, 1},
                           .workers = 2,
                           .attempt = 1,
                           .step = step,
                           .start_ns = kTestNowNs - 2 * kSecond});
  if (step > TrialStep::kController) status.active.back().node = "node-controller";
  return status.active.back();
}

// A ready pod of attempt 1 of trial 1 of N = 2.
inline PodView& AddPod(World* world, Role role, std::int64_t attempt = 1) {
  PodView pod;
  pod.role = role;
  pod.config = pod.trial = 1;
  pod.attempt = attempt;
  pod.name = PodName("exp", "uid-of-exp", {{1, 1}, attempt, role, 0});
  pod.uid = "uid-of-" + pod.name;
  pod.node = role == Role::kCollector ? "node-controller" : "node-" + std::string(NameOf(role));
  pod.phase = PodPhase::kRunning;
  pod.ready = true;
  pod.ip = "10.0.0.7";
  world->pods.push_back(pod);
  return world->pods.back();
}

inline PodView& AddPending(World* world, Role role) {
  PodView& pod = AddPod(world, role);
  pod.phase = PodPhase::kPending;
  pod.ready = false;
  return pod;
}

// One that the scheduler has said no to.
inline PodView& AddUnscheduled(World* world, Role role, const char* reason, const char* message) {
  PodView& pod = AddPending(world, role);
  pod.node.clear();
  pod.unscheduled_reason = reason;
  pod.unscheduled_message = message;
  return pod;
}

// A running pod that draws the figures.
inline PodView& AddFigures(World* world, std::int64_t attempt = 1) {
  PodView& pod = AddPod(world, Role::kFigures, attempt);
  pod.config = pod.trial = 0;
  pod.name = PodName("exp", "uid-of-exp", {{0, 0}, attempt, Role::kFigures, 0});
  pod.node = "node-controller";
  return pod;
}

inline void End(PodView* pod, bool success, std::string message = "") {
  pod->phase = success ? PodPhase::kSucceeded : PodPhase::kFailed;
  pod->ready = false;
  pod->exit_code = success ? 0 : 1;
  pod->terminated_message = std::move(message);
}

inline std::string Evidence(double goodput_rps, double lag_us = 5) {
  return R"({"attempt": ")" + AttemptName("exp", "uid-of-exp", {1, 1}, 1) +
         R"(", "manifest": {"complete": true, "requestRows": 9, "actionRows": 5,)"
         R"( "droppedRequestRows": 0, "droppedActionRows": 0}, "peak": {"bucket": 1,)"
         R"( "goodputRps": )" +
         std::to_string(goodput_rps) +
         R"(, "throughputRps": 1.5, "meanBatch": 2.5}, "client": {"valid": true,)"
         R"( "invalidReason": "", "sent": 9, "unanswered": 0, "lagP99Us": )" +
         std::to_string(lag_us) + "}}";
}

}  // namespace clockwork::plan::cluster
