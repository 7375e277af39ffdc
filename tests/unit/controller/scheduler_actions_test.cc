// What is sent: windows, ids, inputs, loads and evictions (spec/controller.md §5.9, §5.10, §5.12).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/controller/scheduler_harness.h"

namespace clockwork::controller {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SchedulerWindowTest, AnInferMayBeginAsSoonAsItArrives) {
  struct Case {
    std::string what;
    Nanos ahead_ns;
    int before;  // requests sent alone before, 2 ms each
    Nanos latest_ns;
    Nanos send_by_ns;
  };
  const std::vector<Case> cases = {
      {"idle: planned at 1 ms", 5 * kMs, 0, 6 * kMs, 1 * kMs},
      {"behind 2 ms", 5 * kMs, 1, 7 * kMs, 2 * kMs},
      {"behind 4 ms", 5 * kMs, 2, 9 * kMs, 4 * kMs},
      {"the 5 ms before the latest start are no option", 10 * kMs, 2, 14 * kMs, 9 * kMs},
      {"never sooner than the way to the worker takes", 3 * kMs, 0, 4 * kMs, 1 * kMs},
  };
  for (const Case& c : cases) {
    SchedulerOptions options = PublishedOptions();
    options.schedule_ahead_ns = c.ahead_ns;
    Harness h(Small(), options);
    h.Warm(kStartNs - kSecond, 0);
    for (int i = 0; i < c.before; ++i) {
      h.Request(kStartNs, 0);
      h.TakeOne(ActionKind::kInfer);
    }
    h.Request(kStartNs, 0);
    const Sent infer = h.TakeOne(ActionKind::kInfer);
    EXPECT_EQ(infer.earliest_ns, static_cast<std::uint64_t>(kStartNs)) << c.what;
    EXPECT_EQ(infer.latest_ns, static_cast<std::uint64_t>(kStartNs + c.latest_ns)) << c.what;
    EXPECT_EQ(infer.send_by_ns, kStartNs + c.send_by_ns) << c.what;
    EXPECT_EQ(infer.expected_duration_ns, 2 * kMs) << c.what;
  }
}

TEST(SchedulerWindowTest, ALoadIsPlannedBehindTheOneBefore) {
  Harness h(Small(1, 2));
  h.Admit(kStartNs, 0);
  h.Request(kStartNs, 1);
  const Sent first = h.TakeOne(ActionKind::kLoad);
  EXPECT_EQ(first.earliest_ns, static_cast<std::uint64_t>(kStartNs));
  EXPECT_EQ(first.latest_ns, static_cast<std::uint64_t>(kStartNs + 6 * kMs));
  EXPECT_EQ(first.send_by_ns, kNever);
  // The next when the current one has less than 5 ms to go.
  h.RunUntil(kStartNs + 3 * kMs);
  EXPECT_THAT(h.sent, IsEmpty());
  h.RunUntil(kStartNs + 3 * kMs + 1);
  const Sent second = h.TakeOne(ActionKind::kLoad);
  EXPECT_EQ(second.earliest_ns, static_cast<std::uint64_t>(kStartNs + 3 * kMs + 1));
  EXPECT_EQ(second.latest_ns, static_cast<std::uint64_t>(kStartNs + 13 * kMs)) << "8 + 5";
}

TEST(SchedulerWindowTest, AnEarlyLoadMakesRoomForTheNext) {
  Harness h(Small(1, 2));
  h.Admit(kStartNs, 0);
  h.Request(kStartNs, 1);
  h.LoadDone(kStartNs + 2 * kMs, h.TakeOne(ActionKind::kLoad));
  EXPECT_EQ(h.Take(ActionKind::kLoad).size(), 1U);
}

