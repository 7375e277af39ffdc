// The next trial's servers start while the last one's telemetry is filed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "operator/plan/cluster/reasons.h"
#include "tests/unit/operator/cluster/show_steps.h"
#include "tests/unit/operator/cluster/world_builder.h"

namespace clockwork::plan::cluster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A ready pod of the trial of N = 4.
void AddToSecond(World* world, Role role) {
  PodView& pod = AddPod(world, role);
  pod.config = 2;
  pod.name = PodName("exp", "uid-of-exp", {{2, 1}, 1, role, 0});
}

// The trial of N = 2 is being filed, and the servers of N = 4 are ready.
World OverlappingWorld() {
  World world = MakeWorld();
  Activate(&world, TrialStep::kCollecting);
  End(&AddPod(&world, Role::kClient), true);
  AddPod(&world, Role::kCollector);
  ActiveTrial& second = Activate(&world, TrialStep::kController);
  second.id = {2, 1};
  second.workers = 4;
  AddToSecond(&world, Role::kWorker);
  AddToSecond(&world, Role::kController);
  return world;
}

// Both trials of parallel ones have been measured; their collectors write to the same files.
World WindingUpWorld(TrialStep first, TrialStep second) {
  World world = MakeWorld();
  Spec(&world).parallel_trials = 2;
  Activate(&world, first);
  End(&AddPod(&world, Role::kClient), true);
  ActiveTrial& other = Activate(&world, second);
  other.id = {2, 1};
  other.workers = 4;
  AddToSecond(&world, Role::kClient);
  End(&world.pods.back(), true);
  return world;
}

TEST(OverlapTest, ParallelTrialsAreFiledOneAfterTheOther) {
  const std::pair<TrialStep, TrialStep> cases[] = {
      {TrialStep::kStopping, TrialStep::kStopping},
      {TrialStep::kCollecting, TrialStep::kStopping},
      {TrialStep::kStopping, TrialStep::kCollecting},
      {TrialStep::kMeasuring, TrialStep::kMeasuring}};  // the status lags behind the pods
  for (const auto& [first, second] : cases) {
    World world = WindingUpWorld(first, second);
    if (first == TrialStep::kMeasuring) {
      for (const Role role : {Role::kWorker, Role::kController}) {
        End(&AddPod(&world, role), role == Role::kController);
        AddToSecond(&world, role);
        End(&world.pods.back(), role == Role::kController);
      }
    }
    const Decision both = Decide(world);
    EXPECT_THAT(Show(both), HasSubstr("create c1t1a1-collector"));
    EXPECT_THAT(Show(both), Not(HasSubstr("create c2t1a1-collector")));
    EXPECT_EQ(both.status.active[1].reason, reason::kWaiting);
    world.experiment.status = both.status;
    PodView& collector = AddPod(&world, Role::kCollector);
    EXPECT_THAT(Show(Decide(world)), Not(HasSubstr("collector"))) << "the first one runs";
    End(&collector, true, Evidence(1000));
    EXPECT_THAT(Show(Decide(world)), HasSubstr("create c2t1a1-collector"));
  }
}

TEST(OverlapTest, WhoWaitsForAnothersFilingLosesNoTime) {
  World world = WindingUpWorld(TrialStep::kCollecting, TrialStep::kCollecting);
  PodView& collector = AddPod(&world, Role::kCollector);
  world.experiment.status = Decide(world).status;
  world.now_ns += 86'400 * kSecond;
  world.experiment.status.active[0].start_ns = world.now_ns;
  EXPECT_EQ(Decide(world).status.active[1].reason, reason::kWaiting);
  End(&collector, true, Evidence(1000));
  const Decision own_turn = Decide(world);
  EXPECT_THAT(Show(own_turn), HasSubstr("create c2t1a1-collector"));
}

TEST(OverlapTest, WhoIsFiledAlreadyNeedNotWait) {
  World world = WindingUpWorld(TrialStep::kStopping, TrialStep::kCollecting);
  AddToSecond(&world, Role::kCollector);
  EXPECT_THAT(Show(Decide(world)), Not(HasSubstr("create c1t1a1-collector")));
  End(&world.pods.back(), false, "no evidence");
  EXPECT_THAT(Show(Decide(world)), HasSubstr("create c1t1a1-collector"));
}

