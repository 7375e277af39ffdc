#include "operator/plan/cluster/decide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "operator/plan/cluster/reasons.h"
#include "tests/unit/operator/cluster/show_steps.h"
#include "tests/unit/operator/cluster/world_builder.h"

namespace clockwork::plan::cluster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string StepOf(const Decision& decision) {
  if (decision.status.active.empty()) return "";
  return std::string(NameOf(decision.status.active[0].step));
}

// A step of a trial's life: what is there, and what follows.
struct LifeCase {
  const char* description;
  TrialStep step;
  void (*arrange)(World*);
  const char* next_step;
  const char* steps;
};

constexpr LifeCase kLife[] = {
    {"all worker pods ready: the controller is created", TrialStep::kWorkers,
     [](World* world) { AddPod(world, Role::kWorker); }, "StartingController",
     "create c1t1a1-controller"},
    {"the controller ready: the client is created", TrialStep::kController,
     [](World* world) {
       AddPod(world, Role::kWorker);
       AddPod(world, Role::kController);
     },
     "StartingClient", "create c1t1a1-client"},
    {"a worker that runs is called before it has been probed", TrialStep::kWorkers,
     [](World* world) { AddPod(world, Role::kWorker).ready = false; }, "StartingController",
     "create c1t1a1-controller"},
    {"but not by a controller of another image", TrialStep::kWorkers,
     [](World* world) {
       AddPod(world, Role::kWorker).ready = false;
       Spec(world).images.controller = "original/controller";
     },
     "StartingWorkers", ""},
    {"a controller that runs is called before it has been probed", TrialStep::kController,
     [](World* world) {
       AddPod(world, Role::kWorker);
       AddPod(world, Role::kController).ready = false;
     },
     "StartingClient", "create c1t1a1-client"},
    {"but not by a client of another image", TrialStep::kController,
     [](World* world) {
       AddPod(world, Role::kWorker);
       AddPod(world, Role::kController).ready = false;
       Spec(world).images.client = "original/client";
     },
     "StartingController", ""},
    {"a running client measures", TrialStep::kClient,
     [](World* world) {
       AddPod(world, Role::kWorker);
       AddPod(world, Role::kController);
       AddPod(world, Role::kClient);
     },
     "Measuring", ""},
    {"the client's end stops the controller", TrialStep::kMeasuring,
     [](World* world) {
       AddPod(world, Role::kWorker);
       AddPod(world, Role::kController);
       End(&AddPod(world, Role::kClient), true);
     },
     "StoppingController", "delete c1t1a1-controller, create c2t1a1-worker0"},
    {"the client's end is its container's, and not that of its pod", TrialStep::kMeasuring,
     [](World* world) {
       AddPod(world, Role::kWorker);
       AddPod(world, Role::kController);
       AddPod(world, Role::kClient).exit_code = 0;
     },
     "StoppingController", "delete c1t1a1-controller, create c2t1a1-worker0"},
    {"of a client that failed the pod's end is awaited, which has the reason",
     TrialStep::kMeasuring,
     [](World* world) {
       AddPod(world, Role::kWorker);
       AddPod(world, Role::kController);
       AddPod(world, Role::kClient).exit_code = 1;
     },
     "Measuring", ""},
    {"a controller that is stopping is awaited", TrialStep::kStopping,
     [](World* world) {
       AddPod(world, Role::kController).deletion_ns = world->now_ns + kSecond;
       End(&AddPod(world, Role::kClient), true);
     },
     "StoppingController", "create c2t1a1-worker0"},
    {"a controller that is gone has stopped", TrialStep::kStopping,
     [](World* world) { End(&AddPod(world, Role::kClient), true); }, "Collecting",
     "create c1t1a1-collector, create c2t1a1-worker0"},
    {"the workers go when the controller has ended", TrialStep::kStopping,
     [](World* world) {
       AddPod(world, Role::kWorker);
       End(&AddPod(world, Role::kClient), true);
     },
     "Collecting", "delete c1t1a1-worker0, create c1t1a1-collector, create c2t1a1-worker0"},
    {"a lost collector is made again", TrialStep::kCollecting,
     [](World* world) { End(&AddPod(world, Role::kClient), true); }, "Collecting",
     "create c1t1a1-collector, create c2t1a1-worker0"}};

