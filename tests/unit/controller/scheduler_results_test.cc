// What results do (spec/controller.md §5.11), late and lost actions (§5.10, §5.15).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "images/common/wire/worker_messages.h"
#include "tests/unit/controller/scheduler_harness.h"

namespace clockwork::controller {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(SchedulerResultsTest, ASuccessAnswersEachRequestWithItsPartOfTheOutput) {
  Harness h(Small());
  h.Requests(4, kStartNs, 0);
  h.LoadDone(kStartNs + 8 * kMs, h.TakeOne(ActionKind::kLoad));
  h.InferDone(kStartNs + 15 * kMs, h.TakeOne(ActionKind::kInfer), {.output = "aabbccdd"});
  ASSERT_THAT(h.answers, SizeIs(4));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(h.answers[i].request, static_cast<std::int32_t>(i));
    EXPECT_EQ(h.answers[i].status, 0);
    EXPECT_EQ(h.answers[i].output, std::string(2, "abcd"[i]));
  }
  EXPECT_EQ(h.scheduler->counters().good, 4U);
  EXPECT_EQ(h.scheduler->pending_requests(), 0U);
}

TEST(SchedulerResultsTest, AnOutputThatCannotBeSharedIsCut) {
  Harness h(Small());
  h.Requests(2, kStartNs, 0);
  h.LoadDone(kStartNs + 8 * kMs, h.TakeOne(ActionKind::kLoad));
  h.InferDone(kStartNs + 15 * kMs, h.TakeOne(ActionKind::kInfer), {.output = "abc"});
  ASSERT_THAT(h.answers, SizeIs(2));
  EXPECT_EQ(h.answers[0].output, "a");
  EXPECT_EQ(h.answers[1].output, "b");
}

TEST(SchedulerResultsTest, AnErrorIsPassedOnAndNothingIsTriedAgain) {
  Harness h(Small());
  h.Requests(2, kStartNs, 0);
  h.LoadDone(kStartNs + 8 * kMs, h.TakeOne(ActionKind::kLoad));
  h.Fail(kStartNs + 15 * kMs, h.TakeOne(ActionKind::kInfer), 82, "weights are gone");
  ASSERT_THAT(h.answers, SizeIs(2));
  for (const Answered& answer : h.answers) {
    EXPECT_EQ(answer.status, 82);
    EXPECT_EQ(answer.message, "weights are gone");
    EXPECT_EQ(answer.output, "");
  }
  h.RunUntil(kStartNs + kSecond);
  EXPECT_THAT(h.sent, IsEmpty());
  EXPECT_THAT(h.answers, SizeIs(2)) << "each once";
  EXPECT_EQ(h.scheduler->pending_requests(), 0U);
  EXPECT_EQ(h.scheduler->counters().failed_actions, 1U);
}

TEST(SchedulerResultsTest, MeasurementsBecomeEstimates) {
  Harness h(ClusterBuilder().Worker(1, 5).Models(2).Build());
  h.Request(kStartNs, 0);
  h.LoadDone(kStartNs + 6 * kMs, h.TakeOne(ActionKind::kLoad), {.duration_ns = 6 * kMs});
  h.InferDone(kStartNs + 12 * kMs, h.TakeOne(ActionKind::kInfer), {.duration_ns = 4 * kMs});
  h.Request(kStartNs + 20 * kMs, 0);
  const Sent infer = h.TakeOne(ActionKind::kInfer);
  EXPECT_EQ(infer.expected_duration_ns, 4 * kMs);
  h.InferDone(kStartNs + 25 * kMs, infer);
  h.Warm(kStartNs + 30 * kMs, 1);  // which evicts model 0
  h.Request(kStartNs + 60 * kMs, 0);
  EXPECT_EQ(h.TakeOne(ActionKind::kLoad).expected_duration_ns, 6 * kMs);
}

TEST(SchedulerResultsTest, AnotherGpuClockChangesTheExpectation) {
  Harness h(Small());
  h.Request(kStartNs, 0);
  h.LoadDone(kStartNs + 8 * kMs, h.TakeOne(ActionKind::kLoad));
  h.InferDone(kStartNs + 12 * kMs, h.TakeOne(ActionKind::kInfer),
              {.duration_ns = 4 * kMs, .clock_before = 690, .clock = 690});
  // 4 ms at 690 MHz, which is also the clock that the next one is expected at.
  h.Request(kStartNs + 20 * kMs, 0);
  const Sent infer = h.TakeOne(ActionKind::kInfer);
  EXPECT_EQ(infer.expected_duration_ns, 4 * kMs);
  h.InferDone(kStartNs + 25 * kMs, infer);
  EXPECT_EQ(h.action_rows.back().expected_gpu_clock, 690);
}

