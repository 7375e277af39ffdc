// Which requests become a batch, and whose turn it is (spec/controller.md §5.7, §5.8).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "images/common/wire/client_messages.h"
#include "tests/unit/controller/scheduler_harness.h"

namespace clockwork::controller {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

std::vector<std::uint32_t> BatchSizes(const std::vector<Sent>& infers) {
  std::vector<std::uint32_t> sizes;
  for (const Sent& infer : infers) sizes.push_back(infer.batch_size);
  return sizes;
}
std::vector<std::uint32_t> Models(const std::vector<Sent>& infers) {
  std::vector<std::uint32_t> models;
  for (const Sent& infer : infers) models.push_back(infer.model_id);
  return models;
}
std::vector<std::int32_t> RequestsAnswered(const Harness& h, std::int32_t status) {
  std::vector<std::int32_t> requests;
  for (const Answered& answer : h.answers) {
    if (answer.status == status) requests.push_back(answer.request);
  }
  return requests;
}

TEST(SchedulerBatchingTest, TheLargestFullBatchIsTaken) {
  struct Case {
    int waiting;
    std::vector<std::uint32_t> batches;
  };
  const std::vector<Case> cases = {
      {1, {1}}, {2, {2}}, {3, {2, 1}}, {4, {4}}, {7, {4}}, {8, {8}}, {20, {8}},
  };
  for (const Case& c : cases) {
    Harness h(Small());
    h.Requests(c.waiting, kStartNs, 0);
    h.LoadDone(kStartNs + 8 * kMs, h.TakeOne(ActionKind::kLoad));
    // After batches of 4 (5 ms) and 8 (8 ms) nothing more is planned until they near their end.
    EXPECT_EQ(BatchSizes(h.Take(ActionKind::kInfer)), c.batches) << c.waiting;
  }
}

TEST(SchedulerBatchingTest, FirstInFirstOut) {
  Harness h(Small());
  for (int i = 0; i < 5; ++i) h.Request(kStartNs + i, 0, {.input = std::string(1, "abcde"[i])});
  h.LoadDone(kStartNs + 8 * kMs, h.TakeOne(ActionKind::kLoad));
  h.RunUntil(kStartNs + 12 * kMs);
  const std::vector<Sent> infers = h.Take(ActionKind::kInfer);
  ASSERT_EQ(infers.size(), 2U);
  EXPECT_EQ(infers[0].inputs, "abcd");
  EXPECT_EQ(infers[1].inputs, "e");
}

TEST(SchedulerBatchingTest, BatchesThatWouldEndTooLateAreNotFormed) {
  Harness h(Small());
  h.Requests(4, kStartNs, 0);
  // Planned from 92 ms: 2 end at 95, the deadline, 4 would end at 97.
  h.LoadDone(kStartNs + 91 * kMs, h.TakeOne(ActionKind::kLoad));
  EXPECT_THAT(BatchSizes(h.Take(ActionKind::kInfer)), ElementsAre(2));
  // The others could begin at 94 only.
  h.RunUntil(kStartNs + 95 * kMs);
  EXPECT_THAT(RequestsAnswered(h, wire::kStatusTimeout), ElementsAre(2, 3));
}

TEST(SchedulerBatchingTest, ALargerBatchDropsOlderRequestsThatOnlyFitASmallerOne) {
  Harness h(Small());
  h.Request(kStartNs, 0);
  h.Requests(2, kStartNs + 1 * kMs, 0);
  // Planned from 92.5 ms. The first could still run alone until 94.5, but not in a pair until 95.5.
  h.LoadDone(kStartNs + 91 * kMs + 500'000, h.TakeOne(ActionKind::kLoad));
  const Sent infer = h.TakeOne(ActionKind::kInfer);
  EXPECT_EQ(infer.batch_size, 2U);
  h.InferDone(kStartNs + 96 * kMs, infer);
  EXPECT_THAT(RequestsAnswered(h, wire::kStatusSuccess), ElementsAre(1, 2));
  EXPECT_THAT(RequestsAnswered(h, wire::kStatusTimeout), ElementsAre(0));
}

TEST(SchedulerBatchingTest, ExactlyAtTheDeadlineIsInTime) {
  for (const Nanos late_ns : {0, 1}) {
    Harness h(Small());
    h.Request(kStartNs, 0);
    h.LoadDone(kStartNs + 92 * kMs + late_ns, h.TakeOne(ActionKind::kLoad));
    EXPECT_EQ(h.Take(ActionKind::kInfer).size(), late_ns == 0 ? 1U : 0U);
  }
}

TEST(SchedulerBatchingTest, AnsweredRequestsTakeNoPlaceInABatch) {
  Harness h(Small());
  h.Request(kStartNs, 0);
  h.Request(kStartNs, 0, {.slo_factor = 6});  // times out at 10 ms, between the others
  h.Request(kStartNs, 0);
  const Sent load = h.TakeOne(ActionKind::kLoad);
  h.RunUntil(kStartNs + 20 * kMs);
  EXPECT_THAT(RequestsAnswered(h, wire::kStatusTimeout), ElementsAre(1));
  h.LoadDone(kStartNs + 20 * kMs, load);
  const Sent infer = h.TakeOne(ActionKind::kInfer);
  EXPECT_EQ(infer.batch_size, 2U);
  h.InferDone(kStartNs + 24 * kMs, infer);
  EXPECT_THAT(RequestsAnswered(h, wire::kStatusSuccess), ElementsAre(0, 2));
}

TEST(SchedulerBatchingTest, CountsTheQueuedRequests) {
  Harness h(Small());
  h.Requests(3, kStartNs, 0);
  h.LoadDone(kStartNs + 8 * kMs, h.TakeOne(ActionKind::kLoad));
  for (const Sent& infer : h.Take(ActionKind::kInfer)) h.InferDone(kStartNs + 15 * kMs, infer);
  ASSERT_EQ(h.action_rows.size(), 3U);
  EXPECT_EQ(h.action_rows[0].requests_queued, 3) << "when the load was sent";
  EXPECT_EQ(h.action_rows[1].requests_queued, 1) << "behind the batch of 2";
  EXPECT_EQ(h.action_rows[2].requests_queued, 0);
}

TEST(SchedulerBatchingTest, RequestsDroppedInVainAreNotSubtracted) {
  Harness h(Small());
  h.Request(kStartNs, 0);
  h.LoadDone(kStartNs + 94 * kMs, h.TakeOne(ActionKind::kLoad));
  EXPECT_TRUE(h.sent.empty()) << "dropped: it would end too late";
  h.RunUntil(kStartNs + 200 * kMs);
  h.Request(kStartNs + 200 * kMs, 0);
  h.InferDone(kStartNs + 203 * kMs, h.TakeOne(ActionKind::kInfer));
  EXPECT_EQ(h.action_rows.back().requests_queued, 1);
}

TEST(SchedulerBatchingTest, ARequestThatTimesOutBetweenOthersIsSubtractedOnce) {
  Harness h(Small());
  h.Request(kStartNs, 0);
  h.Request(kStartNs, 0, {.slo_factor = 6});
  h.Request(kStartNs, 0);
  const Sent load = h.TakeOne(ActionKind::kLoad);
  h.RunUntil(kStartNs + 20 * kMs);
  h.LoadDone(kStartNs + 20 * kMs, load);
  h.InferDone(kStartNs + 24 * kMs, h.TakeOne(ActionKind::kInfer));
  EXPECT_EQ(h.action_rows.back().requests_queued, 0);
}

// One GPU with models 0 (small), 1 (small) and 2 (slower), all loaded, busy until 3 ms + 1 ns with
// a batch of eight of model 0.
class SchedulerOrderTest : public ::testing::Test {
 protected:
  SchedulerOrderTest() : h_(ClusterBuilder().Worker().Models(2).Model(Slower()).Build()) {
    for (const std::uint32_t model : {0U, 1U, 2U}) {
      h_.Warm(kStartNs - kSecond + model * 20 * kMs, model);
    }
    h_.Requests(8, kStartNs, 0);
    EXPECT_EQ(h_.TakeOne(ActionKind::kInfer).batch_size, 8U);
  }
  static ModelDescription Slower() {
    ModelDescription model = SmallModel();
    model.batches = {{1, 3 * kMs}, {2, 4 * kMs}, {4, 6 * kMs}, {8, 9 * kMs}};
    return model;
  }
  std::vector<std::uint32_t> FirstModels() {
    h_.RunUntil(kStartNs + 3 * kMs);
    EXPECT_TRUE(h_.sent.empty());
    h_.RunUntil(kStartNs + 30 * kMs);
    return Models(h_.Take(ActionKind::kInfer));
  }

  Harness h_;
};

TEST_F(SchedulerOrderTest, TheEarlierDeadlineFirst) {
  h_.Request(kStartNs + 1, 1);
  h_.Request(kStartNs + 2, 0);
  EXPECT_THAT(FirstModels(), ElementsAre(1, 0));
}

TEST_F(SchedulerOrderTest, TheLongerWorkFirst) {
  h_.Request(kStartNs + 1, 0);
  h_.Request(kStartNs + 2, 2);
  EXPECT_THAT(FirstModels(), ElementsAre(2, 0));
}

TEST_F(SchedulerOrderTest, AllElseEqualTheSmallerModelId) {
  h_.Request(kStartNs + 1, 1);
  h_.Request(kStartNs + 1, 0);
  EXPECT_THAT(FirstModels(), ElementsAre(0, 1));
}

TEST_F(SchedulerOrderTest, AtEqualPriorityTheSmallerBatchFirst) {
  // 100 - 5 - 8 ms for a batch of 8 of model 1; model 2 has 9 ms, so it must come 1 ms later.
  h_.Requests(8, kStartNs + 1, 1);
  h_.Request(kStartNs + 1 * kMs + 1, 2, {});
  // Equal priorities and batches: the smaller model id. The batch of 8 of model 2 is not full and
  // comes back as one of 4 only, whose priority is later.
  EXPECT_THAT(FirstModels(), ElementsAre(1, 2));
}

TEST_F(SchedulerOrderTest, ABatchThatIsNotFullComesBackAsSmallerOnes) {
  // One of model 0 goes first by its batch of 8 (latest start 87 ms), which is not full. As a batch
  // of 4 it has 90 ms, behind the full batch of model 1 with 88 ms.
  h_.Request(kStartNs + 1, 0);
  h_.Requests(8, kStartNs + 1 * kMs, 1);
  EXPECT_THAT(FirstModels(), ElementsAre(1, 0));
}

TEST_F(SchedulerOrderTest, ABatchMayBeLargerThanWhatItsTurnCameFor) {
  // Model 0 has seven requests: its batch of 8 fails. Then it comes for a batch of 4, and by then
  // an eighth request has come too.
  h_.Requests(7, kStartNs + 1, 0);
  h_.Request(kStartNs + 2, 0);
  h_.RunUntil(kStartNs + 30 * kMs);
  EXPECT_THAT(BatchSizes(h_.Take(ActionKind::kInfer)), ElementsAre(8));
}

TEST(SchedulerTurnsTest, StrategiesAreNotRefreshedWhileTheyWait) {
  Harness h(Small(2, 2));
  h.Warm(kStartNs - kSecond, 0);
  h.Warm(kStartNs - kSecond + 20 * kMs, 1);
  h.Requests(16, kStartNs, 0);
  const std::vector<Sent> busy = h.Take(ActionKind::kInfer);
  ASSERT_THAT(BatchSizes(busy), ElementsAre(8, 8));
  // Both GPUs note eight requests of model 0 from 0.5 ms. The first GPU takes them.
  h.Requests(8, kStartNs + 500'000, 0);
  h.InferDone(kStartNs + 1 * kMs, busy[0]);
  const Sent third = h.TakeOne(ActionKind::kInfer);
  EXPECT_EQ(third.gpu, busy[0].gpu);
  // Now model 1 has the earlier deadline; but the second GPU still goes by what it noted.
  h.Requests(8, kStartNs + 1'500'000, 1);
  h.Requests(8, kStartNs + 2 * kMs, 0);
  h.InferDone(kStartNs + 2'500'000, busy[1]);
  const Sent fourth = h.TakeOne(ActionKind::kInfer);
  EXPECT_EQ(fourth.gpu, busy[1].gpu);
  EXPECT_EQ(fourth.model_id, 0U);
  EXPECT_EQ(fourth.batch_size, 8U);
  h.InferDone(kStartNs + 8 * kMs, third);
  EXPECT_EQ(h.TakeOne(ActionKind::kInfer).model_id, 1U);
}

TEST(SchedulerTurnsTest, FreeGpusTakeTurns) {
  Harness h(Small(4));
  h.Warm(kStartNs - kSecond, 0);
  std::vector<std::uint32_t> gpus;
  for (int i = 0; i < 8; ++i) {
    const Nanos now_ns = kStartNs + i * 10 * kMs;
    h.Request(now_ns, 0);
    const Sent infer = h.TakeOne(ActionKind::kInfer);
    gpus.push_back(infer.gpu);
    h.InferDone(now_ns + 3 * kMs, infer);
  }
  EXPECT_EQ(std::vector<std::uint32_t>(gpus.begin(), gpus.begin() + 4),
            std::vector<std::uint32_t>(gpus.begin() + 4, gpus.end()));
  gpus.resize(4);
  EXPECT_THAT(gpus, UnorderedElementsAre(0, 1, 2, 3));
}

TEST(SchedulerTurnsTest, NothingIsPlannedFurtherAheadThanScheduleAhead) {
  Harness h(Small());
  h.Warm(kStartNs - kSecond, 0);
  // Each alone takes 2 ms. Planned starts: 1 ms, 2 ms, 4 ms; the next would be 6 ms.
  for (int i = 0; i < 6; ++i) h.Request(kStartNs, 0);
  EXPECT_EQ(h.Take(ActionKind::kInfer).size(), 3U);
  EXPECT_EQ(h.scheduler->NextWakeNs(), kStartNs + 1 * kMs + 1);
  h.RunUntil(kStartNs + 1 * kMs + 1);
  EXPECT_THAT(BatchSizes(h.Take(ActionKind::kInfer)), ElementsAre(2));
}

TEST(SchedulerTurnsTest, ACompletedLoadBeginsWithWhatWaits) {
  Harness h(Small(2));
  h.Requests(3, kStartNs, 0);
  const std::vector<Sent> loads = h.Take(ActionKind::kLoad);
  ASSERT_EQ(loads.size(), 2U);
  h.LoadDone(kStartNs + 8 * kMs, loads[1]);
  for (const Sent& infer : h.Take(ActionKind::kInfer)) EXPECT_EQ(infer.gpu, loads[1].gpu);
}

TEST(SchedulerTurnsTest, AStuckGpuDoesNotKeepTheSchedulerAwake) {
  Harness h(Small());
  h.Warm(kStartNs - kSecond, 0);
  h.Request(kStartNs, 0);
  h.TakeOne(ActionKind::kInfer);
  // The first is 9.9 ms late when a batch of eight follows: much work behind a front that is
  // overdue.
  h.Requests(8, kStartNs + 11'900'000, 0);
  h.TakeOne(ActionKind::kInfer);
  h.Requests(8, kStartNs + 12'100'000, 0);
  h.RunUntil(kStartNs + 60 * kMs);
}

}  // namespace
}  // namespace clockwork::controller