TEST(SchedulerActionsTest, OneCounterNumbersAllKinds) {
  Harness h(ClusterBuilder().Worker(1, 5).Models(2).Build());
  h.Request(kStartNs, 0);
  const Sent load = h.TakeOne(ActionKind::kLoad);
  h.LoadDone(kStartNs + 8 * kMs, load);
  const Sent infer = h.TakeOne(ActionKind::kInfer);
  h.InferDone(kStartNs + 12 * kMs, infer);
  h.Request(kStartNs + 20 * kMs, 1);
  const Sent evict = h.TakeOne(ActionKind::kEvict);
  const Sent second = h.TakeOne(ActionKind::kLoad);
  EXPECT_EQ(load.action_id, 0);
  EXPECT_EQ(infer.action_id, 1);
  EXPECT_EQ(evict.action_id, 2);
  EXPECT_EQ(second.action_id, 3);
}

TEST(SchedulerActionsTest, InputsAreJoinedInTheOrderOfTheRequests) {
  Harness h(Small());
  const std::vector<std::string> inputs = {"aaa", "", "cc", "d"};
  for (const std::string& input : inputs) h.Admit(kStartNs, 0, {.input = input});
  h.Advance(kStartNs);
  h.LoadDone(kStartNs + 8 * kMs, h.TakeOne(ActionKind::kLoad));
  const Sent infer = h.TakeOne(ActionKind::kInfer);
  EXPECT_EQ(infer.inputs, "aaaccd");
  EXPECT_THAT(infer.input_sizes, ElementsAre(3, 0, 2, 1));
}

TEST(SchedulerActionsTest, MissingInputsAreMadeUpOnlyWhenAskedFor) {
  for (const bool generate : {false, true}) {
    ModelDescription model = SmallModel();
    model.generated_input = std::make_shared<const std::string>("xyz");
    SchedulerOptions options = PublishedOptions();
    options.generate_inputs = generate;
    Harness h(ClusterBuilder().Worker().Model(model).Build(), options);
    h.Admit(kStartNs, 0, {.input = "own"});
    h.Request(kStartNs, 0);
    h.LoadDone(kStartNs + 8 * kMs, h.TakeOne(ActionKind::kLoad));
    const Sent infer = h.TakeOne(ActionKind::kInfer);
    EXPECT_EQ(infer.inputs, generate ? "ownxyz" : "own");
    EXPECT_EQ(infer.input_sizes[1], generate ? 3U : 0U);
    // Then nobody wants the outputs.
    h.InferDone(kStartNs + 12 * kMs, infer, {.output = "1234"});
    ASSERT_EQ(h.answers.size(), 2U);
    EXPECT_EQ(h.answers[0].output, generate ? "" : "12");
    EXPECT_EQ(h.answers[1].output, generate ? "" : "34");
  }
}

TEST(SchedulerLoadTest, EvictsTheLeastRecentlyUsedBeforeItLoads) {
  Harness h(ClusterBuilder().Worker(1, 12).Models(3).Build());
  h.Warm(kStartNs - kSecond, 1);
  h.Warm(kStartNs - kSecond + 20 * kMs, 0);
  h.Request(kStartNs, 2);
  ASSERT_EQ(h.sent.size(), 2U);
  EXPECT_EQ(h.sent[0].kind, ActionKind::kEvict);
  EXPECT_EQ(h.sent[0].model_id, 1U);
  EXPECT_EQ(h.sent[0].earliest_ns, 0U);
  EXPECT_EQ(h.sent[0].latest_ns, UINT64_MAX);
  EXPECT_EQ(h.sent[0].send_by_ns, kNever);
  EXPECT_EQ(h.sent[1].kind, ActionKind::kLoad);
  EXPECT_EQ(h.sent[1].model_id, 2U);
  EXPECT_EQ(h.scheduler->copies_loaded(1), 0U);
  EXPECT_EQ(h.scheduler->copies_loaded(0), 1U);
}

TEST(SchedulerLoadTest, EvictsAsManyAsItTakes) {
  ModelDescription large = SmallModel();
  large.weights_pages = 11;
  Harness h(ClusterBuilder().Worker(1, 12).Models(2).Model(large).Build());
  h.Warm(kStartNs - kSecond, 0);
  h.Warm(kStartNs - kSecond + 20 * kMs, 1);
  h.Request(kStartNs, 2);
  ASSERT_EQ(h.sent.size(), 3U);
  EXPECT_EQ(h.sent[0].model_id, 0U);
  EXPECT_EQ(h.sent[1].model_id, 1U);
  EXPECT_EQ(h.sent[2].kind, ActionKind::kLoad);
}

