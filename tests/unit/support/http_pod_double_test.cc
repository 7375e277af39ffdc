// The pod double as it works against any API server: by HTTP.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "operator/kube/client.h"
#include "operator/kube/cpprest_transport.h"
#include "tests/support/fake_api/fake_api_server.h"
#include "tests/support/pod_double/http_pod_api.h"
#include "tests/support/pod_double/pod_double.h"
#include "tests/unit/support/kube_objects.h"

namespace clockwork::testing {
namespace {

using Json = nlohmann::json;

class HttpPodDouble : public ::testing::Test {
 protected:
  HttpPodDouble() {
    kube::ClientConfig config;
    config.server = server_.url();
    kube::TransportOptions options;
    options.user_agent = "pod-double";
    auto transport = kube::MakeCpprestTransport(config, options);
    EXPECT_TRUE(transport.ok());
    transport_ = std::move(*transport);
    client_ = std::make_unique<kube::Client>(transport_.get(), nullptr, kube::RequestObserver());
    api_ = std::make_unique<HttpPodApi>(client_.get());
    double_ = std::make_unique<PodDouble>(api_.get());
    server_.Put(MakeNode("n", "worker"));
    double_->Message("client", [](const PodFacts&) { return "sent 7"; });
    double_->Start();
  }
  ~HttpPodDouble() override { double_->Stop(); }

  void PutPod(const std::string& name, const std::string& role) {
    server_.Put(MakePod(name, {{kRoleLabel, role}}));
  }
  bool Reaches(const std::string& name, const std::string& phase) {
    return server_.WaitUntil([&] {
      const auto pod = server_.Get("pods", "lab", name);
      return (pod ? pod->value("/status/phase"_json_pointer, "") : "gone") == phase;
    });
  }

  FakeApiServer server_;
  std::unique_ptr<kube::HttpTransport> transport_;
  std::unique_ptr<kube::Client> client_;
  std::unique_ptr<HttpPodApi> api_;
  std::unique_ptr<PodDouble> double_;
};

TEST_F(HttpPodDouble, LivesOfPods) {
  PutPod("w", "worker");
  PutPod("c", "client");
  EXPECT_TRUE(Reaches("w", "Running"));
  EXPECT_TRUE(Reaches("c", "Succeeded"));
  const auto client = server_.Get("pods", "lab", "c");
  EXPECT_EQ(client->at("/spec/nodeName"_json_pointer), "n");
  EXPECT_EQ(client->at("/status/containerStatuses/0/state/terminated/message"_json_pointer),
            "sent 7");
  server_.Delete("pods", "lab", "w");
  EXPECT_TRUE(Reaches("w", "gone"));
  EXPECT_EQ(server_.Count(OnCall{"*", "*"}.By("pod-double")), server_.Log().size());
}

TEST_F(HttpPodDouble, OutlivesAnApiServerThatGoesAway) {
  PutPod("w", "worker");
  ASSERT_TRUE(Reaches("w", "Running"));
  server_.StopListening();
  PutPod("late", "worker");
  server_.StartListening();
  EXPECT_TRUE(Reaches("late", "Running"));
}

TEST_F(HttpPodDouble, ANodesDeathIsSeenOnIt) {
  double_->KillNode("n");
  const auto node = server_.Get("nodes", "", "n");
  EXPECT_EQ(node->at("/status/conditions/0/status"_json_pointer), "Unknown");
}

}  // namespace
}  // namespace clockwork::testing
