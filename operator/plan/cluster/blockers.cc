#include "operator/plan/cluster/blockers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "operator/plan/cluster/names.h"
#include "operator/plan/cluster/pod_spec.h"
#include "operator/plan/cluster/reasons.h"

namespace clockwork::plan::cluster {
namespace {

// Where a program says why it ended; before it there is its log.
std::string LastLine(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return std::string(text.substr(text.rfind('\n') + 1));
}

// States of a waiting container that are more than a start that takes its time.
struct WaitingReason {
  const char* reason;
  bool fatal;
  const char* remedy;
};
constexpr WaitingReason kWaitingReasons[] = {
    {reason::kImagePullBackOff, false, "check spec.images and spec.imagePullSecrets"},
    {reason::kErrImagePull, false, "check spec.images and spec.imagePullSecrets"},
    {reason::kErrImageNeverPull, false,
     "load the image on the node, or set spec.images.pullPolicy to IfNotPresent"},
    {reason::kInvalidImageName, true, "correct the image's name in spec.images"},
    {reason::kCreateContainerConfigError, true, "see the message; kubectl describe pod says more"},
    {reason::kCreateContainerError, false, "see the message; kubectl describe pod says more"}};

constexpr std::string_view kOthers[] = {
    reason::kUnschedulable,   reason::kSchedulingGated, reason::kNodesMissing,
    reason::kPodsTerminating, reason::kClaimUnbound,    reason::kClaimMissing,
    reason::kClaimLost,       reason::kQuotaExceeded,   reason::kAdmissionDenied,
    reason::kForbidden,       reason::kNameConflict,    reason::kWaiting};

constexpr std::string_view kCrowding[] = {reason::kUnschedulable, reason::kQuotaExceeded,
                                          reason::kPodsTerminating};

// What a container waits for that starts as usual.
constexpr std::string_view kUsualReasons[] = {"", reason::kContainerCreating, "PodInitializing"};

std::string WithColon(const std::string& text) { return text.empty() ? "" : ": " + text; }

Blocker WhyUnschedulable(const PodView& pod) {
  const std::string& message = pod.unscheduled_message;
  const auto says = [&message](const char* text) {
    return message.find(text) != std::string::npos;
  };
  if (says("unbound immediate PersistentVolumeClaims")) {
    return {reason::kClaimUnbound,
            fmt::format("pod {} waits for the telemetry claim to be bound; check "
                        "spec.telemetryStorageClassName and that a volume can be provisioned: {}",
                        pod.name, message)};
  }
  if (says("persistentvolumeclaim") && says("not found")) {
    return {
        reason::kClaimMissing,
        fmt::format("pod {} needs a claim that does not exist; create it: {}", pod.name, message)};
  }
  if (pod.unscheduled_reason == reason::kSchedulingGated) {
    return {
        reason::kSchedulingGated,
        fmt::format("pod {} has scheduling gates, which an admission policy of the cluster adds; "
                    "whoever set them must remove them{}",
                    pod.name, WithColon(message))};
  }
  const bool usual = pod.unscheduled_reason == reason::kUnschedulable;
  return {reason::kUnschedulable,
          fmt::format("no node takes pod {}; check spec.placement, spec.resources and the nodes' "
                      "taints: {}{}",
                      pod.name, usual ? "" : pod.unscheduled_reason + " ", message)};
}

bool MountsClaim(Role role) { return role != Role::kWorker && role != Role::kClient; }

// Whether its node has not got as far as starting its containers.
bool IsBeingSetUp(const PodView& pod) {
  if (pod.sandbox_ready) return !*pod.sandbox_ready;
  return pod.waiting_reason == reason::kContainerCreating;
}

// What takes too long without anybody having said why.
std::optional<Blocker> WhyNotSetUp(const World& world, const PodView& pod, Nanos* wake_ns) {
  const bool placed = !pod.node.empty();
  if (placed && !IsBeingSetUp(pod)) return std::nullopt;
  const Nanos since_ns = placed && pod.scheduled_ns > 0 ? pod.scheduled_ns : pod.created_ns;
  if (world.now_ns < since_ns + kSetUpNs) {
    *wake_ns = std::min(*wake_ns, since_ns + kSetUpNs);
    return std::nullopt;
  }
  if (!placed && MountsClaim(pod.role) && world.claim.phase == "Pending") {
    // A volume that is made for its first pod: the scheduler waits for it, and says nothing.
    return Blocker{reason::kClaimUnbound,
                   fmt::format("pod {} waits for the telemetry claim to be bound; check "
                               "spec.telemetryStorageClassName and that a volume can be "
                               "provisioned: kubectl describe pvc says more{}",
                               pod.name, WithColon(world.claim.message))};
  }
  if (!placed) {
    return Blocker{reason::kUnschedulable,
                   fmt::format("no scheduler has looked at pod {}; see whether the cluster's "
                               "scheduler runs",
                               pod.name)};
  }
  return Blocker{reason::kContainerCreating,
                 fmt::format("node {} has not set up pod {} yet; most often its volume cannot be "
                             "attached or mounted, or the network is not ready: kubectl describe "
                             "pod {} says which",
                             pod.node, pod.name, pod.name)};
}

// Who is meant in a sentence about the role's pod.
std::string_view Noun(Role role) { return role == Role::kFigures ? "plotter" : NameOf(role); }

// spec.resources.<this>
std::string_view ResourcesOf(Role role) {
  return role == Role::kFigures ? NameOf(Role::kCollector) : NameOf(role);
}

Blocker WhyEnded(const PodView& pod) {
  const std::string logs = fmt::format("see kubectl logs {}{}", pod.name,
                                       pod.role == Role::kFigures ? " --all-containers" : "");
  if (pod.terminated_reason == "OOMKilled") {
    return {reason::kOomKilled,
            fmt::format("the {} needed more memory than its limit; raise spec.resources.{}.limits",
                        Noun(pod.role), ResourcesOf(pod.role)),
            true};
  }
  if (pod.reason == "Evicted") {
    return {reason::kEvicted,
            fmt::format("node {} evicted pod {}; give it requests, or the node more room{}",
                        pod.node, pod.name, WithColon(pod.message)),
            true};
  }
  if (pod.reason == "DeadlineExceeded") {
    return {reason::kTrialDeadline,
            fmt::format("the kubelet ended pod {} after its active deadline", pod.name), true};
  }
  const std::string code = pod.exit_code ? fmt::format(" with code {}", *pod.exit_code) : "";
  const std::string words = pod.role == Role::kClient || pod.terminated_message.empty()
                                ? pod.message
                                : LastLine(pod.terminated_message);
  return {reason::kContainerFailed,
          fmt::format("the {} ended{}; {}{}", Noun(pod.role), code, logs, WithColon(words)), true};
}

bool Matches(const NodeView& node, const api::TextMap& selector) {
  return std::all_of(selector.begin(), selector.end(), [&node](const auto& wanted) {
    const auto label = node.labels.find(wanted.first);
    return label != node.labels.end() && label->second == wanted.second;
  });
}

std::string Selector(const api::TextMap& labels) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : labels) parts.push_back(fmt::format("{}={}", name, value));
  return fmt::format("{}", fmt::join(parts, ","));
}

