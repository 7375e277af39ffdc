// The drawing of the figures between the last trial and the end.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "operator/plan/cluster/reasons.h"
#include "tests/unit/operator/cluster/world_builder.h"

namespace clockwork::plan::cluster {
namespace {

using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;

// Two trials of N = 2 and 4, with nothing left to be done.
struct MeasuredCase {
  const char* description;
  std::vector<StatusResult> results;
  std::int64_t left_workers;
};

const std::vector<StatusResult> kAllValid = {{2, {5, 6}, {1, 1}, {}, {}},
                                             {4, {7, 9}, {1, 2}, {}, {}}};
const MeasuredCase kMeasured[] = {
    {"all valid", kAllValid, 4},
    {"one not valid", {{2, {5, 6}, {1, 1}, {}, {}}, {4, {7, 9}, {1, 3}, {2}, {}}}, 4},
    {"one failed", {{2, {5, 6}, {1, 1}, {}, {}}, {4, {-1, 9}, {3, 1}, {}, {}}}, 4},
    {"the N of the left half failed",
     {{2, {5, 6}, {1, 1}, {}, {}}, {4, {-1, -1}, {3, 3}, {}, {}}},
     2}};

TEST(FiguresTest, WhatIsMeasuredIsDrawnBeforeTheEnd) {
  for (const MeasuredCase& each : kMeasured) {
    World world = MakeWorld();
    world.experiment.status.start_ns = kTestNowNs;
    world.experiment.status.results = each.results;
    const Decision decision = Decide(world);
    EXPECT_EQ(decision.status.phase, Phase::kRunning) << each.description;
    EXPECT_FALSE(decision.status.completion_ns) << each.description;
    EXPECT_TRUE(decision.status.peak_goodput_rps) << "medians come first; " << each.description;
    ASSERT_EQ(decision.steps.size(), 1U) << each.description;
    const PodSpec& pod = std::get<CreatePod>(decision.steps[0]).pod;
    EXPECT_THAT(pod.name, EndsWith("-a1-figures")) << each.description;
    EXPECT_THAT(pod.first.front().arguments, Contains(std::to_string(each.left_workers / 2)))
        << "--left-config; " << each.description;
    EXPECT_EQ(decision.wake_ns, world.now_ns + 600 * kSecond) << each.description;
  }
}

World MeasuredWorld() {
  World world = MakeWorld();
  world.experiment.status.start_ns = kTestNowNs - 100 * kSecond;
  world.experiment.status.results = kAllValid;
  world.experiment.status.figures = {.start_ns = kTestNowNs - kSecond};
  return world;
}

TEST(FiguresTest, DrawnFiguresEndTheExperiment) {
  World world = MeasuredWorld();
  PodView& pod = AddFigures(&world);
  EXPECT_EQ(Decide(world).status.phase, Phase::kRunning);
  End(&pod, true);
  const Decision decision = Decide(world);
  EXPECT_EQ(decision.status.phase, Phase::kComplete);
  EXPECT_EQ(decision.status.figures->state, FiguresState::kDrawn);
  EXPECT_EQ(decision.status.conditions[4].type, "FiguresDrawn");
  EXPECT_EQ(decision.status.conditions[4].status, ConditionStatus::kTrue);
  ASSERT_EQ(decision.steps.size(), 1U) << "its pod goes after the status is written";
  EXPECT_EQ(std::get<DeletePod>(decision.steps[0]).name, pod.name);
}

// What goes wrong with the figures, and what is said of it.
struct FiguresCase {
  const char* description;
  void (*arrange)(World*);
  bool ends_attempt;
  const char* reason;
  const char* words;
};

constexpr FiguresCase kFiguresCases[] = {
    {"the image cannot be pulled",
     [](World* world) {
       PodView& pod = AddFigures(world);
       pod.phase = PodPhase::kPending;
       pod.waiting_reason = "ImagePullBackOff";
     },
     false, reason::kImagePullBackOff, "spec.images"},
    {"a quota",
     [](World* world) {
       const std::string name = PodName("exp", "uid-of-exp", {{0, 0}, 1, Role::kFigures, 0});
       world->refusals.push_back(
           {Refusal::Kind::kQuota, name, "exceeded quota: pods", world->now_ns - kSecond});
     },
     false, reason::kQuotaExceeded, "exceeded quota"},
    {"it is being deleted",
     [](World* world) { AddFigures(world).deletion_ns = world->now_ns + kSecond; }, false, "", ""},
    {"a table is missing",
     [](World* world) { End(&AddFigures(world), false, "there is no timeseries_data-2.tsv"); },
     true, reason::kContainerFailed, "there is no timeseries_data-2.tsv"},
    {"too little memory",
     [](World* world) {
       PodView& pod = AddFigures(world);
       End(&pod, false);
       pod.terminated_reason = "OOMKilled";
     },
     true, reason::kOomKilled, "spec.resources.collector.limits"},
    {"the node is lost",
     [](World* world) {
       AddFigures(world);
       world->nodes[1].ready = false;
     },
     true, reason::kNodeLost, "node-controller"}};

TEST(FiguresTest, WhatHoldsUpTheFiguresIsNamedAndEndsInTheLastAttempt) {
  for (const FiguresCase& each : kFiguresCases) {
    World world = MeasuredWorld();
    each.arrange(&world);
    const Decision decision = Decide(world);
    EXPECT_EQ(decision.status.phase, Phase::kRunning) << each.description;
    EXPECT_EQ(decision.status.figures->attempt, each.ends_attempt ? 2 : 1) << each.description;
    if (!each.ends_attempt) {
      EXPECT_EQ(decision.status.figures->reason, each.reason) << each.description;
      EXPECT_THAT(decision.status.figures->message, HasSubstr(each.words)) << each.description;
    } else {
      ASSERT_EQ(decision.events.size(), 1U) << each.description;
      EXPECT_EQ(decision.events[0].reason, each.reason) << each.description;
      EXPECT_THAT(decision.events[0].note, HasSubstr(each.words)) << each.description;
      const auto& create = std::get<CreatePod>(decision.steps.back());
      EXPECT_THAT(create.pod.name, EndsWith("-a2-figures")) << each.description;
    }
    Spec(&world).retries.attempts = 1;
    world.now_ns += each.ends_attempt ? 0 : 600 * kSecond;
    world.refusals.clear();
    const Decision last = Decide(world);
    EXPECT_EQ(last.status.phase, Phase::kComplete) << each.description;
    EXPECT_EQ(last.status.peak_goodput_rps, 8) << each.description;
    EXPECT_EQ(last.status.figures->state, FiguresState::kMissing) << each.description;
    EXPECT_EQ(last.status.conditions[4].status, ConditionStatus::kFalse) << each.description;
    EXPECT_EQ(last.status.conditions[4].reason, reason::kFiguresMissing) << each.description;
    EXPECT_EQ(last.status.conditions[2].reason, reason::kFiguresMissing) << each.description;
    EXPECT_THAT(last.status.message, HasSubstr("the figures are missing")) << each.description;
    EXPECT_EQ(last.events.back().reason, reason::kFiguresMissing) << each.description;
  }
}

TEST(FiguresTest, DrawingIsStoppedBySuspendAndBegunAnew) {
  World world = MeasuredWorld();
  world.experiment.status.figures->attempt = 2;
  const PodView& pod = AddFigures(&world, 2);
  Spec(&world).suspend = true;
  const Decision decision = Decide(world);
  EXPECT_EQ(decision.status.phase, Phase::kSuspended);
  EXPECT_FALSE(decision.status.figures);
  ASSERT_EQ(decision.steps.size(), 1U);
  EXPECT_EQ(std::get<DeletePod>(decision.steps[0]).name, pod.name);
  world.experiment.status = decision.status;
  world.pods.clear();
  world.now_ns += 10'000 * kSecond;
  Spec(&world).suspend = false;
  const Decision resumed = Decide(world);
  EXPECT_EQ(resumed.status.figures->state, FiguresState::kDrawing);
  EXPECT_EQ(resumed.steps.size(), 1U);
}

}  // namespace
}  // namespace clockwork::plan::cluster