TEST(OverlapTest, TheNextClientStartsWhenTheTelemetryIsFiled) {
  World world = OverlappingWorld();
  const Decision filing = Decide(world);
  EXPECT_EQ(Show(filing), "") << "no client beside a collector";
  ASSERT_EQ(filing.status.active.size(), 2U);
  EXPECT_EQ(filing.status.active[1].step, TrialStep::kClient);
  EXPECT_EQ(filing.status.active[1].reason, reason::kWaiting);
  EXPECT_EQ(filing.status.conditions[2].status, ConditionStatus::kFalse) << "nothing is amiss";
  EXPECT_EQ(filing.events.size(), 0U);
  world.experiment.status = filing.status;
  world.now_ns += 50 * kSecond;
  for (PodView& pod : world.pods) {
    if (pod.role == Role::kCollector) End(&pod, true, Evidence(1234.4));
  }
  const Decision filed = Decide(world);
  EXPECT_EQ(Show(filed), "delete c1t1a1-client, create c2t1a1-client");
  EXPECT_EQ(filed.status.active[0].start_ns, world.now_ns) << "its time begins";
}

TEST(OverlapTest, FilingIsOverWithTheCollectorsContainer) {
  for (const api::Cleanup cleanup : {api::Cleanup::kOnSuccess, api::Cleanup::kNever}) {
    World world = OverlappingWorld();
    Spec(&world).cleanup = cleanup;
    world.pods[1].exit_code = 0;
    world.pods[1].terminated_message = Evidence(1234.4);
    const Decision filed = Decide(world);
    const bool kept = cleanup == api::Cleanup::kNever;
    EXPECT_EQ(Show(filed),
              kept ? "create c2t1a1-client" : "delete c1t1a1-client, create c2t1a1-client");
    EXPECT_EQ(filed.status.trials_valid, 1);
    Spec(&world).suspend = true;
    EXPECT_EQ(Decide(world).status.trials_valid, 1) << "what is reported counts";
  }
}

TEST(OverlapTest, ATrialThatIsRepeatedWaitsForThePlaceThatTheNextHasTaken) {
  World world = OverlappingWorld();
  End(&world.pods[1], false, R"({"error": "no manifest"})");
  const Decision failed = Decide(world);
  ASSERT_EQ(failed.status.active.size(), 2U);
  EXPECT_EQ(failed.status.active[0].step, TrialStep::kBackoff);
  EXPECT_EQ(failed.status.active[1].step, TrialStep::kClient);
  world.experiment.status = failed.status;
  world.now_ns += 100 * kSecond;
  const Decision later = Decide(world);
  EXPECT_EQ(later.status.active[0].step, TrialStep::kBackoff) << "one at a time";
  EXPECT_GT(later.wake_ns, world.now_ns);
  world.experiment.status = later.status;
  world.experiment.status.active[1].step = TrialStep::kStopping;
  EXPECT_EQ(Decide(world).status.active[0].step, TrialStep::kWorkers);
}

TEST(OverlapTest, WhatTheLastTrialCannotHaveCausedIsNamedBesideIt) {
  World world = OverlappingWorld();
  world.experiment.status.active[1].step = TrialStep::kWorkers;
  world.pods.resize(2);
  world.refusals.push_back({Refusal::Kind::kAdmission,
                            PodName("exp", "uid-of-exp", {{2, 1}, 1, Role::kWorker, 0}),
                            "violates PodSecurity", world.now_ns - kSecond});
  const Decision denied = Decide(world);
  EXPECT_EQ(denied.status.active[1].reason, reason::kAdmissionDenied);
  EXPECT_EQ(denied.status.conditions[2].reason, reason::kAdmissionDenied);
  EXPECT_EQ(denied.events.size(), 1U);
}

TEST(OverlapTest, ALackOfRoomBesideTheLastTrialIsNoNews) {
  World world = OverlappingWorld();
  world.experiment.status.active[1].step = TrialStep::kWorkers;
  world.pods.resize(2);
  world.refusals.push_back({Refusal::Kind::kQuota,
                            PodName("exp", "uid-of-exp", {{2, 1}, 1, Role::kWorker, 0}),
                            "exceeded quota", world.now_ns - kSecond});
  const Decision crowded = Decide(world);
  EXPECT_EQ(crowded.status.active[1].reason, reason::kWaiting);
  EXPECT_EQ(crowded.events.size(), 0U);
  world.experiment.status = crowded.status;
  End(&world.pods[1], true, Evidence(1234.4));
  EXPECT_THAT(Show(Decide(world)), HasSubstr("create c2t1a1-worker0")) << "at once";
}

}  // namespace
}  // namespace clockwork::plan::cluster
