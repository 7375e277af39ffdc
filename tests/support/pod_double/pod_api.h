#pragma once

// What a PodDouble needs of a cluster. Implementations: fake_pod_api.h (in process) and
// http_pod_api.h (any API server).

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace clockwork::testing {

class PodApi {
 public:
  using Json = nlohmann::json;
  struct Snapshot {
    std::vector<Json> objects;
    std::string resource_version;
  };
  struct Event {
    bool deleted = false;
    Json object;
  };

  virtual ~PodApi() = default;
  // All pods; nothing when the cluster does not answer (the double tries again).
  virtual std::optional<Snapshot> ListPods() = 0;
  // All nodes, as they are now.
  virtual std::vector<Json> ListNodes() = 0;
  // Calls `on_event` with each change after the version, until the watch ends by itself, must be
  // replaced by a list (410), or Stop.
  virtual void WatchPods(const std::string& resource_version,
                         const std::function<void(const Event&)>& on_event) = 0;
  // Puts the pod on a node. False when it is gone or already bound.
  virtual bool Bind(const Json& pod, const std::string& node) = 0;
  // Merges `status` into the pod's; false when the pod is gone or is another one of that name.
  virtual bool PatchStatus(const Json& pod, const Json& status) = 0;
  // Removes the pod at once, as the kubelet does at the end; false when it is gone.
  virtual bool Remove(const Json& pod) = 0;
  // Merges `status` into a node's.
  virtual bool PatchNodeStatus(const std::string& node, const Json& status) = 0;
  // Ends a WatchPods that waits, and all later ones. From any thread.
  virtual void Stop() = 0;
};

}  // namespace clockwork::testing