std::optional<Blocker> WhyNoNode(const World& world, Role role, const api::TextMap& selector) {
  std::size_t matching = 0;
  for (const NodeView& node : world.nodes) {
    if (!Matches(node, selector)) continue;
    if (node.ready && !node.unschedulable) return std::nullopt;
    ++matching;
  }
  if (matching > 0) {
    return Blocker{reason::kNodesMissing,
                   fmt::format("{} nodes match the {}'s selector {}, and none of them is ready and "
                               "schedulable; wait for one or uncordon it",
                               matching, NameOf(role), Selector(selector))};
  }
  return Blocker{
      reason::kNodesMissing,
      fmt::format("no node matches the {}'s selector; label one (kubectl label node NODE "
                  "{}) or change spec.placement.{}.nodeSelector",
                  NameOf(role), Selector(selector), NameOf(role))};
}

}  // namespace

bool IsOthers(std::string_view reason) {
  return std::find(std::begin(kOthers), std::end(kOthers), reason) != std::end(kOthers);
}

bool IsCrowding(std::string_view reason) {
  return std::find(std::begin(kCrowding), std::end(kCrowding), reason) != std::end(kCrowding);
}

std::optional<Blocker> WhyNotReady(const World& world, const PodView& pod, Nanos* wake_ns) {
  if (pod.phase != PodPhase::kPending) return std::nullopt;
  for (const WaitingReason& known : kWaitingReasons) {
    if (pod.waiting_reason != known.reason) continue;
    return Blocker{known.reason,
                   fmt::format("the {}'s container does not start; {}{}", Noun(pod.role),
                               known.remedy, WithColon(pod.waiting_message)),
                   known.fatal};
  }
  if (!pod.unscheduled_reason.empty()) return WhyUnschedulable(pod);
  if (std::find(std::begin(kUsualReasons), std::end(kUsualReasons), pod.waiting_reason) ==
      std::end(kUsualReasons)) {
    return Blocker{reason::kCreateContainerError,
                   fmt::format("the {}'s container does not start; {}{}", Noun(pod.role),
                               pod.waiting_reason, WithColon(pod.waiting_message))};
  }
  return WhyNotSetUp(world, pod, wake_ns);
}

std::optional<Blocker> WhyLost(const World& world, const PodView& pod) {
  if (pod.terminal()) return WhyEnded(pod);
  const NodeView* node = FindNode(world, pod.node);
  if (node != nullptr && !node->ready) {
    return Blocker{
        reason::kNodeLost,
        fmt::format("node {} with pod {} is not ready, so what it measures is of no use; "
                    "repair the node",
                    pod.node, pod.name),
        true};
  }
  if (pod.deleting()) {
    return Blocker{reason::kPodLost, fmt::format("somebody deleted pod {}", pod.name), true};
  }
  return std::nullopt;
}

