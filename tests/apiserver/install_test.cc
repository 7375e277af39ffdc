// `kubectl apply -k manifests`: it works, twice too, and gives nobody more than he needs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/apiserver/installed_server.h"
#include "tests/support/paths.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class InstallTest : public InstalledServerTest {
 protected:
  // Whether the operator's own token may do it, e.g. {"create", "pods"}.
  static bool OperatorMay(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"auth", "can-i"});
    return server().Kubectl(arguments, server().OperatorKubeconfig()).ok;
  }
};

TEST_F(InstallTest, CreatesAllWithoutAWarning) {
  EXPECT_THAT(installation().err, Not(HasSubstr("Warning")));
  for (const char* object : {"namespace/clockwork-system", "deployment.apps/clockwork-operator",
                             "serviceaccount/clockwork-operator",
                             "clusterrole.rbac.authorization.k8s.io/clockwork-operator"}) {
    EXPECT_THAT(installation().out, HasSubstr(object));
  }
}

TEST_F(InstallTest, ASecondTimeChangesNothing) {
  const KubectlResult result =
      server().Kubectl({"diff", "--server-side", "-k", SourcePath("manifests")});
  EXPECT_TRUE(result.ok) << result.out << result.err;
}

TEST_F(InstallTest, LeavesTheSamplesToTheUser) {
  EXPECT_THAT(installation().out, Not(HasSubstr("figure-11")));
}

TEST_F(InstallTest, TheOperatorMayDoItsWork) {
  const std::vector<std::vector<std::string>> allowed = {
      {"list", "scalabilityexperiments.clockwork.dev", "--all-namespaces"},
      {"watch", "scalabilityexperiments.clockwork.dev", "--all-namespaces"},
      {"delete", "scalabilityexperiments.clockwork.dev", "-n", "default"},
      {"update", "scalabilityexperiments.clockwork.dev", "--subresource=status", "-n", "default"},
      {"create", "pods", "-n", "default"},
      {"delete", "pods", "-n", "default"},
      {"watch", "pods", "--all-namespaces"},
      {"create", "persistentvolumeclaims", "-n", "default"},
      {"create", "events", "-n", "default"},
      {"patch", "events", "-n", "default"},
      {"watch", "nodes"},
      {"create", "leases.coordination.k8s.io", "-n", kOperatorNamespace},
      {"update", "leases.coordination.k8s.io/clockwork-operator", "-n", kOperatorNamespace},
  };
  for (const auto& request : allowed) EXPECT_TRUE(OperatorMay(request)) << json(request).dump();
}

TEST_F(InstallTest, TheOperatorMayDoNothingElse) {
  const std::vector<std::vector<std::string>> refused = {
      {"get", "secrets", "-n", "default"},
      {"get", "configmaps", "-n", kOperatorNamespace},
      {"patch", "scalabilityexperiments.clockwork.dev", "-n", "default"},
      {"create", "scalabilityexperiments.clockwork.dev", "-n", "default"},
      {"update", "pods", "-n", "default"},
      {"create", "pods", "--subresource=exec", "-n", "default"},
      {"get", "pods", "--subresource=log", "-n", "default"},
      {"delete", "persistentvolumeclaims", "-n", "default"},
      {"delete", "nodes"},
      {"patch", "nodes"},
      {"update", "leases.coordination.k8s.io/clockwork-operator", "-n", "default"},
      {"update", "leases.coordination.k8s.io/another", "-n", kOperatorNamespace},
      {"delete", "leases.coordination.k8s.io", "-n", kOperatorNamespace},
      {"create", "clusterroles.rbac.authorization.k8s.io"},
      {"*", "*", "--all-namespaces"},
  };
  for (const auto& request : refused) EXPECT_FALSE(OperatorMay(request)) << json(request).dump();
}

// What `kubectl explain` prints.
void ExpectDescribed(const json& schema, const std::string& path) {
  if (!path.empty() && !path.starts_with("metadata")) {
    EXPECT_NE(schema.value("description", ""), "") << path;
  }
  if (path.starts_with("metadata")) return;
  const json members = schema.value("properties", json::object());
  for (const auto& [name, member] : members.items()) {
    ExpectDescribed(member, path.empty() ? name : path + "." + name);
  }
  if (schema.contains("items")) ExpectDescribed(schema["items"], path + "[]");
  if (schema.contains("additionalProperties")) {
    ExpectDescribed(schema["additionalProperties"], path + ".*");
  }
}

TEST_F(InstallTest, EveryFieldIsExplained) {
  const KubectlResult raw =
      server().Kubectl({"get", "--raw", "/openapi/v3/apis/clockwork.dev/v1alpha1"});
  ASSERT_TRUE(raw.ok) << raw.err;
  const json schemas = json::parse(raw.out).at("components").at("schemas");
  ExpectDescribed(schemas.at("dev.clockwork.v1alpha1.ScalabilityExperiment"), "");
  const KubectlResult explained = server().Kubectl({"explain", "scx.spec.load.factorStep"});
  EXPECT_THAT(explained.out, HasSubstr("What the factor is multiplied by after every period"))
      << explained.err;
}

}  // namespace
}  // namespace clockwork::testing
