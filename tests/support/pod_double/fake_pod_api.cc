#include "tests/support/pod_double/fake_pod_api.h"

#include <utility>

namespace clockwork::testing {
namespace {

using Json = nlohmann::json;

std::string Field(const Json& object, const char* field) {
  return object.at("metadata").value(field, "");
}

}  // namespace

std::optional<PodApi::Snapshot> FakePodApi::ListPods() {
  // The version first: what happens in between is told again, which harms nobody.
  const std::string version = std::to_string(server_->resource_version());
  return Snapshot{server_->List("pods"), version};
}

std::vector<Json> FakePodApi::ListNodes() { return server_->List("nodes"); }

void FakePodApi::WatchPods(const std::string& resource_version,
                           const std::function<void(const Event&)>& on_event) {
  std::uint64_t version = std::stoull(resource_version);
  while (!stopped_) {
    const auto events = server_->WaitForEvents("pods", version, [this] { return stopped_.load(); });
    if (!events) return;
    for (const StoreEvent& event : *events) {
      on_event({event.type == StoreEvent::Type::kDeleted, event.object});
      version = event.resource_version;
    }
  }
}

bool FakePodApi::EditPod(const Json& pod, const std::function<bool(Json*)>& edit) {
  bool edited = false;
  server_->Edit("pods", Field(pod, "namespace"), Field(pod, "name"), [&](Json* object) {
    edited = Field(*object, "uid") == Field(pod, "uid") && edit(object);
  });
  return edited;
}

bool FakePodApi::Bind(const Json& pod, const std::string& node) {
  return EditPod(pod, [&node](Json* object) {
    Json& spec = (*object)["spec"];
    if (!spec.value("nodeName", "").empty()) return false;
    spec["nodeName"] = node;
    (*object)["status"]["conditions"] = {{{"type", "PodScheduled"}, {"status", "True"}}};
    return true;
  });
}

bool FakePodApi::PatchStatus(const Json& pod, const Json& status) {
  return EditPod(pod, [&status](Json* object) {
    (*object)["status"].merge_patch(status);
    return true;
  });
}

bool FakePodApi::Remove(const Json& pod) {
  if (!EditPod(pod, [](Json*) { return true; })) return false;
  return server_->Remove("pods", Field(pod, "namespace"), Field(pod, "name"));
}

bool FakePodApi::PatchNodeStatus(const std::string& node, const Json& status) {
  return server_->Edit("nodes", "", node,
                       [&status](Json* object) { (*object)["status"].merge_patch(status); });
}

void FakePodApi::Stop() {
  stopped_ = true;
  server_->Notify();
}

}  // namespace clockwork::testing
