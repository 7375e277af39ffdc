#include "operator/plan/cluster/attempt_pods.h"

#include <fmt/format.h>

#include <algorithm>

#include "operator/plan/cluster/blockers.h"
#include "operator/plan/cluster/reasons.h"

namespace clockwork::plan::cluster {
namespace {

bool SameAttempt(const PodView& a, const PodView& b) {
  return a.config == b.config && a.trial == b.trial && a.attempt == b.attempt;
}

bool IsNeeded(const PodView& pod, const ExperimentStatus& status) {
  if (pod.role == Role::kFigures) {
    return status.figures && status.figures->state == FiguresState::kDrawing &&
           status.figures->attempt == pod.attempt;
  }
  return std::any_of(status.active.begin(), status.active.end(), [&pod](const ActiveTrial& each) {
    return each.id == TrialId{pod.config, pod.trial} && each.attempt == pod.attempt &&
           HasPods(each.step);
  });
}

bool IsMeasured(const World& world, const PodView& pod) {
  return std::any_of(world.pods.begin(), world.pods.end(), [&pod](const PodView& other) {
    return SameAttempt(other, pod) && other.role == Role::kCollector && other.succeeded();
  });
}

bool HasOthers(const World& world, const PodView& collector) {
  return std::any_of(world.pods.begin(), world.pods.end(), [&collector](const PodView& other) {
    return SameAttempt(other, collector) && other.role != Role::kCollector;
  });
}

// What to do with a pod that has ended.
bool IsToGo(const World& world, const PodView& pod) {
  const auto& experiment = world.experiment.experiment;
  if (!experiment || experiment->spec.cleanup == api::Cleanup::kNever) return false;
  if (experiment->spec.cleanup == api::Cleanup::kAlways) return true;
  if (pod.role == Role::kFigures) return pod.phase == PodPhase::kSucceeded;
  if (!IsMeasured(world, pod)) return false;
  return pod.role != Role::kCollector || !HasOthers(world, pod);
}

// Whether nobody is left to end the pod in order.
bool IsOrphaned(const World& world, const PodView& pod) {
  if (!world.nodes_known || pod.node.empty()) return false;
  const NodeView* node = FindNode(world, pod.node);
  return node == nullptr || !node->ready;
}

}  // namespace

const PodView* FindPod(const World& world, const PodId& id) {
  const auto found = std::find_if(world.pods.begin(), world.pods.end(), [&id](const PodView& pod) {
    return TrialId{pod.config, pod.trial} == id.trial && pod.attempt == id.attempt &&
           pod.role == id.role && pod.ordinal == id.ordinal;
  });
  return found == world.pods.end() ? nullptr : &*found;
}

bool HasPods(TrialStep step) { return step >= TrialStep::kWorkers; }
bool IsUnderWay(TrialStep step) {
  return step >= TrialStep::kPreparing && step <= TrialStep::kMeasuring;
}
bool IsWindingUp(TrialStep step) { return step >= TrialStep::kStopping; }

std::optional<Blocker> WhyLeftovers(const World& world, const ExperimentStatus& status) {
  for (const PodView& pod : world.pods) {
    if (pod.ended() || IsNeeded(pod, status)) continue;
    if (const Refusal* refusal = FindRefusal(world, pod.name)) return WhyRefused(*refusal);
    return Blocker{
        reason::kPodsTerminating,
        fmt::format("pod {} of an earlier attempt has not ended yet; if it stays, see its "
                    "node {} and its finalizers",
                    pod.name, pod.node)};
  }
  if (world.strangers.empty()) return std::nullopt;
  return Blocker{
      reason::kPodsTerminating,
      fmt::format("pod {} of an earlier experiment of this name has not ended yet; if it "
                  "stays, see its node and its finalizers",
                  world.strangers.front())};
}

std::optional<Blocker> WhyNotDeleted(const World& world, const ExperimentStatus& status) {
  for (const PodView& pod : world.pods) {
    if (pod.deleting() || IsNeeded(pod, status)) continue;
    if (const Refusal* refusal = FindRefusal(world, pod.name)) return WhyRefused(*refusal);
  }
  return std::nullopt;
}

Nanos DeleteLeftovers(const World& world, const ExperimentStatus& status,
                      std::vector<Step>* steps) {
  Nanos wake_ns = kNever;
  for (const PodView& pod : world.pods) {
    if (IsNeeded(pod, status)) continue;
    if (!pod.deleting()) {
      if (!pod.ended() || IsToGo(world, pod)) {
        steps->push_back(DeletePod{pod.name, pod.uid, kGraceSeconds});
      }
      continue;
    }
    if (!IsOrphaned(world, pod)) continue;
    const Nanos force_ns = *pod.deletion_ns + kForceDeleteNs;
    if (world.now_ns >= force_ns) {
      steps->push_back(DeletePod{pod.name, pod.uid, 0});
    } else {
      wake_ns = std::min(wake_ns, force_ns);
    }
  }
  return wake_ns;
}

}  // namespace clockwork::plan::cluster