TEST(SchedulerResultsTest, AnEndInTheFutureDoesNotCloseTheGpu) {
  Harness h(ClusterBuilder().Worker(1, 12).Models(2).Build());
  h.Request(kStartNs, 0);
  h.LoadDone(kStartNs + 8 * kMs, h.TakeOne(ActionKind::kLoad), {.end_ns = kStartNs + kSecond});
  h.InferDone(kStartNs + 12 * kMs, h.TakeOne(ActionKind::kInfer), {.end_ns = kStartNs + kSecond});
  h.Request(kStartNs + 20 * kMs, 0);
  h.TakeOne(ActionKind::kInfer);
  h.Request(kStartNs + 20 * kMs, 1);
  h.TakeOne(ActionKind::kLoad);
}

TEST(SchedulerResultsTest, AFailedLoadGivesItsPagesBackAndIsTriedAgain) {
  Harness h(ClusterBuilder().Worker(1, 5).Models(1).Build());
  h.Request(kStartNs, 0);
  h.Fail(kStartNs + 2 * kMs, h.TakeOne(ActionKind::kLoad), wire::kLoadNotEnoughPages, "full");
  EXPECT_EQ(h.scheduler->copies_loaded(0), 0U);
  EXPECT_THAT(h.answers, IsEmpty()) << "the request goes on waiting";
  // Five pages are free again: no eviction.
  const Sent again = h.TakeOne(ActionKind::kLoad);
  EXPECT_THAT(h.sent, IsEmpty());
  h.LoadDone(kStartNs + 10 * kMs, again);
  EXPECT_EQ(h.TakeOne(ActionKind::kInfer).batch_size, 1U);
}

TEST(SchedulerResultsTest, AFailedEvictionIsSurvived) {
  Harness h(ClusterBuilder().Worker(1, 5).Models(2).Build());
  h.Warm(kStartNs - kSecond, 0);
  h.Request(kStartNs, 1);
  h.Fail(kStartNs + 1 * kMs, h.TakeOne(ActionKind::kEvict), wire::kEvictNotInCache, "not there");
  ASSERT_THAT(h.warnings, SizeIs(1));
  EXPECT_THAT(h.warnings[0], HasSubstr("of model 0 failed with status 63: not there"));
  h.LoadDone(kStartNs + 8 * kMs, h.TakeOne(ActionKind::kLoad));
  EXPECT_EQ(h.TakeOne(ActionKind::kInfer).model_id, 1U);
}

TEST(SchedulerResultsTest, ResultsOfUnknownActionsAreIgnoredWithAWarning) {
  Harness h(Small());
  h.Request(kStartNs, 0);
  const Sent load = h.TakeOne(ActionKind::kLoad);
  Sent unknown = load;
  for (const std::int32_t id : {1, -1, 77}) {
    unknown.action_id = id;
    h.LoadDone(kStartNs + 1, unknown);
    h.InferDone(kStartNs + 1, unknown);
    h.EvictDone(kStartNs + 1, unknown);
    h.Fail(kStartNs + 1, unknown, 82, "no");
  }
  EXPECT_THAT(h.warnings, SizeIs(12));
  EXPECT_THAT(h.warnings[0], HasSubstr("action 1 is not a pending load"));
  // A result of another kind than the action.
  h.InferDone(kStartNs + 2, load);
  h.EvictDone(kStartNs + 2, load);
  EXPECT_THAT(h.warnings, SizeIs(14));
  EXPECT_THAT(h.action_rows, IsEmpty());
  EXPECT_THAT(h.answers, IsEmpty());
  h.LoadDone(kStartNs + 8 * kMs, load);
  EXPECT_EQ(h.scheduler->copies_loaded(0), 1U);
  h.LoadDone(kStartNs + 9 * kMs, load);
  EXPECT_THAT(h.warnings, SizeIs(15)) << "the same result twice";
  EXPECT_EQ(h.scheduler->copies_loaded(0), 1U);
}

TEST(SchedulerResultsTest, AnActionThatCouldNotBeSentFailsWhenItWouldHaveBeenOver) {
  Harness h(Small());
  h.Requests(2, kStartNs, 0);
  h.LoadDone(kStartNs + 8 * kMs, h.TakeOne(ActionKind::kLoad));
  const Sent infer = h.TakeOne(ActionKind::kInfer);
  h.NotSent(kStartNs + 10 * kMs, infer);
  EXPECT_THAT(h.answers, IsEmpty());
  EXPECT_EQ(h.scheduler->NextWakeNs(), kStartNs + 17 * kMs) << "latest 14, and 3 for a pair";
  h.RunUntil(kStartNs + 17 * kMs);
  ASSERT_THAT(h.answers, SizeIs(2));
  EXPECT_EQ(h.answers[0].status, 45);
  ASSERT_THAT(h.action_rows, SizeIs(2));
  EXPECT_EQ(h.action_rows[1].t, kStartNs + 10 * kMs) << "when it was dropped";
  EXPECT_EQ(h.action_rows[1].status, 45);
  EXPECT_EQ(h.request_rows[0].t, kStartNs + 17 * kMs);
  EXPECT_EQ(h.scheduler->counters().unsent_actions, 1U);
}

