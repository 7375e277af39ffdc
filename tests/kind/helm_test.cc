// The chart on a cluster: installed, tested, upgraded and uninstalled while an experiment is
// measured, and installed for one namespace only.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/kind/kind_test.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;
using ::testing::IsEmpty;

constexpr const char* kRelease = "clockwork-operator";
constexpr const char* kChart = CLOCKWORK_SOURCE_DIR "/charts/clockwork-operator";
constexpr const char* kName = "charted";

class HelmTest : public KindTest {
 protected:
  // What other tests have installed without Helm has no place beside a release.
  void InstallOperator() override {
    const CommandResult removed = cluster().Kubectl(
        {"delete", "--ignore-not-found", "-k", CLOCKWORK_SOURCE_DIR "/manifests"});
    ASSERT_TRUE(removed.ok) << removed.err;
    const json space = {{"apiVersion", "v1"},
                        {"kind", "Namespace"},
                        {"metadata",
                         {{"name", kSystemNamespace},
                          {"labels", {{"pod-security.kubernetes.io/enforce", "restricted"}}}}}};
    const CommandResult created = cluster().KubectlWith({"apply"}, space.dump());
    ASSERT_TRUE(created.ok) << created.err;
  }

  void TearDown() override {
    KindTest::TearDown();
    // Nothing holds a namespace with experiments back, and only with these should their type go.
    EXPECT_TRUE(cluster().Wait({"--for=delete", "namespace/" + name_space()}));
    Helm("uninstall", {"--ignore-not-found", "--wait"});
    EXPECT_TRUE(
        cluster()
            .Kubectl({"delete", "--ignore-not-found", "crd/scalabilityexperiments.clockwork.dev",
                      "namespace/clockwork-system"})
            .ok);
  }

  // helm VERB RELEASE ARGUMENTS... in the operator's namespace, which must work.
  static void Helm(const std::string& verb, const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {"-n", kSystemNamespace, verb, kRelease};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const CommandResult result = cluster().Helm(command);
    EXPECT_TRUE(result.ok) << "helm " << verb << ": " << result.out << result.err;
  }

  void ExpectMeasured(const std::string& name) const {
    EXPECT_TRUE(AwaitPhase(name, "Complete"));
    const json status = StatusOf(name);
    EXPECT_EQ(status.value("trialsValid", 0), 1) << status.dump(2);
    EXPECT_EQ(status.value("failures", -1), 0) << status.dump(2);
  }
};

TEST_F(HelmTest, AnExperimentOutlastsAnUpgradeAndAnUninstall) {
  Helm("install", {kChart, "--wait"});
  Helm("test", {});
  Apply(LongerExperiment(kName));
  ASSERT_TRUE(AwaitStep(kName, "Measuring"));
  Helm("upgrade", {kChart, "--wait", "--set", "resources.requests.cpu=11m"});
  ExpectMeasured(kName);

  Apply(LongerExperiment("orphaned"));
  ASSERT_TRUE(AwaitStep("orphaned", "Measuring"));
  Helm("uninstall", {"--wait"});
  EXPECT_EQ(StatusOf(kName).value("phase", ""), "Complete") << "results stay";
  EXPECT_EQ(StatusOf("orphaned").value("phase", ""), "Running");
  Helm("install", {kChart, "--wait"});
  ExpectMeasured("orphaned");
}

TEST_F(HelmTest, InstalledForOneNamespaceItLooksAfterThatOne) {
  Helm("install", {kChart, "--wait", "--set", fmt::format("watchNamespaces={{{}}}", name_space())});
  Apply(TinyExperiment(kName));
  const CommandResult elsewhere =
      cluster().KubectlWith({"-n", "default", "apply"}, TinyExperiment("elsewhere").dump());
  ASSERT_TRUE(elsewhere.ok) << elsewhere.err;
  ExpectMeasured(kName);
  EXPECT_THAT(cluster()
                  .Kubectl({"-n", "default", "get", "scx", "elsewhere", "-o", "jsonpath={.status}"})
                  .out,
              IsEmpty());
  EXPECT_THAT(cluster()
                  .Kubectl({"get", "clusterrole,clusterrolebinding", "-o", "name", "-l",
                            "app.kubernetes.io/instance=clockwork-operator"})
                  .out,
              ::testing::Not(::testing::HasSubstr("/clockwork-operator\n")));
  EXPECT_TRUE(cluster().Kubectl({"-n", "default", "delete", "scx", "elsewhere"}).ok);
}

}  // namespace
}  // namespace clockwork::testing
