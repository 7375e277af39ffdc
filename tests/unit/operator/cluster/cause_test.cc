#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

#include "operator/plan/cluster/blockers.h"
#include "operator/plan/cluster/reasons.h"
#include "tests/unit/operator/cluster/world_builder.h"

// Whom a failed attempt is named after.
namespace clockwork::plan::cluster {
namespace {

using ::testing::HasSubstr;

// Nodes tell at their own pace, and a client ends with its controller.
struct CauseCase {
  const char* description;
  Nanos client_ended_ns;  // before now
  bool controller_ended;
  const char* failed;  // whom the failure names; empty: nobody yet
  std::int64_t trial_seconds = 3'600;
};

constexpr CauseCase kCauses[] = {
    {"nothing is known of the controller yet", 2 * kSecond, false, ""},
    {"the controller is told of while it is waited for", 2 * kSecond, true, "the controller ended"},
    {"nothing was told of the controller", kCauseNoticeNs, false, "the client ended"},
    {"nothing was told, and the trial's time is over", 2 * kSecond, false, "the client ended", 1},
    {"the clock of the client's node is behind", 3'600 * kSecond, false, "the client ended"},
    {"the clock of the client's node is ahead", -3'600 * kSecond, false, "the client ended"}};

TEST(CauseTest, AFailureIsNamedAfterTheServerThatMayHaveCausedIt) {
  for (const CauseCase& each : kCauses) {
    World world = MakeWorld();
    Activate(&world, TrialStep::kMeasuring);
    AddPod(&world, Role::kWorker);
    AddPod(&world, Role::kController);
    PodView& client = AddPod(&world, Role::kClient);
    End(&client, false);
    client.finished_ns = world.now_ns - each.client_ended_ns;
    const Nanos until_ns = client.finished_ns + kCauseNoticeNs;
    Spec(&world).deadlines.trial_seconds = each.trial_seconds;
    if (each.controller_ended) End(&world.pods[1], false);
    const Decision decision = Decide(world);
    const ActiveTrial& active = decision.status.active.at(0);
    EXPECT_THAT(active.message, HasSubstr(each.failed)) << each.description;
    const bool waits = std::string_view(each.failed).empty();
    EXPECT_EQ(active.step, waits ? TrialStep::kMeasuring : TrialStep::kBackoff) << each.description;
    EXPECT_EQ(decision.status.failures, waits ? 0 : 1) << each.description;
    EXPECT_EQ(decision.wake_ns, waits ? until_ns : world.now_ns + 10 * kSecond) << each.description;
  }
}

// The kubelet tells of the container first, and with the pod why.
TEST(CauseTest, AServerThatIsEndingIsWaitedFor) {
  World world = MakeWorld();
  Activate(&world, TrialStep::kMeasuring);
  AddPod(&world, Role::kWorker);
  AddPod(&world, Role::kController).exit_code = 137;
  PodView& client = AddPod(&world, Role::kClient);
  End(&client, false);
  client.finished_ns = world.now_ns - kCauseNoticeNs;
  const Nanos until_ns = client.finished_ns + kKnownCauseNoticeNs;
  EXPECT_EQ(Decide(world).wake_ns, until_ns);
  EXPECT_EQ(Decide(world).status.active.at(0).step, TrialStep::kMeasuring);
  End(&world.pods[1], false);
  world.pods[1].reason = "Evicted";
  EXPECT_EQ(Decide(world).status.active.at(0).reason, reason::kEvicted);
}

}  // namespace
}  // namespace clockwork::plan::cluster
