// The fixture itself: what a test may rely on.

#include "tests/support/api_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "images/common/base/file.h"

namespace clockwork::testing {
namespace {

using ::testing::HasSubstr;

class ApiServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ =
        std::make_unique<ApiServer>(ApiServerOptions{.audit = true, .garbage_collection = true});
  }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override { ASSERT_EQ(server_->error(), ""); }

  static KubectlResult CreateConfigMap(const std::string& name, const std::string& owner_uid) {
    nlohmann::json object = {{"apiVersion", "v1"},
                             {"kind", "ConfigMap"},
                             {"metadata", {{"name", name}, {"namespace", "default"}}}};
    if (!owner_uid.empty()) {
      object["metadata"]["ownerReferences"] = nlohmann::json::array(
          {{{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"name", "owner"}, {"uid", owner_uid}}});
    }
    return server_->KubectlWith({"create"}, object.dump());
  }

  static std::unique_ptr<ApiServer> server_;
};

std::unique_ptr<ApiServer> ApiServerTest::server_;

TEST_F(ApiServerTest, KnowsTheOperatorAndLetsItDoNothingYet) {
  const KubectlResult who =
      server_->Kubectl({"auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"},
                       server_->OperatorKubeconfig());
  EXPECT_EQ(who.out, "system:serviceaccount:clockwork-system:clockwork-operator") << who.err;
  const KubectlResult pods =
      server_->Kubectl({"get", "pods", "-n", "default"}, server_->OperatorKubeconfig());
  EXPECT_FALSE(pods.ok);
  EXPECT_THAT(pods.err, HasSubstr("Forbidden"));
}

TEST_F(ApiServerTest, WritesDownWhatWasAskedOfIt) {
  ASSERT_TRUE(server_->Kubectl({"get", "pods", "-n", "default"}).ok);
  const auto log = ReadFile(server_->AuditLog());
  ASSERT_TRUE(log.ok()) << log.error().message;
  EXPECT_THAT(*log, HasSubstr("\"requestURI\":\"/api/v1/namespaces/default/pods"));
}

TEST_F(ApiServerTest, CollectsWhatHasLostItsOwner) {
  ASSERT_TRUE(CreateConfigMap("owner", "").ok);
  const KubectlResult uid = server_->Kubectl(
      {"get", "configmap", "owner", "-n", "default", "-o", "jsonpath={.metadata.uid}"});
  ASSERT_TRUE(uid.ok) << uid.err;
  const KubectlResult owned = CreateConfigMap("owned", uid.out);
  ASSERT_TRUE(owned.ok) << owned.err;
  ASSERT_TRUE(server_->Kubectl({"delete", "configmap", "owner", "-n", "default"}).ok);
  const KubectlResult gone = server_->Kubectl(
      {"wait", "--for=delete", "configmap/owned", "-n", "default", "--timeout=60s"});
  EXPECT_TRUE(gone.ok) << gone.err;
}

TEST_F(ApiServerTest, KeepsItsObjectsAndItsAddressOverAnOutage) {
  const KubectlResult created = CreateConfigMap("kept", "");
  ASSERT_TRUE(created.ok) << created.err;
  const std::string url = server_->url();
  server_->Stop();
  EXPECT_FALSE(server_->Kubectl({"get", "configmap", "kept", "-n", "default"}).ok);
  ASSERT_TRUE(server_->Start()) << server_->error();
  EXPECT_EQ(server_->url(), url);
  EXPECT_TRUE(server_->Kubectl({"get", "configmap", "kept", "-n", "default"}).ok);
}

// Two at once, as ctest may run them.
TEST_F(ApiServerTest, LeavesRoomForAnother) {
  const ApiServer other;
  ASSERT_EQ(other.error(), "");
  EXPECT_NE(other.port(), server_->port());
  EXPECT_FALSE(other.Kubectl({"get", "configmap", "kept", "-n", "default"}).ok);
}

}  // namespace
}  // namespace clockwork::testing
