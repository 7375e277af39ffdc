// Two replicas, and what becomes of an experiment when the one that leads is lost.

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>

#include "operator/kinds.h"
#include "tests/apiserver/operator_cluster.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;

constexpr const char* kLease = "clockwork-operator";
const kube::ResourceType kLeases{"coordination.k8s.io", "v1", "leases", "Lease", true};

// The places of the first and the last working write that reached the server through a proxy and
// that it did not refuse: a process may be stopped after it has looked at its lease and before it
// sends. Then the version or the name of the object, which has changed by then, keeps the write
// from being one.
struct Span {
  std::uint64_t first = 0;  // forwarded; 0: there was none
  std::uint64_t last = 0;   // answered, or forwarded if it never was
  std::string last_call;
};
Span WritesOf(const CrashProxy& proxy) {
  constexpr int kConflict = 409;
  Span span;
  for (const ProxiedCall& each : proxy.Log()) {
    if (!IsWorkingWrite(each.call) || each.forwarded == 0 || each.call.code == kConflict) continue;
    if (span.first == 0) span.first = each.forwarded;
    if (const std::uint64_t place = std::max(each.forwarded, each.answered); place > span.last) {
      span.last = place;
      span.last_call = each.call.verb + " " + each.call.resource + " " + each.call.name;
    }
  }
  return span;
}

class HandoverTest : public OperatorClusterTest {
 protected:
  void SetUp() override {
    OperatorClusterTest::SetUp();
    if (HasFatalFailure()) return;
    lab_ = NewNamespace();
    second_proxy_ = MakeProxy();
    // The first trial stops where its client runs, until the test has seen the leader at work.
    pods().Hold("client", PodStep::kEnd);
    first_ = StartReplica(proxy(), "first");
    ASSERT_NE(first_, nullptr);
    ASSERT_TRUE(AwaitLeader("first"));
    second_ = StartReplica(*second_proxy_, "second");
    ASSERT_NE(second_, nullptr);
    Apply(lab_, SmallExperiment("x", {1, 2}, 2));
    ASSERT_TRUE(pods().WaitUntilHeld("client", PodStep::kEnd)) << Describe(lab_, "x");
    EXPECT_EQ(WritesOf(*second_proxy_).first, 0U) << "it does not lead";
  }

  std::unique_ptr<Process> StartReplica(const CrashProxy& proxy, const std::string& identity) {
    return StartOperator(proxy, identity,
                         {"--namespaces", lab_, "--leader-elect", "--lease-namespace",
                          kOperatorNamespace, "--lease-name", kLease, "--lease-duration-ms", "9000",
                          "--renew-deadline-ms", "7000", "--retry-period-ms", "200"});
  }

  bool AwaitLeader(const std::string& identity) {
    return Await(kLeases, kOperatorNamespace, [&](const std::vector<json>& leases) {
      return std::any_of(leases.begin(), leases.end(), [&](const json& lease) {
        return lease.value("/spec/holderIdentity"_json_pointer, "") == identity;
      });
    });
  }

  // The second one finishes what the first has begun, and the two never wrote in turns.
  void ExpectHandedOver() {
    ASSERT_TRUE(AwaitLeader("second")) << second_->err();
    pods().Release("client", PodStep::kEnd);
    ASSERT_TRUE(AwaitPhase(lab_, "x", "Complete")) << Describe(lab_, "x") << second_->err();
    EXPECT_TRUE(AwaitNoPods(lab_));
    const json status = StatusOf(lab_, "x");
    EXPECT_EQ(status.at("progress"), "4/4");
    EXPECT_EQ(status.at("failures"), 0);
    EXPECT_EQ(status.at("results")[1].at("goodputRps"), json({2001, 2002}));
    EXPECT_EQ(pods().MostAlive("client"), 1U);
    const Span first = WritesOf(proxy());
    const Span second = WritesOf(*second_proxy_);
    EXPECT_GT(first.first, 0U);
    EXPECT_GT(second.first, first.last) << "two replicas acted at once: " << first.last_call;
    EXPECT_EQ(second_->End(SIGTERM), ExitedWith(0)) << second_->err();
  }

  // The one that lost the lease is there and takes over in its turn.
  void ExpectTheFirstLeadsAgain() {
    ASSERT_TRUE(AwaitLeader("first")) << first_->err();
    Apply(lab_, SmallExperiment("y", {1}, 1));
    ASSERT_TRUE(AwaitPhase(lab_, "y", "Complete")) << Describe(lab_, "y") << first_->err();
    EXPECT_EQ(first_->End(SIGTERM), ExitedWith(0)) << first_->err();
  }

  std::string lab_;
  std::unique_ptr<CrashProxy> second_proxy_;
  std::unique_ptr<Process> first_;
  std::unique_ptr<Process> second_;
};

TEST_F(HandoverTest, AKilledLeaderIsReplaced) {
  EXPECT_EQ(first_->End(SIGKILL), KilledBy(SIGKILL));
  ExpectHandedOver();
}

TEST_F(HandoverTest, ALeaderThatEndsInOrderGivesTheLeaseBack) {
  EXPECT_EQ(first_->End(SIGTERM), ExitedWith(0)) << first_->err();
  ExpectHandedOver();
}

// The other side of the fence: this one lives on and would still like to write.
TEST_F(HandoverTest, ALeaderThatReachesNobodyStopsBeforeTheNextOneBegins) {
  proxy().Stall();
  ASSERT_TRUE(first_->WaitForOutput("this process leads no more")) << first_->err();
  ASSERT_TRUE(AwaitLeader("second")) << second_->err();
  proxy().Resume();
  ExpectHandedOver();
  ExpectTheFirstLeadsAgain();
}

TEST_F(HandoverTest, ALeaderThatIsFrozenFindsItselfReplaced) {
  first_->Signal(SIGSTOP);
  ASSERT_TRUE(AwaitLeader("second")) << second_->err();
  first_->Signal(SIGCONT);
  // It wakes up with all that it wanted to do, and must not do it.
  ASSERT_TRUE(first_->WaitForOutput("this process leads no more")) << first_->err();
  ExpectHandedOver();
  ExpectTheFirstLeadsAgain();
}

}  // namespace
}  // namespace clockwork::testing