Nanos CauseAwaitedUntilNs(const PodView& pod, const Blocker& lost, bool cause_known, Nanos now_ns) {
  const bool has_servers = pod.role == Role::kController || pod.role == Role::kClient;
  if (!has_servers || lost.reason != reason::kContainerFailed) return kNever;
  // A node whose clock is elsewhere says nothing about when that was.
  const Nanos notice_ns = cause_known ? kKnownCauseNoticeNs : kCauseNoticeNs;
  const bool just_now = std::abs(now_ns - pod.finished_ns) < notice_ns;
  return just_now ? pod.finished_ns + notice_ns : kNever;
}

Blocker Vanished(const std::string& pod_name) {
  return {reason::kPodLost, fmt::format("pod {} is gone; somebody deleted it", pod_name), true};
}

std::optional<Blocker> WhyNoClaim(const World& world) {
  const api::ScalabilityExperiment& experiment = *world.experiment.experiment;
  const std::string name = ClaimName(experiment);
  if (!world.claim.exists && !experiment.spec.telemetry_claim_name.empty()) {
    return Blocker{
        reason::kClaimMissing,
        fmt::format("there is no PersistentVolumeClaim {} in this namespace; create it, or "
                    "leave spec.telemetryClaim out and one is made",
                    name)};
  }
  if (world.claim.exists && world.claim.deleting) {
    return Blocker{reason::kClaimMissing,
                   fmt::format("the PersistentVolumeClaim {} is being deleted", name)};
  }
  if (world.claim.exists && !world.claim.owned && experiment.spec.telemetry_claim_name.empty()) {
    return Blocker{
        reason::kNameConflict,
        fmt::format("the PersistentVolumeClaim {} belongs to somebody else; delete it, or "
                    "name it in spec.telemetryClaim to use it all the same",
                    name)};
  }
  if (world.claim.phase == "Lost") {
    return Blocker{
        reason::kClaimLost,
        fmt::format("the volume of the PersistentVolumeClaim {} is gone; delete the claim "
                    "and create it anew{}",
                    name, WithColon(world.claim.message))};
  }
  return std::nullopt;
}

std::optional<Blocker> WhyNoNodes(const World& world) {
  if (!world.nodes_known) return std::nullopt;
  const api::Placement& placement = world.experiment.experiment->spec.placement;
  const std::pair<Role, const api::TextMap*> roles[] = {
      {Role::kWorker, &placement.worker.node_selector},
      {Role::kController, &placement.controller.node_selector},
      {Role::kClient, &placement.client.node_selector}};
  for (const auto& [role, selector] : roles) {
    if (std::optional<Blocker> blocker = WhyNoNode(world, role, *selector)) return blocker;
  }
  return std::nullopt;
}

Blocker WhyHidden(const World& world) {
  return {
      reason::kForbidden,
      fmt::format("the operator starts and ends nothing, as it may not see what it needs; grant "
                  "its role what the message names: {}",
                  world.hidden)};
}

const Refusal* FindRefusal(const World& world, const std::string& object) {
  const Refusal* newest = nullptr;
  for (const Refusal& refusal : world.refusals) {
    if (refusal.object != object || world.now_ns - refusal.time_ns >= kRefusalMemoryNs) continue;
    if (newest == nullptr || refusal.time_ns > newest->time_ns) newest = &refusal;
  }
  return newest;
}

Blocker WhyRefused(const Refusal& refusal) {
  const auto because = [&refusal](const char* reason, const char* remedy, bool fatal = false) {
    return Blocker{reason,
                   fmt::format("the API server refuses {}; {}{}", refusal.object, remedy,
                               WithColon(refusal.message)),
                   fatal};
  };
  switch (refusal.kind) {
    case Refusal::Kind::kQuota:
      return because(reason::kQuotaExceeded, "raise the namespace's quota or free some of it");
    case Refusal::Kind::kAdmission:
      return because(reason::kAdmissionDenied, "adapt spec.resources or the namespace's policies");
    case Refusal::Kind::kForbidden:
      return because(reason::kForbidden, "grant the operator's role what the message names");
    case Refusal::Kind::kConflict:
      return because(reason::kNameConflict, "delete the object of that name that is not its own");
    case Refusal::Kind::kInvalid:
      break;
  }
  return because(reason::kObjectInvalid, "correct what the message names in spec", true);
}

CreateTurn MayCreate(const World& world, const std::string& object, Nanos attempt_start_ns) {
  const Refusal* refusal = FindRefusal(world, object);
  if (refusal == nullptr) return {};
  Blocker blocker = WhyRefused(*refusal);
  if (blocker.fatal) {
    if (refusal->time_ns < attempt_start_ns) return {};
    return {.now = false, .blocker = std::move(blocker)};
  }
  const Nanos again_ns = refusal->time_ns + kRefusalRetryNs;
  const bool now = world.now_ns >= again_ns || world.now_ns < refusal->time_ns;
  return {now, std::move(blocker), now ? kNever : again_ns};
}

const NodeView* FindNode(const World& world, const std::string& name) {
  const auto found = std::find_if(world.nodes.begin(), world.nodes.end(),
                                  [&name](const NodeView& node) { return node.name == name; });
  return world.nodes_known && found != world.nodes.end() ? &*found : nullptr;
}

}  // namespace clockwork::plan::cluster
