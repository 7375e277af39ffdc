#include "operator/remote/reader_pod.h"

#include <fmt/format.h>

#include "images/common/base/version.h"
#include "operator/kube/json_fields.h"
#include "operator/plan/cluster/pod_spec.h"
#include "operator/plan/cluster/pod_template.h"

namespace clockwork::remote {
namespace {

using kube::Find;
using kube::First;
using kube::Member;
using kube::TextOf;
using nlohmann::json;

constexpr std::size_t kMaxNameBytes = 48;  // of the experiment's in the pod's
constexpr const char* kReaderProgram = "telemetry";
constexpr std::int64_t kGraceSeconds = 1;

// Of the container whose program is telemetry.
std::string TelemetryImage(const json& pod) {
  for (const char* list : {"containers", "initContainers"}) {
    for (const json& container : Member(Member(pod, "spec"), list)) {
      if (First(Member(container, "command")) == json(kReaderProgram))
        return TextOf(container, "image");
    }
  }
  return "";
}

// "ErrImagePull: what went wrong"
std::string ReasonOf(const json& said) {
  return fmt::format("{}: {}", TextOf(said, "reason"), TextOf(said, "message"));
}

std::string Cut(std::string name) {
  name.resize(std::min(name.size(), kMaxNameBytes));
  while (name.ends_with('-') || name.ends_with('.')) name.pop_back();
  return name;
}

}  // namespace

std::string ReaderImage(const RemoteExperiment& experiment, const std::vector<json>& pods) {
  const std::string& named = experiment.experiment.spec.images.telemetry;
  if (!named.empty()) return named;
  for (const json& pod : pods) {
    if (std::string image = TelemetryImage(pod); !image.empty()) return image;
  }
  if (!experiment.status.telemetry_image.empty()) return experiment.status.telemetry_image;
  return fmt::format("{}/{}:{}", plan::cluster::OperatorDefaults().registry, kReaderProgram,
                     ReleaseTag());
}

std::string NodeOfClaim(const std::vector<json>& pods, const std::string& claim) {
  for (const json& pod : pods) {
    const std::string phase = TextOf(Member(pod, "status"), "phase");
    if (phase == "Succeeded" || phase == "Failed") continue;
    const json& spec = Member(pod, "spec");
    for (const json& volume : Member(spec, "volumes")) {
      std::string node = TextOf(spec, "nodeName");
      if (TextOf(Member(volume, "persistentVolumeClaim"), "claimName") == claim && !node.empty()) {
        return node;
      }
    }
  }
  return "";
}

json ReaderPod(const RemoteExperiment& experiment, const ReaderSpec& spec) {
  const api::ExperimentSpec& wanted = experiment.experiment.spec;
  plan::cluster::PodSpec pod;
  pod.owner = {experiment.experiment.name, experiment.name_space, experiment.uid, ""};
  pod.name = fmt::format("{}-fetch-{}", Cut(experiment.experiment.name), spec.suffix);
  pod.image = spec.image;
  pod.program = kReaderProgram;
  pod.arguments = {"hold", "--seconds", std::to_string(kReaderSeconds)};
  pod.claim = plan::cluster::ClaimName(experiment.experiment);
  pod.node = spec.node;
  pod.placement = wanted.placement.controller;
  pod.resources = wanted.resources.collector;
  pod.pull_policy = wanted.images.pull_policy;
  pod.pull_secrets = wanted.image_pull_secrets;
  pod.grace_seconds = kGraceSeconds;
  pod.active_deadline_seconds = kReaderLimitSeconds;
  json object = plan::cluster::PodObject(pod);
  object["metadata"]["labels"] = {{"app.kubernetes.io/name", "clockwork-fetch"},
                                  {"app.kubernetes.io/part-of", "clockwork"},
                                  {"app.kubernetes.io/managed-by", "clockwork-experiment"}};
  for (json& owner : object["metadata"]["ownerReferences"]) owner["controller"] = false;
  json& container = object["spec"]["containers"][0];
  container["name"] = kReaderContainer;
  container["volumeMounts"][0]["readOnly"] = true;
  return object;
}

ReaderState StateOf(const json& pod) {
  ReaderState state;
  const json& status = Member(pod, "status");
  const std::string phase = TextOf(status, "phase");
  if (phase == "Succeeded" || phase == "Failed") {
    state.kind = ReaderState::Kind::kEnded;
    state.blocker = fmt::format("{}: {}", phase, TextOf(status, "message"));
    return state;
  }
  const json& container = Member(First(Member(status, "containerStatuses")), "state");
  if (!Member(container, "running").is_null()) {
    state.kind = ReaderState::Kind::kRunning;
    return state;
  }
  const json& scheduled = Find(Member(status, "conditions"), "type", "PodScheduled");
  if (TextOf(scheduled, "status") == "False") state.blocker = ReasonOf(scheduled);
  const json& waiting = Member(container, "waiting");
  if (!TextOf(waiting, "reason").empty()) state.blocker = ReasonOf(waiting);
  return state;
}

std::string ReaderDirectory(const RemoteExperiment& experiment) {
  return fmt::format("{}/{}", plan::cluster::kTelemetryMount, experiment.experiment.name);
}

}  // namespace clockwork::remote
