#include "operator/plan/cluster/pod_template.h"

#include <nlohmann/json.hpp>

#include "operator/api/encode.h"
#include "operator/api/names.h"

namespace clockwork::plan::cluster {
namespace {

using Json = nlohmann::json;

constexpr const char* kVolume = "telemetry";
constexpr const char* kScratch = "scratch";
constexpr const char* kScratchSize = "64Mi";
constexpr std::int64_t kProbePeriodSeconds = 1;

Json Texts(const api::TextMap& texts) {
  Json json = Json::object();
  for (const auto& [name, text] : texts) json[name] = text;
  return json;
}

// Without blockOwnerDeletion: deletion is in the background, and some clusters let only those set
// it who may write the owner's finalizers.
Json OwnerReferences(const Owner& owner) {
  return Json::array({{{"apiVersion", api::kApiVersion},
                       {"kind", api::kKind},
                       {"name", owner.name},
                       {"uid", owner.uid},
                       {"controller", true}}});
}

Json Resources(const api::RoleResources& resources) {
  Json json = Json::object();
  if (!resources.requests.empty()) json["requests"] = Texts(resources.requests);
  if (!resources.limits.empty()) json["limits"] = Texts(resources.limits);
  return json;
}

Json StartupProbe(const PodSpec& pod) {
  return {{"tcpSocket", {{"port", pod.port}}},
          {"periodSeconds", kProbePeriodSeconds},
          {"failureThreshold", pod.startup_seconds / kProbePeriodSeconds}};
}

Json Mounts(const PodSpec& pod) {
  Json mounts = Json::array();
  if (!pod.claim.empty()) {
    Json mount = {{"name", kVolume}, {"mountPath", kTelemetryMount}};
    if (!pod.sub_path.empty()) mount["subPath"] = pod.sub_path;
    mounts.push_back(std::move(mount));
  }
  if (pod.scratch) mounts.push_back({{"name", kScratch}, {"mountPath", kScratchMount}});
  return mounts;
}

// Client and collector report through the file; of the others it tells the end of their log when
// they fail.
const char* MessagePolicy(Role role) {
  return role == Role::kClient || role == Role::kCollector ? "File" : "FallbackToLogsOnError";
}

// What the containers of a pod have in common.
Json BasicContainer(const PodSpec& pod) {
  Json json = {{"imagePullPolicy", api::NameOf(api::kPullPolicies, pod.pull_policy)},
               {"resources", Resources(pod.resources)},
               {"terminationMessagePath", kTerminationMessageFile},
               {"terminationMessagePolicy", MessagePolicy(pod.id.role)},
               {"securityContext",
                {{"allowPrivilegeEscalation", false},
                 {"readOnlyRootFilesystem", true},
                 {"capabilities", {{"drop", {"ALL"}}}}}}};
  if (Json mounts = Mounts(pod); !mounts.empty()) json["volumeMounts"] = std::move(mounts);
  return json;
}

Json Variables(const Environment& environment) {
  Json json = Json::array();
  for (const auto& [name, value] : environment) {
    json.push_back({{"name", name}, {"value", value}});
  }
  return json;
}

Json Container(const PodSpec& pod) {
  Json json = BasicContainer(pod);
  json["name"] = NameOf(pod.id.role);
  json["image"] = pod.image;
  if (!pod.program.empty()) json["command"] = {pod.program};
  json["args"] = pod.arguments;
  json["env"] = Variables(pod.environment);
  if (pod.port != 0) {
    json["ports"] = Json::array({{{"containerPort", pod.port}, {"protocol", "TCP"}}});
    json["startupProbe"] = StartupProbe(pod);
  }
  return json;
}

Json FirstContainer(const PodSpec& pod, const FirstProgram& first) {
  Json json = BasicContainer(pod);
  json["name"] = first.name;
  json["image"] = first.image;
  if (!first.program.empty()) json["command"] = {first.program};
  json["args"] = first.arguments;
  json["env"] = Variables(first.environment);
  return json;
}

Json Volumes(const PodSpec& pod) {
  Json volumes = Json::array();
  if (!pod.claim.empty()) {
    volumes.push_back({{"name", kVolume}, {"persistentVolumeClaim", {{"claimName", pod.claim}}}});
  }
  if (pod.scratch) {
    volumes.push_back({{"name", kScratch}, {"emptyDir", {{"sizeLimit", kScratchSize}}}});
  }
  return volumes;
}

Json NodeTerm(const std::string& node) {
  const Json field = {{"key", "metadata.name"}, {"operator", "In"}, {"values", {node}}};
  return {{"matchFields", Json::array({field})}};
}

// The node by name, and yet through the scheduler, which knows whether the pod fits.
Json RequiredNode(const std::string& node) {
  return {{"requiredDuringSchedulingIgnoredDuringExecution",
           {{"nodeSelectorTerms", Json::array({NodeTerm(node)})}}}};
}

Json PreferredNode(const std::string& node) {
  return {{"preferredDuringSchedulingIgnoredDuringExecution",
           Json::array({{{"weight", 100}, {"preference", NodeTerm(node)}}})}};
}

void AddPlacement(const PodSpec& pod, Json* spec) {
  if (!pod.placement.node_selector.empty()) {
    (*spec)["nodeSelector"] = Texts(pod.placement.node_selector);
  }
  if (!pod.node.empty()) {
    (*spec)["affinity"]["nodeAffinity"] = RequiredNode(pod.node);
  } else if (!pod.preferred_node.empty()) {
    (*spec)["affinity"]["nodeAffinity"] = PreferredNode(pod.preferred_node);
  }
  for (const api::Toleration& toleration : pod.placement.tolerations) {
    (*spec)["tolerations"].push_back(Json(api::EncodeToleration(toleration)));
  }
}

}  // namespace

Json PodObject(const PodSpec& pod) {
  Json spec = {{"containers", Json::array({Container(pod)})},
               {"restartPolicy", "Never"},
               {"automountServiceAccountToken", false},
               {"enableServiceLinks", false},
               {"terminationGracePeriodSeconds", pod.grace_seconds},
               {"activeDeadlineSeconds", pod.active_deadline_seconds},
               {"securityContext",
                {{"runAsNonRoot", true},
                 {"runAsUser", kUserId},
                 {"runAsGroup", kUserId},
                 {"fsGroup", kUserId},
                 // Going over a full claim at each start takes minutes.
                 {"fsGroupChangePolicy", "OnRootMismatch"},
                 {"seccompProfile", {{"type", "RuntimeDefault"}}}}}};
  AddPlacement(pod, &spec);
  for (const FirstProgram& first : pod.first) {
    spec["initContainers"].push_back(FirstContainer(pod, first));
  }
  if (Json volumes = Volumes(pod); !volumes.empty()) spec["volumes"] = std::move(volumes);
  for (const std::string& secret : pod.pull_secrets) {
    spec["imagePullSecrets"].push_back({{"name", secret}});
  }
  if (!pod.priority_class.empty()) spec["priorityClassName"] = pod.priority_class;
  const Json metadata = {{"name", pod.name},
                         {"namespace", pod.owner.name_space},
                         {"labels", Texts(PodLabels(pod.owner.name, pod.owner.managed_by, pod.id))},
                         {"ownerReferences", OwnerReferences(pod.owner)}};
  return {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", metadata}, {"spec", spec}};
}

Json ClaimObject(const ClaimSpec& claim) {
  Json spec = {{"accessModes", {"ReadWriteOnce"}},
               {"resources", {{"requests", {{"storage", claim.size}}}}}};
  if (!claim.storage_class.empty()) spec["storageClassName"] = claim.storage_class;
  const Json labels = {{"app.kubernetes.io/name", "clockwork"},
                       {"app.kubernetes.io/instance", ExperimentLabel(claim.owner.name)},
                       {"app.kubernetes.io/managed-by", claim.owner.managed_by},
                       {std::string(kExperimentLabel), ExperimentLabel(claim.owner.name)}};
  const Json metadata = {{"name", claim.name},
                         {"namespace", claim.owner.name_space},
                         {"labels", labels},
                         {"ownerReferences", OwnerReferences(claim.owner)}};
  return {{"apiVersion", "v1"},
          {"kind", "PersistentVolumeClaim"},
          {"metadata", metadata},
          {"spec", spec}};
}

}  // namespace clockwork::plan::cluster
