// What keeps a trial from going on is named at once, and uses up an attempt only where the attempt
// can be blamed.

#include "operator/plan/cluster/blockers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "operator/plan/cluster/reasons.h"
#include "tests/unit/operator/cluster/world_builder.h"

namespace clockwork::plan::cluster {
namespace {

using ::testing::HasSubstr;

std::string FirstWorker() { return PodName("exp", "uid-of-exp", {{1, 1}, 1, Role::kWorker, 0}); }

void Refuse(World* world, Refusal::Kind kind, const std::string& object, const char* message) {
  world->refusals.push_back({kind, object, message, world->now_ns - kSecond});
}

enum class Ends { kNever, kAtStartupDeadline };
struct BlockerCase {
  const char* description;
  TrialStep step;
  void (*arrange)(World*);
  const char* reason;
  const char* words;  // in the message
  Ends ends = Ends::kNever;
};

constexpr BlockerCase kBlockers[] = {
    {"a label is missing", TrialStep::kPreparing,
     [](World* world) { world->nodes.erase(world->nodes.begin()); }, reason::kNodesMissing,
     "kubectl label node NODE clockwork.dev/role=worker"},
    {"the only node is not ready", TrialStep::kPreparing,
     [](World* world) { world->nodes[2].ready = false; }, reason::kNodesMissing, "client"},
    {"the named claim is missing", TrialStep::kPreparing,
     [](World* world) {
       world->claim = {};
       Spec(world).telemetry_claim_name = "mine";
     },
     reason::kClaimMissing, "mine"},
    {"the claim is a stranger's", TrialStep::kPreparing,
     [](World* world) { world->claim.owned = false; }, reason::kNameConflict,
     "spec.telemetryClaim"},
    {"the volume is lost", TrialStep::kPreparing, [](World* world) { world->claim.phase = "Lost"; },
     reason::kClaimLost, "exp-telemetry"},
    {"an earlier pod does not end", TrialStep::kPreparing,
     [](World* world) { AddPod(world, Role::kWorker, 7).deletion_ns = world->now_ns; },
     reason::kPodsTerminating, "a7-worker0"},
    {"a pod of an earlier experiment of this name", TrialStep::kPreparing,
     [](World* world) { world->strangers = {"exp-0-c1t1a1-worker0"}; }, reason::kPodsTerminating,
     "exp-0-c1t1a1-worker0 of an earlier experiment"},
    {"no node has room", TrialStep::kWorkers,
     [](World* world) { AddUnscheduled(world, Role::kWorker, "Unschedulable", "0/3 nodes"); },
     reason::kUnschedulable, "0/3 nodes"},
    {"the scheduler stumbles", TrialStep::kWorkers,
     [](World* world) { AddUnscheduled(world, Role::kWorker, "SchedulerError", "oops"); },
     reason::kUnschedulable, "SchedulerError oops"},
    {"a policy holds it back", TrialStep::kWorkers,
     [](World* world) { AddUnscheduled(world, Role::kWorker, "SchedulingGated", "gated"); },
     reason::kSchedulingGated, "scheduling gates"},
    {"nobody schedules", TrialStep::kWorkers,
     [](World* world) {
       PodView& pod = AddPending(world, Role::kWorker);
       pod.node.clear();
       pod.created_ns = world->now_ns - kSetUpNs;
     },
     reason::kUnschedulable, "no scheduler"},
    {"the claim is not bound", TrialStep::kController,
     [](World* world) {
       AddPod(world, Role::kWorker);
       AddUnscheduled(world, Role::kController, "Unschedulable",
                      "pod has unbound immediate PersistentVolumeClaims");
     },
     reason::kClaimUnbound, "spec.telemetryStorageClassName"},
    {"the claim's volume is not made for its first pod", TrialStep::kController,
     [](World* world) {
       AddPod(world, Role::kWorker);
       PodView& pod = AddPending(world, Role::kController);
       pod.node.clear();
       pod.created_ns = world->now_ns - kSetUpNs;
       world->claim.phase = "Pending";
     },
     reason::kClaimUnbound, "kubectl describe pvc"},
    {"a policy denies the pod", TrialStep::kWorkers,
     [](World* world) {
       Refuse(world, Refusal::Kind::kAdmission, FirstWorker(), "violates PodSecurity");
     },
     reason::kAdmissionDenied, "violates PodSecurity"},
    {"a quota", TrialStep::kWorkers,
     [](World* world) {
       Refuse(world, Refusal::Kind::kQuota, FirstWorker(), "exceeded quota: pods");
     },
     reason::kQuotaExceeded, "exceeded quota: pods"},
    {"a missing permission", TrialStep::kWorkers,
     [](World* world) {
       Refuse(world, Refusal::Kind::kForbidden, FirstWorker(), "cannot create resource \"pods\"");
     },
     reason::kForbidden, "cannot create resource"},
    {"the image cannot be pulled", TrialStep::kWorkers,
     [](World* world) { AddPending(world, Role::kWorker).waiting_reason = "ImagePullBackOff"; },
     reason::kImagePullBackOff, "spec.images", Ends::kAtStartupDeadline},
    {"the first pull of the image failed", TrialStep::kWorkers,
     [](World* world) { AddPending(world, Role::kWorker).waiting_reason = "ErrImagePull"; },
     reason::kErrImagePull, "spec.images", Ends::kAtStartupDeadline},
    {"the node does not have the image", TrialStep::kWorkers,
     [](World* world) { AddPending(world, Role::kWorker).waiting_reason = "ErrImageNeverPull"; },
     reason::kErrImageNeverPull, "spec.images.pullPolicy", Ends::kAtStartupDeadline},
    {"the kubelet has another word for it", TrialStep::kWorkers,
     [](World* world) { AddPending(world, Role::kWorker).waiting_reason = "RegistryUnavailable"; },
     reason::kCreateContainerError, "RegistryUnavailable", Ends::kAtStartupDeadline},
    {"the volume cannot be mounted", TrialStep::kController,
     [](World* world) {
       AddPod(world, Role::kWorker);
       PodView& pod = AddPending(world, Role::kController);
       pod.waiting_reason = "ContainerCreating";
       pod.sandbox_ready = false;
       pod.scheduled_ns = world->now_ns - kSetUpNs;
     },
     reason::kContainerCreating, "kubectl describe pod", Ends::kAtStartupDeadline}};

TEST(BlockersTest, AreNamedAtOnceAndBlameTheAttemptOnlyForItsOwn) {
  for (const BlockerCase& each : kBlockers) {
    World world = MakeWorld();
    Activate(&world, each.step);
    each.arrange(&world);
    const Decision decision = Decide(world);
    ASSERT_EQ(decision.status.active.size(), 1U) << each.description;
    EXPECT_EQ(decision.status.active[0].reason, each.reason) << each.description;
    EXPECT_THAT(decision.status.active[0].message, HasSubstr(each.words)) << each.description;
    EXPECT_EQ(decision.status.conditions[0].type, "Ready");
    EXPECT_EQ(decision.status.conditions[0].status, ConditionStatus::kFalse) << each.description;
    EXPECT_EQ(decision.status.conditions[0].reason, each.reason) << each.description;
    // Pods of an earlier attempt that are still ending are no news.
    const bool is_news = std::string_view(each.reason) != reason::kPodsTerminating;
    ASSERT_EQ(decision.events.size(), is_news ? 1U : 0U) << each.description;

    world.experiment.status = decision.status;
    world.now_ns += 10'000 * kSecond;
    const Decision late = Decide(world);
    const bool ends = each.ends == Ends::kAtStartupDeadline;
    EXPECT_EQ(late.status.failures, ends ? 1 : 0) << each.description;
    EXPECT_EQ(late.status.active[0].step == TrialStep::kBackoff, ends) << each.description;
    if (ends) {
      EXPECT_EQ(late.status.active[0].reason, reason::kStartupDeadline) << each.description;
    }
  }
}

TEST(BlockersTest, TheStartsTimeBeginsWhenNobodyElseIsWaitedForAnyMore) {
  World world = MakeWorld();
  Activate(&world, TrialStep::kWorkers);
  PodView& pod = AddUnscheduled(&world, Role::kWorker, "Unschedulable", "0/3 nodes");
  world.experiment.status = Decide(world).status;
  world.now_ns += 10'000 * kSecond;
  pod.unscheduled_reason.clear();
  pod.unscheduled_message.clear();
  pod.node = "node-worker";
  pod.scheduled_ns = world.now_ns;
  const Decision placed = Decide(world);
  EXPECT_EQ(placed.status.active[0].start_ns, world.now_ns);
  EXPECT_EQ(placed.status.failures, 0);
  EXPECT_EQ(placed.wake_ns, world.now_ns + 300 * kSecond);
  world.experiment.status = placed.status;
  world.now_ns += 300 * kSecond;
  EXPECT_EQ(Decide(world).status.failures, 1);
}

TEST(BlockersTest, PodsThatTheKubeletEndsWhileSomebodyElseIsWaitedForCountForNothing) {
  World world = MakeWorld();
  Activate(&world, TrialStep::kController);
  AddPod(&world, Role::kWorker);
  AddUnscheduled(&world, Role::kController, "Unschedulable", "0/3 nodes");
  world.experiment.status = Decide(world).status;
  End(&world.pods[0], false);
  world.pods[0].reason = "DeadlineExceeded";
  const Decision decision = Decide(world);
  EXPECT_EQ(decision.status.failures, 0);
  EXPECT_EQ(decision.status.active[0].attempt, 2);
}

TEST(BlockersTest, TheExperimentsDeadlineEndsTheWaiting) {
  for (const TrialStep step : {TrialStep::kPreparing, TrialStep::kWorkers}) {
    World world = MakeWorld();
    Spec(&world).deadlines.experiment_seconds = 100;
    Activate(&world, step);
    world.nodes.clear();
    AddUnscheduled(&world, Role::kWorker, "Unschedulable", "0/0 nodes");
    if (step == TrialStep::kPreparing) world.pods.clear();
    const Decision waiting = Decide(world);
    EXPECT_EQ(waiting.wake_ns, *world.experiment.status.start_ns + 100 * kSecond);
    world.experiment.status = waiting.status;
    world.now_ns += 100 * kSecond;
    EXPECT_EQ(Decide(world).status.conditions[3].reason, reason::kExperimentDeadline);
  }
}

TEST(BlockersTest, AStartThatTakesItsTimeIsNone) {
  World world = MakeWorld();
  Activate(&world, TrialStep::kWorkers);
  PodView& pod = AddPending(&world, Role::kWorker);
  pod.waiting_reason = "ContainerCreating";
  pod.scheduled_ns = world.now_ns - kSecond;
  const Decision decision = Decide(world);
  EXPECT_EQ(decision.status.active[0].reason, "");
  EXPECT_EQ(decision.wake_ns, pod.scheduled_ns + kSetUpNs) << "looked at again by then";
  pod.sandbox_ready = true;  // the image is being pulled
  world.now_ns += 100 * kSecond;
  EXPECT_EQ(Decide(world).status.active[0].reason, "");
}

// A pod, or the experiment itself, that is to go and must not.
struct RefusedDeleteCase {
  const char* description;
  void (*arrange)(World*);
  Phase phase;
};

constexpr RefusedDeleteCase kRefusedDeletes[] = {
    {"suspended",
     [](World* world) {
       Activate(world, TrialStep::kMeasuring);
       Spec(world).suspend = true;
       Refuse(world, Refusal::Kind::kForbidden, AddPod(world, Role::kWorker).name, "no delete");
     },
     Phase::kSuspended},
    {"over",
     [](World* world) {
       world->experiment.status.results = {{2, {5, 6}, {1, 1}, {}, {}},
                                           {4, {7, 9}, {1, 2}, {}, {}}};
       world->experiment.status.figures = {.state = FiguresState::kDrawn};
       world->experiment.status = Decide(*world).status;
       Refuse(world, Refusal::Kind::kForbidden, AddPod(world, Role::kWorker).name, "no delete");
     },
     Phase::kComplete},
    {"after its time to live",
     [](World* world) {
       world->experiment.status.results = {{2, {5, 6}, {1, 1}, {}, {}},
                                           {4, {7, 9}, {1, 2}, {}, {}}};
       world->experiment.status.figures = {.state = FiguresState::kDrawn};
       world->experiment.status = Decide(*world).status;
       Spec(world).ttl_seconds_after_finished = 0;
       Refuse(world, Refusal::Kind::kForbidden, "exp", "no delete");
     },
     Phase::kComplete}};

TEST(BlockersTest, ADeleteThatIsRefusedIsNamed) {
  for (const RefusedDeleteCase& each : kRefusedDeletes) {
    World world = MakeWorld();
    each.arrange(&world);
    const Decision decision = Decide(world);
    EXPECT_EQ(decision.status.phase, each.phase) << each.description;
    EXPECT_EQ(decision.status.conditions[2].type, "Degraded");
    EXPECT_EQ(decision.status.conditions[2].status, ConditionStatus::kTrue) << each.description;
    EXPECT_EQ(decision.status.conditions[2].reason, reason::kForbidden) << each.description;
    EXPECT_THAT(decision.status.message, HasSubstr("no delete")) << each.description;
    // And no longer than it lasts.
    world.experiment.status = decision.status;
    world.refusals.clear();
    world.pods.clear();
    EXPECT_EQ(Decide(world).status.conditions[2].status, ConditionStatus::kFalse)
        << each.description;
  }
}

// Whatever the experiment is at: nothing is done about what cannot be seen whole, and it is said.
struct HiddenCase {
  const char* description;
  void (*arrange)(World*);
  Phase phase;
};
constexpr HiddenCase kHidden[] = {
    {"new", [](World*) {}, Phase::kPending},
    {"starting", [](World* world) { Activate(world, TrialStep::kWorkers); }, Phase::kRunning},
    {"measuring, its pods unseen", [](World* world) { Activate(world, TrialStep::kMeasuring); },
     Phase::kRunning},
    {"to be suspended",
     [](World* world) {
       Activate(world, TrialStep::kMeasuring);
       AddPod(world, Role::kWorker);
       Spec(world).suspend = true;
     },
     Phase::kRunning},
    {"over, and its time to live as well",
     [](World* world) {
       world->experiment.status.phase = Phase::kComplete;
       world->experiment.status.completion_ns = kTestNowNs;
       world->experiment.status.conditions = {{.type = "Complete",
                                               .status = ConditionStatus::kTrue,
                                               .reason = reason::kAllMeasured,
                                               .message = {}}};
       Spec(world).ttl_seconds_after_finished = 0;
     },
     Phase::kComplete}};

TEST(BlockersTest, WhatIsHiddenStopsAllAndIsSaidOnce) {
  for (const HiddenCase& each : kHidden) {
    World world = MakeWorld();
    world.experiment.status.phase = Phase::kRunning;
    if (each.phase == Phase::kPending) world.experiment.status.phase = Phase::kPending;
    each.arrange(&world);
    world.hidden = "403 Forbidden: cannot list resource \"pods\"";
    const Decision decision = Decide(world);
    EXPECT_TRUE(decision.steps.empty()) << each.description;
    EXPECT_EQ(decision.wake_ns, kNever) << each.description;
    EXPECT_EQ(decision.status.phase, each.phase) << each.description;
    EXPECT_EQ(decision.status.failures, 0) << each.description;
    ASSERT_EQ(decision.status.conditions.size(), 5U) << each.description;
    EXPECT_EQ(decision.status.conditions[2].status, ConditionStatus::kTrue) << each.description;
    EXPECT_EQ(decision.status.conditions[2].reason, reason::kForbidden) << each.description;
    EXPECT_THAT(decision.status.message, HasSubstr(world.hidden)) << each.description;
    EXPECT_EQ(decision.events.size(), 1U) << each.description;
    world.experiment.status = decision.status;
    EXPECT_FALSE(Decide(world).write_status) << each.description;
    world.hidden.clear();
    const Decision seen = Decide(world);
    EXPECT_NE(seen.status.conditions[2].reason, reason::kForbidden) << each.description;
    EXPECT_TRUE(seen.write_status) << each.description;
  }
}

TEST(BlockersTest, TheStartsTimeDoesNotRunWhileSomethingIsHidden) {
  World world = MakeWorld();
  Activate(&world, TrialStep::kWorkers);
  AddPending(&world, Role::kWorker).sandbox_ready = true;
  world.hidden = "403";
  world.experiment.status = Decide(world).status;
  world.now_ns += 10'000 * kSecond;
  world.hidden.clear();
  const Decision seen = Decide(world);
  EXPECT_EQ(seen.status.failures, 0);
  EXPECT_EQ(seen.status.active[0].start_ns, world.now_ns);
}

TEST(BlockersTest, AControllerThatMayNotBeStoppedIsNamed) {
  World world = MakeWorld();
  Activate(&world, TrialStep::kStopping);
  Refuse(&world, Refusal::Kind::kForbidden, AddPod(&world, Role::kController).name, "no delete");
  End(&AddPod(&world, Role::kClient), true);
  const Decision decision = Decide(world);
  EXPECT_EQ(decision.status.active[0].reason, reason::kForbidden);
  ASSERT_FALSE(decision.steps.empty());
  EXPECT_TRUE(std::holds_alternative<DeletePod>(decision.steps[0])) << "and tried again";
}

TEST(BlockersTest, TheTimeToLiveIsNotHammeredAt) {
  World world = MakeWorld();
  Spec(&world).ttl_seconds_after_finished = 0;
  world.experiment.status.completion_ns = kTestNowNs;
  Refuse(&world, Refusal::Kind::kForbidden, "exp", "no delete");
  const Decision soon = Decide(world);
  EXPECT_TRUE(soon.steps.empty());
  EXPECT_EQ(soon.wake_ns, world.now_ns - kSecond + kRefusalRetryNs);
  world.now_ns += kRefusalRetryNs;
  EXPECT_EQ(Decide(world).steps.size(), 1U);
}

}  // namespace
}  // namespace clockwork::plan::cluster
