// What is done to a node while other experiments go on beside, and what no node may do.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/kind/kind_test.h"

namespace clockwork::testing {
namespace {

constexpr const char* kName = "drained";

class NodeTest : public KindTest {
 protected:
  void TearDown() override {
    // What a failed test may have left.
    cluster().Kubectl({"uncordon", "-l", "clockwork.dev/role"});
    KindTest::TearDown();
  }
};

// The others' pods stay, and those that come meanwhile wait.
TEST_F(NodeTest, ADrainedNodeCostsAnAttempt) {
  const std::string node = cluster().NodeOf("client");
  Apply(LongerExperiment(kName));
  ASSERT_TRUE(AwaitStep(kName, "Measuring"));
  const CommandResult drained =
      cluster().Kubectl({"drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--force",
                         "--pod-selector=clockwork.dev/experiment=" + std::string(kName)});
  ASSERT_TRUE(drained.ok) << drained.err;
  EXPECT_TRUE(AwaitReason(kName, "Node"));
  ASSERT_TRUE(cluster().Kubectl({"uncordon", node}).ok);
  ASSERT_TRUE(AwaitPhase(kName, "Complete"));
  const nlohmann::json status = StatusOf(kName);
  EXPECT_EQ(status.value("progress", ""), "1/1");
  EXPECT_EQ(status.value("trialsValid", 0), 1);
  EXPECT_EQ(status.value("failures", -1), 1) << status.dump(2);
  EXPECT_TRUE(AwaitNoPods());
}

TEST(NetworkTest, ThereIsNoWayOut) {
  const KindCluster cluster;
  ASSERT_EQ(cluster.error(), "");
  for (const char* role : {"worker", "controller", "client"}) {
    const std::string node = cluster.NodeOf(role);
    ASSERT_TRUE(cluster.OnNode(node, "true").ok) << role;
    EXPECT_FALSE(cluster.OnNode(node, "exec 3<>/dev/tcp/1.1.1.1/53").ok) << role;
  }
}

}  // namespace
}  // namespace clockwork::testing
