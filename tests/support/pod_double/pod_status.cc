#include "tests/support/pod_double/pod_status.h"

#include <fmt/format.h>

#include <utility>

namespace clockwork::testing {
namespace {

using Json = nlohmann::json;

Json Condition(const char* type, bool status, const char* reason, const std::string& now) {
  Json condition = {
      {"type", type}, {"status", status ? "True" : "False"}, {"lastTransitionTime", now}};
  if (*reason != '\0') condition["reason"] = reason;
  return condition;
}

// Of a pod that is on a node.
Json Conditions(bool ready, const char* reason, const std::string& now) {
  return {Condition("PodScheduled", true, "", now), Condition("Initialized", true, "", now),
          Condition("ContainersReady", ready, reason, now), Condition("Ready", ready, reason, now)};
}

Json ContainerStatuses(const Json& pod, const Json& state, bool ready) {
  Json statuses = Json::array();
  for (const Json& container : pod.at("spec").at("containers")) {
    statuses.push_back({{"name", container.value("name", "")},
                        {"image", container.value("image", "")},
                        {"imageID", ""},
                        {"ready", ready},
                        {"started", state.contains("running")},
                        {"restartCount", 0},
                        {"state", state},
                        {"lastState", Json::object()}});
  }
  return statuses;
}

// When the pod's containers began to run; now, when they never did.
std::string StartOf(const Json& pod, const std::string& now) {
  return pod.value("/status/startTime"_json_pointer, now);
}

}  // namespace

Json UnschedulableStatus(int nodes, const std::string& now) {
  Json condition = Condition("PodScheduled", false, "Unschedulable", now);
  condition["message"] = fmt::format(
      "0/{0} nodes are available: {0} node(s) didn't match Pod's node affinity/selector.", nodes);
  return {{"phase", "Pending"}, {"conditions", {std::move(condition)}}};
}

Json RunningStatus(const Json& pod, bool ready, const std::string& address,
                   const std::string& now) {
  const std::string start = StartOf(pod, now);
  return {
      {"phase", "Running"},
      {"hostIP", "127.0.0.1"},
      {"podIP", address},
      {"podIPs", {{{"ip", address}}}},
      {"startTime", start},
      {"conditions", Conditions(ready, ready ? "" : "ContainersNotReady", now)},
      {"containerStatuses", ContainerStatuses(pod, {{"running", {{"startedAt", start}}}}, ready)}};
}

Json WaitingStatus(const Json& pod, const std::string& reason, const std::string& message,
                   const std::string& now) {
  return {
      {"phase", "Pending"},
      {"startTime", StartOf(pod, now)},
      {"conditions", Conditions(false, "ContainersNotReady", now)},
      {"containerStatuses",
       ContainerStatuses(pod, {{"waiting", {{"reason", reason}, {"message", message}}}}, false)}};
}

Json EndedStatus(const Json& pod, const ContainerEnd& end, const std::string& now) {
  Json terminated = {{"exitCode", end.exit_code},
                     {"reason", end.reason},
                     {"startedAt", StartOf(pod, now)},
                     {"finishedAt", now}};
  if (!end.message.empty()) terminated["message"] = end.message;
  const bool good = end.exit_code == 0;
  return {{"phase", good ? "Succeeded" : "Failed"},
          {"conditions", Conditions(false, good ? "PodCompleted" : "PodFailed", now)},
          {"containerStatuses",
           ContainerStatuses(pod, {{"terminated", std::move(terminated)}}, false)}};
}

Json EvictedStatus(const std::string& message) {
  return {{"phase", "Failed"},
          {"reason", "Evicted"},
          {"message", message},
          {"conditions", nullptr},
          {"containerStatuses", nullptr}};
}

Json NodeStatus(bool ready, const std::string& now) {
  Json condition = Condition("Ready", ready, ready ? "KubeletReady" : "NodeStatusUnknown", now);
  if (!ready) {
    condition["status"] = "Unknown";
    condition["message"] = "Kubelet stopped posting node status.";
  }
  return {{"conditions", {std::move(condition)}}};
}

}  // namespace clockwork::testing
