#pragma once

// A PodDouble's access to a FakeApiServer in the same process: never subject to its faults, not in
// its log.

#include <atomic>

#include "tests/support/fake_api/fake_api_server.h"
#include "tests/support/pod_double/pod_api.h"

namespace clockwork::testing {

class FakePodApi : public PodApi {
 public:
  // The server must outlive this.
  explicit FakePodApi(FakeApiServer* server) : server_(server) {}

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
  // Edits the pod if it is still that pod.
  bool EditPod(const Json& pod, const std::function<bool(Json*)>& edit);

  FakeApiServer* const server_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace clockwork::testing