TEST(DecideTest, ATrialGoesOnStepByStep) {
  for (const LifeCase& each : kLife) {
    World world = MakeWorld();
    Activate(&world, each.step);
    each.arrange(&world);
    const Decision decision = Decide(world);
    EXPECT_EQ(StepOf(decision), each.next_step) << each.description;
    EXPECT_EQ(Show(decision), each.steps) << each.description;
    EXPECT_THAT(decision.status.active[0].reason, "") << each.description;
  }
}

TEST(DecideTest, TheFirstTrialStartsWithItsWorkers) {
  World world = MakeWorld();
  Spec(&world).worker_pods = 2;
  const Decision decision = Decide(world);
  EXPECT_TRUE(decision.write_status);
  EXPECT_EQ(StepOf(decision), "StartingWorkers");
  EXPECT_EQ(Show(decision), "create c1t1a1-worker0, create c1t1a1-worker1");
  EXPECT_EQ(decision.status.phase, Phase::kRunning);
  EXPECT_EQ(decision.status.start_ns, kTestNowNs);
  EXPECT_EQ(decision.status.current_workers, 2);
  EXPECT_EQ(decision.status.trials_total, 4);
}

// Its pods go when it is over, and with them what else would tell how to read the claim.
TEST(DecideTest, TheImageThatReadsTheClaimIsTold) {
  World world = MakeWorld();
  world.defaults.registry = "example.org/lab";
  world.defaults.tag = "7";
  EXPECT_EQ(Decide(world).status.telemetry_image, "example.org/lab/telemetry:7");
  Spec(&world).images.telemetry = "mine:1";
  EXPECT_EQ(Decide(world).status.telemetry_image, "mine:1");
  Spec(&world).images.telemetry.clear();
  world.defaults.registry.assign(api::kMaxTextBytes, 'r');
  EXPECT_EQ(Decide(world).status.telemetry_image, "") << "more than a status may hold";
}

TEST(DecideTest, TheSameWorldTwiceChangesNothingMore) {
  World world = MakeWorld();
  world.experiment.status = Decide(world).status;
  const Decision again = Decide(world);
  EXPECT_EQ(again.status, world.experiment.status);
  EXPECT_TRUE(again.write_status);  // its steps are still to be taken
  EXPECT_THAT(again.events, IsEmpty());
}

// What ends an attempt, and the reason that names it.
struct FailureCase {
  const char* description;
  TrialStep step;
  void (*arrange)(World*);
  const char* reason;
  const char* words;  // in the message
};

