// What happens to the operator, a node or the API server while an experiment is measured. Each of
// these is everybody's misfortune: they run alone.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/kind/kind_test.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr const char* kName = "survivor";
constexpr const char* kOperators = "app.kubernetes.io/name=clockwork-operator";

class ClusterFaultsTest : public KindTest {
 protected:
  void ExpectMeasured(int failures) {
    ASSERT_TRUE(AwaitPhase(kName, "Complete"));
    const json status = StatusOf(kName);
    EXPECT_EQ(status.value("progress", ""), "1/1");
    EXPECT_EQ(status.value("trialsValid", 0), 1);
    EXPECT_EQ(LostAttempts(kName), failures) << status.dump(2);
    EXPECT_TRUE(AwaitNoPods());
  }
};

// Time after time: each waits for the lease of the one before to run out.
TEST_F(ClusterFaultsTest, OperatorsKilledAtAnyStepCostNothing) {
  // Begun before there is something to see, as the first step takes a second.
  Process steps(
      cluster().Watch({"-n", name_space(), "scx", "-o", "jsonpath={.status.active[*].step}\n"}));
  Apply(LongerExperiment(kName, 45));  // more than two leases
  for (const char* step : {"StartingWorkers", "StartingClient", "Measuring", "Collecting"}) {
    ASSERT_TRUE(steps.WaitForOutput(step, kClusterPatience)) << step;
    const CommandResult killed =
        cluster().Kubectl({"-n", kSystemNamespace, "delete", "pod", "-l", kOperators, "--force",
                           "--grace-period=0", "--wait=false"});
    ASSERT_TRUE(killed.ok) << killed.err;
    EXPECT_THAT(killed.out, HasSubstr("deleted"));
  }
  ExpectMeasured(0);
}

TEST_F(ClusterFaultsTest, AnOperatorUpgradedInMidRunGoesOn) {
  const json deployment = json::parse(
      cluster()
          .Kubectl({"-n", kSystemNamespace, "get", "deploy/clockwork-operator", "-o", "json"})
          .out);
  const std::string image =
      deployment["spec"]["template"]["spec"]["containers"][0].value("image", "");
  const std::string next = image + "-next";
  const CommandResult nodes = cluster().Kubectl({"get", "nodes", "-o", "name"});
  for (std::size_t begin = 0; begin < nodes.out.size();) {
    const std::size_t end = nodes.out.find('\n', begin);
    const std::string node = nodes.out.substr(begin + 5, end - begin - 5);  // after "node/"
    const CommandResult tagged =
        cluster().OnNode(node, fmt::format("ctr -n k8s.io images tag --force {} {}", image, next));
    ASSERT_TRUE(tagged.ok) << tagged.err;
    begin = end + 1;
  }
  Apply(LongerExperiment(kName));
  ASSERT_TRUE(AwaitStep(kName, "Measuring"));
  ASSERT_TRUE(cluster()
                  .Kubectl({"-n", kSystemNamespace, "set", "image", "deploy/clockwork-operator",
                            "operator=" + next})
                  .ok);
  const CommandResult rollout =
      cluster().Kubectl({"-n", kSystemNamespace, "rollout", "status", "deploy/clockwork-operator"});
  EXPECT_TRUE(rollout.ok) << rollout.out << rollout.err;
  ExpectMeasured(0);
  EXPECT_TRUE(cluster()
                  .Kubectl({"-n", kSystemNamespace, "set", "image", "deploy/clockwork-operator",
                            "operator=" + image})
                  .ok);
}

TEST_F(ClusterFaultsTest, AnApiServerThatPausesForHalfAMinuteIsWaitedFor) {
  Apply(LongerExperiment(kName));
  ASSERT_TRUE(AwaitStep(kName, "Measuring"));
  const CommandResult paused = cluster().OnNode(
      "clockwork-control-plane",
      "kill -STOP $(pidof kube-apiserver) && sleep 30; kill -CONT $(pidof kube-apiserver)");
  ASSERT_TRUE(paused.ok) << paused.err;
  ExpectMeasured(0);
}

TEST_F(ClusterFaultsTest, ANodeThatStopsCostsAnAttempt) {
  const std::string node = cluster().NodeOf("worker");
  // The node is missed after 50 s, while the client must still have something to do.
  json experiment = LongerExperiment(kName, 90);
  // What an attempt that fails leaves to be looked into goes as well.
  experiment["spec"]["cleanup"] = "Always";
  Apply(experiment);
  // A client that cannot load its models ends by itself, long before the node is missed.
  ASSERT_TRUE(AwaitStep(kName, "Measuring"));
  ASSERT_TRUE(cluster().AwaitLog({"-n", name_space(), "-l", PodsOf(kName, "client"), "--tail=-1"},
                                 "the workload begins"));
  ASSERT_TRUE(cluster().Docker({"stop", "--time", "1", node}).ok);
  EXPECT_TRUE(AwaitReason(kName, "NodeLost"));
  ASSERT_TRUE(cluster().Docker({"start", node}).ok);
  ASSERT_TRUE(cluster().Wait({"--for=condition=Ready", "node/" + node}));
  ExpectMeasured(1);
}

}  // namespace
}  // namespace clockwork::testing
