// What is done to a node while other experiments go on beside, and what no node may do.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

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
  nlohmann::json experiment = LongerExperiment(kName, 24);
  // A peer of the pod that is evicted may end by itself, and would be kept to be looked into.
  experiment["spec"]["cleanup"] = "Always";
  Apply(experiment);
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
  EXPECT_EQ(LostAttempts(kName), 1) << status.dump(2);
  EXPECT_TRUE(AwaitNoPods());
}

// A server in a network of its own, one hop away from this machine, which it would answer as well
// as the nodes. Making one takes root.
class Outside {
 public:
  static constexpr const char* kAddress = "198.51.100.2/8080";

  Outside() : server_({"bash", "-c", kScript}) {}
  ~Outside() { RunCommand({.command = {"ip", "netns", "delete", "clockwork-outside"}}); }
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;

  bool Listens() { return server_.WaitForOutput("listening"); }
  const std::string& trouble() { return server_.err(); }

 private:
  // What a killed test has left goes first.
  static constexpr const char* kScript =
      "ip netns delete clockwork-outside 2>/dev/null\n"
      "ip link delete clockwork-out 2>/dev/null\n"
      "set -e\n"
      "ip netns add clockwork-outside\n"
      "ip link add clockwork-out type veth peer name eth0 netns clockwork-outside\n"
      "ip address add 198.51.100.1/30 dev clockwork-out\n"
      "ip link set clockwork-out up\n"
      "ip -n clockwork-outside address add 198.51.100.2/30 dev eth0\n"
      "ip -n clockwork-outside link set eth0 up\n"
      "ip -n clockwork-outside route add default via 198.51.100.1\n"
      "exec ip netns exec clockwork-outside /usr/bin/python3 -u -c '\n"
      "import socket\n"
      "server = socket.create_server((\"198.51.100.2\", 8080))\n"
      "print(\"listening\")\n"
      "while True: server.accept()[0].close()'\n";

  Process server_;
};

std::string Connect(const std::string& address) {
  return "timeout 10 bash -c 'exec 3<>/dev/tcp/" + address + "'";
}

TEST(NetworkTest, ThereIsNoWayOut) {
  const KindCluster cluster;
  ASSERT_EQ(cluster.error(), "");
  std::vector<std::string> addresses = {"1.1.1.1/53"};
  std::optional<Outside> outside;
  if (::geteuid() == 0) {
    outside.emplace();
    ASSERT_TRUE(outside->Listens()) << outside->trouble();
    ASSERT_EQ(RunCommand({.command = {"bash", "-c", Connect(Outside::kAddress)}}), ExitedWith(0));
    addresses.emplace_back(Outside::kAddress);
  }
  for (const char* role : {"worker", "controller", "client"}) {
    const std::string node = cluster.NodeOf(role);
    ASSERT_TRUE(cluster.OnNode(node, Connect("clockwork-control-plane/6443")).ok) << role;
    for (const std::string& address : addresses) {
      EXPECT_FALSE(cluster.OnNode(node, Connect(address)).ok) << role << ": " << address;
    }
  }
}

}  // namespace
}  // namespace clockwork::testing
