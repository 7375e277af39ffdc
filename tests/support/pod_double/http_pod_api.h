#pragma once

// A PodDouble's access to any API server, by HTTP. Needs the verbs list and watch of pods, list of
// nodes, patch of pods/status and nodes/status, delete of pods, create of bindings. A request that
// fails is not repeated: the pod stays where it is until its next event.

#include <memory>
#include <mutex>

#include "operator/kube/client.h"
#include "tests/support/pod_double/pod_api.h"

namespace clockwork::testing {

class HttpPodApi : public PodApi {
 public:
  // The client must outlive this.
  explicit HttpPodApi(kube::Client* client) : client_(client) {}

  std::optional<Snapshot> ListPods() override;
  std::vector<Json> ListNodes() override;
  void WatchPods(const std::string& resource_version,
                 const std::function<void(const Event&)>& on_event) override;
  bool Bind(const Json& pod, const std::string& node) override;
  bool PatchStatus(const Json& pod, const Json& status) override;
  bool Remove(const Json& pod) override;
  bool PatchNodeStatus(const std::string& node, const Json& status) override;
  void Stop() override;

 private:
  kube::Client* const client_;
  std::mutex mutex_;  // guards the rest
  bool stopped_ = false;
  std::shared_ptr<kube::LineStream> stream_;  // of the watch that is open
};

}  // namespace clockwork::testing
