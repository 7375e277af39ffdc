#include "operator/remote/reader_pod.h"

#include <fmt/format.h>

#include <string_view>

#include "images/common/base/version.h"
#include "operator/plan/cluster/pod_spec.h"
#include "operator/plan/cluster/pod_template.h"

namespace clockwork::remote {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxNameBytes = 48;  // of the experiment's in the pod's
constexpr const char* kProgram = "telemetry";
constexpr std::int64_t kGraceSeconds = 1;

// Of any depth; null where there is none.
json At(const json& object, const char* pointer) {
  const json::json_pointer path(pointer);
  return object.contains(path) ? object.at(path) : json();
}

std::string Text(const json& object, const char* pointer) {
  const json value = At(object, pointer);
  return value.is_string() ? value.get<std::string>() : std::string();
}

// Of the container whose program is telemetry.
std::string TelemetryImage(const json& pod) {
  for (const char* list : {"/spec/containers", "/spec/initContainers"}) {
    for (const json& container : At(pod, list)) {
      if (Text(container, "/command/0") == kProgram) return Text(container, "/image");
    }
  }
  return "";
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
  const std::string_view version = Version();  // "0.1.0 (commit)"
  return fmt::format("{}/{}:{}", plan::cluster::OperatorDefaults().registry, kProgram,
                     version.substr(0, version.find(' ')));
}

std::string NodeOfClaim(const std::vector<json>& pods, const std::string& claim) {
  for (const json& pod : pods) {
    const std::string phase = Text(pod, "/status/phase");
    if (phase == "Succeeded" || phase == "Failed") continue;
    for (const json& volume : At(pod, "/spec/volumes")) {
      std::string node = Text(pod, "/spec/nodeName");
      if (Text(volume, "/persistentVolumeClaim/claimName") == claim && !node.empty()) return node;
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
  pod.program = kProgram;
  pod.arguments = {"hold", "--seconds", std::to_string(kReaderSeconds)};
  pod.claim = plan::cluster::ClaimName(experiment.experiment);
  pod.node = spec.node;
  pod.placement = wanted.placement.controller;
  pod.resources = wanted.resources.collector;
  pod.pull_policy = wanted.images.pull_policy;
  pod.pull_secrets = wanted.image_pull_secrets;
  pod.grace_seconds = kGraceSeconds;
  pod.active_deadline_seconds = kReaderSeconds;
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
  const std::string phase = Text(pod, "/status/phase");
  if (phase == "Succeeded" || phase == "Failed") {
    state.kind = ReaderState::Kind::kEnded;
    state.blocker = fmt::format("{}: {}", phase, Text(pod, "/status/message"));
    return state;
  }
  if (!At(pod, "/status/containerStatuses/0/state/running").is_null()) {
    state.kind = ReaderState::Kind::kRunning;
    return state;
  }
  for (const json& condition : At(pod, "/status/conditions")) {
    if (Text(condition, "/type") == "PodScheduled" && Text(condition, "/status") == "False") {
      state.blocker =
          fmt::format("{}: {}", Text(condition, "/reason"), Text(condition, "/message"));
    }
  }
  const std::string waiting = Text(pod, "/status/containerStatuses/0/state/waiting/reason");
  if (!waiting.empty()) {
    state.blocker = fmt::format("{}: {}", waiting,
                                Text(pod, "/status/containerStatuses/0/state/waiting/message"));
  }
  return state;
}

std::string ReaderDirectory(const RemoteExperiment& experiment) {
  return fmt::format("{}/{}", plan::cluster::kTelemetryMount, experiment.experiment.name);
}

}  // namespace clockwork::remote