constexpr FailureCase kFailures[] = {
    {"a worker is gone", TrialStep::kMeasuring,
     [](World* world) {
       AddPod(world, Role::kController);
       AddPod(world, Role::kClient);
     },
     reason::kPodLost, "worker0"},
    {"the controller ran out of memory, and the client with it", TrialStep::kMeasuring,
     [](World* world) {
       AddPod(world, Role::kWorker);
       PodView& controller = AddPod(world, Role::kController);
       End(&controller, false);
       controller.terminated_reason = "OOMKilled";
       End(&AddPod(world, Role::kClient), false);
     },
     reason::kOomKilled, "spec.resources.controller.limits"},
    {"a program's last line says why, after its log", TrialStep::kMeasuring,
     [](World* world) {
       AddPod(world, Role::kWorker);
       End(&AddPod(world, Role::kController), false,
           "I controller: requests 5\ncontroller: cannot write the log\n");
       End(&AddPod(world, Role::kClient), false);
     },
     reason::kContainerFailed, ": controller: cannot write the log"},
    {"the client failed", TrialStep::kMeasuring,
     [](World* world) {
       AddPod(world, Role::kWorker);
       AddPod(world, Role::kController);
       End(&AddPod(world, Role::kClient), false);
     },
     reason::kContainerFailed, "code 1"},
    {"a node is not ready", TrialStep::kMeasuring,
     [](World* world) {
       AddPod(world, Role::kWorker);
       AddPod(world, Role::kController);
       AddPod(world, Role::kClient);
       world->nodes[0].ready = false;
     },
     reason::kNodeLost, "node-worker"},
    {"the image's name is none", TrialStep::kWorkers,
     [](World* world) { AddPending(world, Role::kWorker).waiting_reason = "InvalidImageName"; },
     reason::kInvalidImageName, "spec.images"},
    {"the collector ended without evidence", TrialStep::kCollecting,
     [](World* world) { End(&AddPod(world, Role::kCollector), true, "{}"); },
     reason::kResultMissing, "collector"},
    {"its container ended without a word, and its pod has not yet", TrialStep::kCollecting,
     [](World* world) { AddPod(world, Role::kCollector).exit_code = 0; }, reason::kResultMissing,
     "collector"},
    {"the collector says why", TrialStep::kCollecting,
     [](World* world) {
       End(&AddPod(world, Role::kCollector), false, R"({"error": "no manifest"})");
     },
     reason::kResultMissing, "no manifest"},
    {"the client lagged", TrialStep::kCollecting,
     [](World* world) { End(&AddPod(world, Role::kCollector), true, Evidence(100, 5'000)); },
     reason::kClientLag, "lagged"},
    {"the trial's deadline", TrialStep::kMeasuring,
     [](World* world) {
       AddPod(world, Role::kWorker);
       AddPod(world, Role::kController);
       AddPod(world, Role::kClient);
       Spec(world).deadlines.trial_seconds = 100;
       world->now_ns += 98 * kSecond;
     },
     reason::kTrialDeadline, "100 s"}};

TEST(DecideTest, WhatEndsAnAttemptIsNamedAndFollowedByTheNext) {
  for (const FailureCase& each : kFailures) {
    World world = MakeWorld();
    Activate(&world, each.step);
    each.arrange(&world);
    const Decision decision = Decide(world);
    ASSERT_EQ(decision.status.active.size(), 1U) << each.description;
    const ActiveTrial& next = decision.status.active[0];
    EXPECT_EQ(next.step, TrialStep::kBackoff) << each.description;
    EXPECT_EQ(next.attempt, 2) << each.description;
    EXPECT_EQ(next.reason, each.reason) << each.description;
    EXPECT_THAT(next.message, HasSubstr(each.words)) << each.description;
    EXPECT_EQ(decision.status.failures, 1) << each.description;
    EXPECT_EQ(decision.status.conditions[2].type, "Degraded");
    EXPECT_EQ(decision.status.conditions[2].reason, each.reason) << each.description;
    EXPECT_EQ(decision.wake_ns, world.now_ns + 10 * kSecond) << each.description;
  }
}

TEST(DecideTest, AMeasuredTrialIsRecordedAndTheNextOneWaitsForItsPodsToGo) {
  World world = MakeWorld();
  Activate(&world, TrialStep::kCollecting);
  AddPod(&world, Role::kWorker);
  End(&AddPod(&world, Role::kClient), true);
  End(&AddPod(&world, Role::kCollector), true, Evidence(1234.4));
  const Decision decision = Decide(world);
  ASSERT_EQ(decision.status.results.size(), 1U);
  EXPECT_THAT(decision.status.results[0].goodput_rps, ElementsAre(1234, -1));
  EXPECT_EQ(decision.status.peak_goodput_rps, 1234);
  EXPECT_EQ(decision.status.peak_workers, 2);
  EXPECT_EQ(Show(decision), "delete c1t1a1-worker0, delete c1t1a1-client");
  ASSERT_EQ(decision.status.active.size(), 1U);
  EXPECT_EQ(decision.status.active[0].workers, 4);
  EXPECT_EQ(decision.status.active[0].reason, reason::kPodsTerminating);
}

TEST(DecideTest, ARefusedCreateIsNotTriedAgainAtOnce) {
  World world = MakeWorld();
  Activate(&world, TrialStep::kWorkers);
  world.refusals.push_back({Refusal::Kind::kQuota,
                            PodName("exp", "uid-of-exp", {{1, 1}, 1, Role::kWorker, 0}), "",
                            world.now_ns - kSecond});
  const Decision soon = Decide(world);
  EXPECT_EQ(Show(soon), "");
  EXPECT_EQ(soon.wake_ns, world.now_ns - kSecond + kRefusalRetryNs);
  world.now_ns += kRefusalRetryNs;
  EXPECT_EQ(Show(Decide(world)), "create c1t1a1-worker0");
}

TEST(DecideTest, SuspendingStopsTheAttemptWithoutCountingIt) {
  World world = MakeWorld();
  Activate(&world, TrialStep::kMeasuring);
  AddPod(&world, Role::kWorker);
  Spec(&world).suspend = true;
  const Decision decision = Decide(world);
  EXPECT_EQ(decision.status.phase, Phase::kSuspended);
  EXPECT_EQ(decision.status.failures, 0);
  EXPECT_EQ(Show(decision), "delete c1t1a1-worker0");
  world.experiment.status = decision.status;
  world.pods.clear();
  Spec(&world).suspend = false;
  const Decision resumed = Decide(world);
  EXPECT_EQ(resumed.status.phase, Phase::kRunning);
  EXPECT_THAT(Show(resumed), HasSubstr("create c1t1a2-worker0"));
}

TEST(DecideTest, AForeignPodIsForcedOutOnlyWhereItsNodeIsLost) {
  World world = MakeWorld();
  PodView& pod = AddPod(&world, Role::kWorker, 7);
  pod.deletion_ns = world.now_ns - kForceDeleteNs;
  EXPECT_EQ(Show(Decide(world)), "");
  world.nodes[0].ready = false;
  const Decision decision = Decide(world);
  EXPECT_EQ(Show(decision), "delete c1t1a7-worker0");
  EXPECT_EQ(std::get<DeletePod>(decision.steps[0]).grace_seconds, 0);
}

TEST(DecideTest, FailedPodsAreKeptAsCleanupSays) {
  const std::pair<api::Cleanup, const char*> cases[] = {
      {api::Cleanup::kOnSuccess, "delete c1t1a1-worker0"},
      {api::Cleanup::kNever, "delete c1t1a1-worker0"},
      {api::Cleanup::kAlways, "delete c1t1a1-worker0, delete c1t1a1-client"}};
  for (const auto& [cleanup, steps] : cases) {
    World world = MakeWorld();
    Spec(&world).cleanup = cleanup;
    Activate(&world, TrialStep::kBackoff).attempt = 2;
    AddPod(&world, Role::kWorker);
    End(&AddPod(&world, Role::kClient), false);
    EXPECT_EQ(Show(Decide(world)), steps);
  }
}

// Two trials of N = 2 and 4, in every state they can end in.
struct EndCase {
  const char* description;
  std::vector<StatusResult> results;
  Phase phase;
  const char* reason;
  bool has_figures;
};

const EndCase kEnds[] = {{"all valid",
                          {{2, {5, 6}, {1, 1}, {}, {}}, {4, {7, 9}, {1, 2}, {}, {}}},
                          Phase::kComplete,
                          reason::kAllMeasured,
                          true},
                         {"one not valid in all its attempts",
                          {{2, {5, 6}, {1, 1}, {}, {}}, {4, {7, 9}, {1, 3}, {2}, {}}},
                          Phase::kComplete,
                          reason::kAllMeasured,
                          true},
                         {"one failed",
                          {{2, {5, 6}, {1, 1}, {}, {}}, {4, {-1, 9}, {3, 1}, {}, {}}},
                          Phase::kFailed,
                          reason::kTrialsMissing,
                          true},
                         {"two in a row failed",
                          {{2, {-1, -1}, {3, 0}, {}, {}}, {4, {-1, -1}, {3, 0}, {}, {}}},
                          Phase::kFailed,
                          reason::kGaveUp,
                          false}};

TEST(DecideTest, TheEndHasAReason) {
  for (const EndCase& each : kEnds) {
    World world = MakeWorld();
    world.experiment.status.results = each.results;
    if (each.has_figures) world.experiment.status.figures = {.state = FiguresState::kDrawn};
    const Decision decision = Decide(world);
    EXPECT_EQ(decision.status.phase, each.phase) << each.description;
    EXPECT_EQ(decision.status.conditions[3].reason, each.reason) << each.description;
    EXPECT_EQ(decision.status.completion_ns, kTestNowNs) << each.description;
    EXPECT_EQ(Show(decision), "") << each.description;
    // The end is the end, also when the clock is put back.
    world.experiment.status = decision.status;
    world.now_ns -= 1'000 * kSecond;
    EXPECT_FALSE(Decide(world).write_status) << each.description;
  }
}

TEST(DecideTest, TheExperimentsDeadlineLetsTheRunningTrialEnd) {
  World world = MakeWorld();
  Spec(&world).deadlines.experiment_seconds = 1;
  Activate(&world, TrialStep::kMeasuring);
  AddPod(&world, Role::kWorker);
  AddPod(&world, Role::kController);
  AddPod(&world, Role::kClient);
  EXPECT_EQ(StepOf(Decide(world)), "Measuring");
  world.experiment.status.active.clear();
  const Decision decision = Decide(world);
  EXPECT_EQ(decision.status.phase, Phase::kFailed);
  EXPECT_EQ(decision.status.conditions[3].reason, reason::kExperimentDeadline);
}

TEST(DecideTest, AFinishedExperimentLivesItsTimeOut) {
  World world = MakeWorld();
  Spec(&world).ttl_seconds_after_finished = 60;
  world.experiment.status.phase = Phase::kComplete;
  world.experiment.status.completion_ns = kTestNowNs - 59 * kSecond;
  EXPECT_EQ(Decide(world).wake_ns, kTestNowNs + kSecond);
  world.now_ns += kSecond;
  EXPECT_EQ(Show(Decide(world)), "delete experiment");
}

TEST(DecideTest, NothingIsMadeForOneThatIsBeingDeletedOrCannotBeUsed) {
  World world = MakeWorld();
  world.experiment.deleting = true;
  EXPECT_FALSE(Decide(world).write_status);
  world.experiment.deleting = false;
  world.experiment.experiment.reset();
  world.experiment.spec_error = "spec.trials: must be ...";
  const Decision decision = Decide(world);
  EXPECT_EQ(Show(decision), "");
  EXPECT_EQ(decision.status.conditions[0].reason, reason::kInvalidSpec);
  EXPECT_THAT(decision.status.message, HasSubstr("spec.trials"));
}

TEST(DecideTest, PodsOfOneThatIsBeingDeletedEndWhoeverKeepsIt) {
  World world = MakeWorld();
  Activate(&world, TrialStep::kMeasuring);
  AddPod(&world, Role::kWorker);
  AddPod(&world, Role::kController);
  AddPod(&world, Role::kClient);
  world.experiment.deleting = true;
  const Decision decision = Decide(world);
  EXPECT_EQ(Show(decision),
            "delete c1t1a1-worker0, delete c1t1a1-controller, delete c1t1a1-client");
  EXPECT_FALSE(decision.write_status);
  EXPECT_EQ(decision.status, world.experiment.status);
  for (PodView& pod : world.pods) pod.deletion_ns = world.now_ns + kGraceSeconds * kSecond;
  EXPECT_EQ(Show(Decide(world)), "") << "once";
  world.experiment.experiment.reset();  // nor need its spec be readable
  world.pods.front().deletion_ns.reset();
  EXPECT_EQ(Show(Decide(world)), "delete c1t1a1-worker0");
}

TEST(DecideTest, ParallelTrialsFillTheirPlaces) {
  World world = MakeWorld();
  Spec(&world).parallel_trials = 3;
  EXPECT_EQ(Show(Decide(world)),
            "create c1t1a1-worker0, create c2t1a1-worker0, create c1t2a1-worker0");
}

TEST(DecideTest, ARefusedSpecKeepsWhatWasMeasuredAndIsToldOnce) {
  World world = MakeWorld();
  Activate(&world, TrialStep::kClient);
  world.experiment.status.results.push_back({2, {1000, -1}, {1, 0}, {}, std::nullopt});
  world.experiment.experiment.reset();
  world.experiment.spec_error = "spec.load.factorStep: must be greater than 1";
  const Decision first = Decide(world);
  EXPECT_TRUE(first.write_status);
  EXPECT_EQ(first.status.results, world.experiment.status.results);
  EXPECT_EQ(first.status.start_ns, world.experiment.status.start_ns);
  ASSERT_EQ(first.events.size(), 1U);
  world.experiment.status = first.status;
  const Decision second = Decide(world);
  EXPECT_FALSE(second.write_status);
  EXPECT_TRUE(second.events.empty());
}

TEST(DecideTest, AnAttemptIsNotEndedByWhatAnEarlierOneWasRefused) {
  for (const bool earlier : {true, false}) {
    World world = MakeWorld();
    const Nanos begin_ns = Activate(&world, TrialStep::kWorkers).start_ns;
    world.refusals.push_back({Refusal::Kind::kInvalid,
                              PodName("exp", "uid-of-exp", {{1, 1}, 1, Role::kWorker, 0}),
                              "must be positive", begin_ns + (earlier ? -kSecond : kSecond)});
    const Decision decision = Decide(world);
    EXPECT_EQ(decision.status.failures, earlier ? 0 : 1);
    EXPECT_EQ(decision.steps.size(), earlier ? 1U : 0U) << "it tries for itself";
  }
}

TEST(DecideTest, AMeasurementThatIsThereCountsAlsoWhenSuspended) {
  World world = MakeWorld();
  Activate(&world, TrialStep::kCollecting);
  End(&AddPod(&world, Role::kCollector), true, Evidence(1234.4));
  Spec(&world).suspend = true;
  const Decision decision = Decide(world);
  EXPECT_EQ(decision.status.trials_valid, 1);
  EXPECT_EQ(decision.status.phase, Phase::kSuspended);
}

}  // namespace
}  // namespace clockwork::plan::cluster
