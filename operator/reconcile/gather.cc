#include "operator/reconcile/gather.h"

#include <nlohmann/json.hpp>

#include "operator/api/decode.h"
#include "operator/kube/json_fields.h"
#include "operator/plan/cluster/names.h"
#include "operator/plan/cluster/status.h"

namespace clockwork::reconcile {
namespace {

using kube::BooleanOf;
using kube::Find;
using kube::IntegerOf;
using kube::Member;
using kube::TextOf;
using nlohmann::json;
using plan::cluster::PodPhase;

std::optional<Nanos> TimeOf(const json& object, std::string_view name) {
  return plan::cluster::ParseTime(TextOf(object, name));
}

api::TextMap TextMapOf(const json& object) {
  api::TextMap map;
  if (!object.is_object()) return map;
  for (const auto& [key, value] : object.items()) {
    if (value.is_string()) map.emplace(key, value.get<std::string>());
  }
  return map;
}

PodPhase PhaseOf(const std::string& phase) {
  if (phase == "Pending" || phase.empty()) return PodPhase::kPending;
  if (phase == "Running") return PodPhase::kRunning;
  if (phase == "Succeeded") return PodPhase::kSucceeded;
  if (phase == "Failed") return PodPhase::kFailed;
  return PodPhase::kUnknown;
}

// The state of the first container, in the order in which they run, that has not ended well.
const json& StateOf(const json& status) {
  static const json kNull;
  const json* state = &kNull;
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    const json& containers = Member(status, list);
    if (!containers.is_array()) continue;
    state = &kNull;  // that the first ones have ended is not the end of the pod
    for (const json& container : containers) {
      state = &Member(container, "state");
      const json& terminated = Member(*state, "terminated");
      if (!terminated.is_object() || IntegerOf(terminated, "exitCode") != 0) return *state;
    }
  }
  return *state;
}

void ViewContainer(const json& status, plan::cluster::PodView* pod) {
  const json& state = StateOf(status);
  const json& waiting = Member(state, "waiting");
  pod->waiting_reason = TextOf(waiting, "reason");
  pod->waiting_message = TextOf(waiting, "message");
  const json& terminated = Member(state, "terminated");
  if (!terminated.is_object()) return;
  pod->exit_code = IntegerOf(terminated, "exitCode");
  pod->finished_ns = TimeOf(terminated, "finishedAt").value_or(0);
  pod->terminated_reason = TextOf(terminated, "reason");
  pod->terminated_message = TextOf(terminated, "message");
}

// One that the programs can call: they speak IPv4.
std::string AddressOf(const json& pod_status) {
  for (const json& each : Member(pod_status, "podIPs")) {
    std::string address = TextOf(each, "ip");
    if (!address.empty() && address.find(':') == std::string::npos) return address;
  }
  return TextOf(pod_status, "podIP");
}

}  // namespace

plan::cluster::ExperimentView ViewExperiment(const json& object) {
  plan::cluster::ExperimentView view;
  const json& metadata = Member(object, "metadata");
  view.name = TextOf(metadata, "name");
  view.name_space = TextOf(metadata, "namespace");
  view.uid = TextOf(metadata, "uid");
  view.generation = IntegerOf(metadata, "generation");
  view.created_ns = TimeOf(metadata, "creationTimestamp").value_or(0);
  view.deleting = metadata.contains("deletionTimestamp");
  // Whatever becomes of the spec: the status is all that is remembered of what was measured.
  view.status = plan::cluster::DecodeStatus(Member(object, "status"));
  auto experiment = api::DecodeExperiment(object);
  if (!experiment.ok()) {
    view.spec_error = experiment.error().message;
    return view;
  }
  view.experiment = std::move(*experiment);
  return view;
}

std::optional<plan::cluster::PodView> ViewPod(const json& object) {
  const json& metadata = Member(object, "metadata");
  plan::cluster::PodId id;
  if (!plan::cluster::ReadPodLabels(TextMapOf(Member(metadata, "labels")), &id)) {
    return std::nullopt;
  }
  plan::cluster::PodView pod;
  pod.name = TextOf(metadata, "name");
  pod.uid = TextOf(metadata, "uid");
  pod.role = id.role;
  pod.config = id.trial.config;
  pod.trial = id.trial.trial;
  pod.attempt = id.attempt;
  pod.ordinal = id.ordinal;
  pod.created_ns = TimeOf(metadata, "creationTimestamp").value_or(0);
  pod.deletion_ns = TimeOf(metadata, "deletionTimestamp");
  pod.node = TextOf(Member(object, "spec"), "nodeName");
  const json& status = Member(object, "status");
  pod.phase = PhaseOf(TextOf(status, "phase"));
  pod.ip = AddressOf(status);
  pod.reason = TextOf(status, "reason");
  pod.message = TextOf(status, "message");
  const json& conditions = Member(status, "conditions");
  pod.ready = TextOf(Find(conditions, "type", "Ready"), "status") == "True";
  const json& scheduled = Find(conditions, "type", "PodScheduled");
  if (TextOf(scheduled, "status") == "False") {
    pod.unscheduled_reason = TextOf(scheduled, "reason");
    if (pod.unscheduled_reason.empty()) pod.unscheduled_reason = "Unschedulable";
    pod.unscheduled_message = TextOf(scheduled, "message");
  } else {
    pod.scheduled_ns = TimeOf(scheduled, "lastTransitionTime").value_or(0);
  }
  const json& sandbox = Find(conditions, "type", "PodReadyToStartContainers");
  if (sandbox.is_object()) pod.sandbox_ready = TextOf(sandbox, "status") == "True";
  ViewContainer(status, &pod);
  return pod;
}

plan::cluster::ClaimView ViewClaim(const json* object, std::string_view uid) {
  plan::cluster::ClaimView claim;
  if (object == nullptr) return claim;
  claim.exists = true;
  claim.owned = IsOwnedBy(*object, uid);
  claim.deleting = Member(*object, "metadata").contains("deletionTimestamp");
  const json& status = Member(*object, "status");
  claim.phase = TextOf(status, "phase");
  const json& conditions = Member(status, "conditions");
  if (conditions.is_array() && !conditions.empty()) {
    claim.message = TextOf(conditions.back(), "message");
  }
  return claim;
}

plan::cluster::NodeView ViewNode(const json& object) {
  plan::cluster::NodeView node;
  const json& metadata = Member(object, "metadata");
  node.name = TextOf(metadata, "name");
  node.labels = TextMapOf(Member(metadata, "labels"));
  node.unschedulable = BooleanOf(Member(object, "spec"), "unschedulable");
  const json& conditions = Member(Member(object, "status"), "conditions");
  node.ready = TextOf(Find(conditions, "type", "Ready"), "status") == "True";
  return node;
}

bool IsOwnedBy(const json& object, std::string_view uid) {
  const json& owners = Member(Member(object, "metadata"), "ownerReferences");
  if (!owners.is_array()) return false;
  for (const json& owner : owners) {
    if (BooleanOf(owner, "controller") && TextOf(owner, "uid") == uid) return true;
  }
  return false;
}

}  // namespace clockwork::reconcile