TEST(SchedulerLoadTest, AModelThatDoesNotFitIsNotLoaded) {
  ModelDescription large = SmallModel();
  large.weights_pages = 13;
  Harness h(ClusterBuilder().Worker(1, 12).Models(1).Model(large).Build());
  h.Warm(kStartNs - kSecond, 0);
  h.Request(kStartNs, 1);
  h.Take(ActionKind::kEvict);
  EXPECT_THAT(h.sent, IsEmpty());
  h.RunUntil(kStartNs + 200 * kMs);
  ASSERT_EQ(h.answers.size(), 1U);
  EXPECT_EQ(h.answers[0].status, 4);
  // The GPU still serves others.
  h.Request(kStartNs + 300 * kMs, 0);
  EXPECT_FALSE(h.sent.empty());
}

TEST(SchedulerLoadTest, AModelWithInfersUnderWayStaysWhileAnotherCanGo) {
  Harness h(ClusterBuilder().Worker(1, 12).Models(3).Build());
  h.Warm(kStartNs - kSecond, 0);
  h.Warm(kStartNs - kSecond + 20 * kMs, 1);
  // Both have demand; model 0 is the less recently used, but only model 0 is running: requests of
  // model 1 wait behind the full executor.
  h.Requests(8, kStartNs, 0);
  h.Take(ActionKind::kInfer);
  h.Request(kStartNs + 1, 1);
  h.Request(kStartNs + 2, 2);
  EXPECT_EQ(h.TakeOne(ActionKind::kEvict).model_id, 1U);
}

TEST(SchedulerLoadTest, AWantedModelGoesToEveryGpu) {
  Harness h(Small(3));
  h.Request(kStartNs, 0);
  std::vector<std::uint32_t> gpus;
  for (const Sent& load : h.Take(ActionKind::kLoad)) gpus.push_back(load.gpu);
  EXPECT_THAT(gpus, ::testing::UnorderedElementsAre(0, 1, 2));
}

// So many at once, after a pause of the machine for example, that the first would be late before
// the last is decided on.
TEST(SchedulerLoadTest, ATurnDecidesOnSoManyLoadsAndTheNextGoesOn) {
  constexpr std::uint32_t kGpus = 3 * kMaxLoadsPerTurn + 1;
  Harness h(Small(kGpus));
  h.Admit(kStartNs, 0);
  std::vector<std::size_t> per_turn;
  std::set<std::uint32_t> gpus;
  for (int turn = 0; turn < 4; ++turn) {
    h.Advance(kStartNs);
    const std::vector<Sent> loads = h.Take(ActionKind::kLoad);
    per_turn.push_back(loads.size());
    for (const Sent& load : loads) gpus.insert(load.gpu);
    const bool more = turn < 3;
    EXPECT_EQ(h.scheduler->NextWakeNs() <= kStartNs, more) << turn;
  }
  EXPECT_THAT(per_turn, ElementsAre(kMaxLoadsPerTurn, kMaxLoadsPerTurn, kMaxLoadsPerTurn, 1U));
  EXPECT_EQ(gpus.size(), kGpus) << "each once";
}

TEST(SchedulerLoadTest, StopsAtZeroDemandWhenAskedTo) {
  SchedulerOptions options = PublishedOptions();
  options.stop_loads_at_zero_demand = true;
  Harness h(Small(3), options);
  h.Request(kStartNs, 0);
  EXPECT_EQ(h.Take(ActionKind::kLoad).size(), 1U);
}

TEST(SchedulerLoadTest, AModelIsEvictedOnlyWhenAnotherIsWanted) {
  Harness h(ClusterBuilder().Worker(1, 5).Models(2).Build());
  h.Warm(kStartNs - kSecond, 0);
  h.Request(kStartNs, 0);
  EXPECT_THAT(h.Take(ActionKind::kEvict), IsEmpty());
}

}  // namespace
}  // namespace clockwork::controller