TEST(SchedulerResultsTest, LateErrorsComeInTheOrderOfTheirTimes) {
  // The slow model's action is dropped first but would have been over later.
  ModelDescription slow = SmallModel();
  slow.batches = {{1, 20 * kMs}};
  Harness h(ClusterBuilder().Worker(2).Models(1).Model(slow).Build());
  h.Warm(kStartNs - kSecond, 0);
  h.Warm(kStartNs - kSecond + 20 * kMs, 1);
  h.Request(kStartNs, 1);
  const Sent first = h.TakeOne(ActionKind::kInfer);
  h.Request(kStartNs, 0);
  const Sent second = h.TakeOne(ActionKind::kInfer);
  ASSERT_NE(first.gpu, second.gpu);
  h.NotSent(kStartNs + 2 * kMs, first);
  h.NotSent(kStartNs + 2 * kMs, second);
  h.RunUntil(kStartNs + 100 * kMs);
  ASSERT_THAT(h.answers, SizeIs(2));
  EXPECT_EQ(h.answers[0].model, 0U);
  EXPECT_EQ(h.answers[1].model, 1U);
}

TEST(SchedulerResultsTest, OnNotSentOfAnUnknownActionIsIgnored) {
  Harness h(Small());
  Sent unknown;
  unknown.action_id = 5;
  h.NotSent(kStartNs, unknown);
  EXPECT_EQ(h.scheduler->NextWakeNs(), kNever);
}

TEST(SchedulerLostWorkerTest, ItsActionsFailAndTheOthersGoOn) {
  Harness h(ClusterBuilder().Worker().Worker().Models(2).Build());
  h.Warm(kStartNs - kSecond, 0);
  h.Request(kStartNs, 0);
  h.Request(kStartNs, 0);
  const std::vector<Sent> infers = h.Take(ActionKind::kInfer);
  ASSERT_THAT(infers, SizeIs(2));
  ASSERT_NE(infers[0].worker, infers[1].worker);
  const std::uint32_t lost = infers[0].worker;
  h.Lose(kStartNs + 1, lost);
  ASSERT_THAT(h.answers, SizeIs(1));
  EXPECT_EQ(h.answers[0].request, 1) << "the first after that of warming up";
  EXPECT_EQ(h.answers[0].status, 3);
  EXPECT_EQ(h.answers[0].message, "the worker is gone");
  EXPECT_EQ(h.scheduler->copies_loaded(0), 1U);
  // Its late result is one of an unknown action.
  h.InferDone(kStartNs + 2, infers[0]);
  EXPECT_THAT(h.warnings, SizeIs(1));
  h.InferDone(kStartNs + 3 * kMs, infers[1]);
  EXPECT_THAT(h.answers, SizeIs(2));
  for (int i = 0; i < 4; ++i) h.Request(kStartNs + (10 + i) * kMs, i % 2 == 0 ? 0 : 1);
  ASSERT_FALSE(h.sent.empty());
  for (const Sent& action : h.sent) EXPECT_NE(action.worker, lost);
}

TEST(SchedulerLostWorkerTest, LoadsAndEvictionsUnderWayAreClosed) {
  Harness h(ClusterBuilder().Worker(1, 5).Models(2).Build());
  h.Warm(kStartNs - kSecond, 0);
  h.Request(kStartNs, 1);
  ASSERT_THAT(h.sent, SizeIs(2));
  h.Lose(kStartNs + 1, 0);
  ASSERT_THAT(h.action_rows, SizeIs(2));
  for (const auto& row : h.action_rows) EXPECT_EQ(row.status, 3);
  EXPECT_EQ(h.scheduler->copies_loaded(0), 0U);
  EXPECT_THAT(h.answers, IsEmpty());
  h.RunUntil(kStartNs + kSecond);
  ASSERT_THAT(h.answers, SizeIs(1)) << "no GPU is left: it times out";
  EXPECT_EQ(h.answers[0].status, 4);
  EXPECT_THAT(h.sent, SizeIs(2));
  EXPECT_EQ(h.scheduler->NextWakeNs(), kNever);
}

TEST(SchedulerLostWorkerTest, LosingItTwiceOrWithoutWorkIsHarmless) {
  Harness h(ClusterBuilder().Worker().Worker().Models(1).Build());
  h.Lose(kStartNs, 1);
  h.Lose(kStartNs, 1);
  h.Request(kStartNs, 0);
  EXPECT_EQ(h.TakeOne(ActionKind::kLoad).worker, 0U);
}

TEST(SchedulerLostWorkerTest, AnUnsentActionOfItIsReportedOnce) {
  Harness h(Small());
  h.Request(kStartNs, 0);
  h.LoadDone(kStartNs + 8 * kMs, h.TakeOne(ActionKind::kLoad));
  h.NotSent(kStartNs + 10 * kMs, h.TakeOne(ActionKind::kInfer));
  h.Lose(kStartNs + 11 * kMs, 0);
  h.RunUntil(kStartNs + kSecond);
  ASSERT_THAT(h.answers, SizeIs(1));
  EXPECT_EQ(h.answers[0].status, 3);
  EXPECT_THAT(h.action_rows, SizeIs(2));
}

}  // namespace
}  // namespace clockwork::controller
