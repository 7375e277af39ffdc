#include "tests/support/pod_double/http_pod_api.h"

#include <utility>

#include "tests/support/pod_double/pod_script.h"

namespace clockwork::testing {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kWatchSeconds = 300;

kube::ResourceType Pods() { return {"", "v1", "pods", "Pod", true}; }
kube::ResourceType Nodes() { return {"", "v1", "nodes", "Node", false}; }
kube::ResourceType Bindings() { return {"", "v1", "bindings", "Binding", true}; }

// The pods that are the double's business.
kube::Selector WithRole() { return {.labels = kRoleLabel, .fields = {}}; }

std::string Field(const Json& object, const char* field) {
  return object.at("metadata").value(field, "");
}

}  // namespace

std::optional<PodApi::Snapshot> HttpPodApi::ListPods() {
  auto listed = client_->List(Pods(), "", WithRole());
  if (!listed.ok()) return std::nullopt;
  return Snapshot{std::move(listed->items), std::move(listed->resource_version)};
}

std::vector<Json> HttpPodApi::ListNodes() {
  auto listed = client_->List(Nodes(), "", {});
  return listed.ok() ? std::move(listed->items) : std::vector<Json>{};
}

void HttpPodApi::WatchPods(const std::string& resource_version,
                           const std::function<void(const Event&)>& on_event) {
  auto opened = client_->Watch(Pods(), "", WithRole(), resource_version, kWatchSeconds);
  if (!opened.ok()) return;
  const std::shared_ptr<kube::LineStream> stream = std::move(*opened);
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    stream_ = stream;
  }
  while (true) {
    const auto line = stream->Next();
    if (!line.ok() || !line->has_value()) break;
    const auto event = kube::DecodeWatchLine(**line);
    if (!event.ok()) break;
    if (!event->has_value() || (*event)->type == kube::WatchEventType::kBookmark) continue;
    on_event({(*event)->type == kube::WatchEventType::kDeleted, (*event)->object});
  }
  const std::lock_guard lock(mutex_);
  stream_ = nullptr;
}

bool HttpPodApi::Bind(const Json& pod, const std::string& node) {
  const Json binding = {
      {"apiVersion", "v1"},
      {"kind", "Binding"},
      {"metadata", {{"name", Field(pod, "name")}, {"namespace", Field(pod, "namespace")}}},
      {"target", {{"apiVersion", "v1"}, {"kind", "Node"}, {"name", node}}}};
  return client_->Create(Bindings(), Field(pod, "namespace"), binding).ok();
}

bool HttpPodApi::PatchStatus(const Json& pod, const Json& status) {
  const Json patch = {{"metadata", {{"uid", Field(pod, "uid")}}}, {"status", status}};
  return client_->MergePatch(Pods(), Field(pod, "namespace"), Field(pod, "name"), patch, "status")
      .ok();
}

bool HttpPodApi::Remove(const Json& pod) {
  kube::DeleteOptions options;
  options.uid = Field(pod, "uid");
  options.grace_seconds = 0;
  return client_->Delete(Pods(), Field(pod, "namespace"), Field(pod, "name"), options).ok();
}

bool HttpPodApi::PatchNodeStatus(const std::string& node, const Json& status) {
  return client_->MergePatch(Nodes(), "", node, {{"status", status}}, "status").ok();
}

void HttpPodApi::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  if (stream_) stream_->Cancel();
}

}  // namespace clockwork::testing
