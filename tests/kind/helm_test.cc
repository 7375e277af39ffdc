// The operator's ways onto a cluster: by Helm, tested, upgraded and uninstalled while an experiment
// is measured, and for one namespace only; and by kustomize.

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

constexpr const char* kName = "charted";

class InstallTest : public KindTest {
 protected:
  void InstallOperator() override { ASSERT_EQ(RemoveOperator(cluster()), ""); }

  void TearDown() override {
    KindTest::TearDown();
    // Nothing holds a namespace with experiments back, and only with these should their type go.
    EXPECT_TRUE(cluster().Wait({"--for=delete", "namespace/" + name_space()}));
    EXPECT_EQ(RemoveOperator(cluster()), "");
  }

  void ExpectMeasured(const std::string& name) const {
    EXPECT_TRUE(AwaitPhase(name, "Complete"));
    const json status = StatusOf(name);
    EXPECT_EQ(status.value("trialsValid", 0), 1) << status.dump(2);
    EXPECT_EQ(LostAttempts(name), 0) << status.dump(2);
  }
};

TEST_F(InstallTest, AnExperimentOutlastsAnUpgradeAndAnUninstall) {
  ASSERT_EQ(HelmChart(cluster(), "install"), "");
  EXPECT_EQ(Helm(cluster(), "test", {}), "");
  Apply(LongerExperiment(kName));
  ASSERT_TRUE(AwaitStep(kName, "Measuring"));
  EXPECT_EQ(HelmChart(cluster(), "upgrade", {"--set", "resources.requests.cpu=11m"}), "");
  ExpectMeasured(kName);

  Apply(LongerExperiment("orphaned"));
  ASSERT_TRUE(AwaitStep("orphaned", "Measuring"));
  EXPECT_EQ(Helm(cluster(), "uninstall", {"--wait"}), "");
  EXPECT_EQ(StatusOf(kName).value("phase", ""), "Complete") << "results stay";
  EXPECT_EQ(StatusOf("orphaned").value("phase", ""), "Running");
  EXPECT_EQ(HelmChart(cluster(), "install"), "");
  ExpectMeasured("orphaned");
}

TEST_F(InstallTest, AppliedByKustomizeItMeasures) {
  ASSERT_EQ(ApplyManifests(cluster()), "");
  Apply(TinyExperiment(kName));
  ExpectMeasured(kName);
}

TEST_F(InstallTest, InstalledForOneNamespaceItLooksAfterThatOne) {
  ASSERT_EQ(HelmChart(cluster(), "install",
                      {"--set", fmt::format("watchNamespaces={{{}}}", name_space())}),
            "");
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
