// Admission, deadlines and time-outs (spec/controller.md §5.6).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "images/common/wire/client_messages.h"
#include "tests/unit/controller/scheduler_harness.h"

namespace clockwork::controller {
namespace {

using ::testing::ElementsAre;

TEST(SchedulerAdmissionTest, AnUnknownModelIsAnsweredAtOnce) {
  const Cluster cluster = ClusterBuilder().Worker().Models(2).Hole().Model().Build();
  for (const std::uint32_t model : {2U, 4U, 5U, UINT32_MAX}) {
    Harness h(cluster);
    h.Request(kStartNs, model, {.slo_factor = 2, .batch_size = 3});
    ASSERT_EQ(h.answers.size(), 1U) << model;
    EXPECT_EQ(h.answers[0].status, wire::kStatusError);
    EXPECT_EQ(h.answers[0].message, "unknown model id");
    EXPECT_EQ(h.answers[0].model, model);
    EXPECT_EQ(h.answers[0].batch_size, 3U);
    ASSERT_EQ(h.request_rows.size(), 1U);
    EXPECT_EQ(Line(h.request_rows[0]), "1000000000000\t0\t1\t17\t" +
                                           std::to_string(static_cast<std::int32_t>(model)) +
                                           "\t2\t0\t-1\t0\t0\t0\t0");
    EXPECT_TRUE(h.sent.empty());
    EXPECT_EQ(h.scheduler->NextWakeNs(), kNever);
  }
}

TEST(SchedulerAdmissionTest, WhatComesFasterThanItIsDecidedOnIsShed) {
  Harness h(Small());
  h.Request(kStartNs, 0, {.behind_ns = kShedBehindNs});
  EXPECT_EQ(h.scheduler->pending_requests(), 1U) << "at the limit it is still taken";
  h.Request(kStartNs, 0, {.slo_factor = 3, .behind_ns = kShedBehindNs + 1});
  EXPECT_EQ(h.scheduler->pending_requests(), 1U);
  EXPECT_EQ(h.scheduler->counters().shed, 1U);
  EXPECT_EQ(h.scheduler->counters().timeouts, 0U);
  ASSERT_EQ(h.answers.size(), 1U);
  EXPECT_EQ(h.answers[0].request, 1);
  EXPECT_EQ(h.answers[0].status, wire::kStatusTimeout);
  EXPECT_EQ(h.answers[0].message, "shed: the controller is behind");
  ASSERT_EQ(h.request_rows.size(), 1U);
  EXPECT_EQ(Line(h.request_rows[0]), "1000000000000\t1\t4\t17\t0\t3\t0\t6000000\t0\t0\t0\t0");
}

TEST(SchedulerAdmissionTest, AnUnknownModelIsUnknownHoweverFarBehindTheControllerIs) {
  Harness h(Small());
  h.Request(kStartNs, 9, {.behind_ns = kSecond});
  ASSERT_EQ(h.answers.size(), 1U);
  EXPECT_EQ(h.answers[0].status, wire::kStatusError);
  EXPECT_EQ(h.scheduler->counters().shed, 0U);
}

TEST(SchedulerAdmissionTest, ARequestTimesOutFiveMillisecondsBeforeItsSlo) {
  Harness h(Small());
  h.Request(kStartNs, 0);
  h.RunUntil(kStartNs + 95 * kMs - 1);
  EXPECT_TRUE(h.answers.empty());
  EXPECT_EQ(h.scheduler->NextWakeNs(), kStartNs + 95 * kMs);
  h.RunUntil(kStartNs + 95 * kMs);
  ASSERT_EQ(h.answers.size(), 1U);
  EXPECT_EQ(h.answers[0].status, wire::kStatusTimeout);
  ASSERT_EQ(h.request_rows.size(), 1U);
  EXPECT_EQ(Line(h.request_rows[0]),
            "1000095000000\t0\t4\t17\t0\t0\t95000000\t100000000\t0\t0\t0\t0");
  EXPECT_EQ(h.scheduler->pending_requests(), 0U);
  EXPECT_EQ(h.scheduler->counters().timeouts, 1U);
}

TEST(SchedulerAdmissionTest, ATimeOutTellsHowManyCopiesThereAreByThen) {
  Harness h(Small(2));
  h.Request(kStartNs, 0);
  for (const Sent& load : h.Take(ActionKind::kLoad)) h.LoadDone(kStartNs + 94 * kMs, load);
  EXPECT_TRUE(h.sent.empty()) << "too late for any batch";
  h.RunUntil(kStartNs + 95 * kMs);
  ASSERT_EQ(h.request_rows.size(), 1U);
  EXPECT_EQ(h.request_rows[0].result, wire::kStatusTimeout);
  EXPECT_EQ(h.request_rows[0].arrival_count, 0);
  EXPECT_EQ(h.request_rows[0].departure_count, 2);
  EXPECT_TRUE(h.request_rows[0].is_coldstart);
}

struct SloCase {
  std::string what;
  float factor;
  Nanos timeout_ns;
  Nanos deadline_ns;
};

TEST(SchedulerAdmissionTest, TheSloFactorCountsInBatchesOfOne) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<SloCase> cases = {
      {"0: the default", 0, 95 * kMs, 100 * kMs},
      {"negative: the default", -3, 95 * kMs, 100 * kMs},
      {"no number: the default", kNan, 95 * kMs, 100 * kMs},
      {"ten times 2 ms", 10, 15 * kMs, 20 * kMs},
      {"100 times 2 ms", 100, 195 * kMs, 200 * kMs},
      {"at least AHEAD + BUF to execute", 7, 10 * kMs, 14 * kMs},
      {"shorter than BUF", 2, 10 * kMs, 4 * kMs},
      {"so short that it is nothing", 1e-9F, 10 * kMs, 0},
      {"float32: 2,000,000 * 8.3", 8.3F, 11'600'000, 16'600'000},
  };
  for (const SloCase& c : cases) {
    Harness h(Small());
    h.Request(kStartNs, 0, {.slo_factor = c.factor});
    h.RunUntil(kStartNs + c.timeout_ns - 1);
    EXPECT_TRUE(h.answers.empty()) << c.what;
    h.RunUntil(kStartNs + c.timeout_ns);
    ASSERT_EQ(h.request_rows.size(), 1U) << c.what;
    EXPECT_EQ(h.request_rows[0].deadline, c.deadline_ns) << c.what;
    EXPECT_FALSE(h.request_rows[0].deadline_met) << c.what;
  }
}

TEST(SchedulerAdmissionTest, AnEndlessSloIsCut) {
  for (const float factor : {1e9F, 1e30F, std::numeric_limits<float>::infinity()}) {
    Harness h(Small());
    h.Request(kStartNs, 0, {.slo_factor = factor});
    h.RunUntil(kStartNs + kMaxSloNs - kDeadlineBufferNs - 1);
    EXPECT_TRUE(h.answers.empty()) << factor;
    h.RunUntil(kStartNs + kMaxSloNs - kDeadlineBufferNs);
    ASSERT_EQ(h.request_rows.size(), 1U) << factor;
    EXPECT_EQ(h.request_rows[0].deadline, kMaxSloNs) << factor;
  }
}

TEST(SchedulerAdmissionTest, TheUnitOfTheSloFactorIsTheEstimateAtTheStart) {
  Harness h(Small());
  h.Request(kStartNs, 0);
  h.LoadDone(kStartNs + 8 * kMs, h.TakeOne(ActionKind::kLoad));
  h.InferDone(kStartNs + 20 * kMs, h.TakeOne(ActionKind::kInfer), {.duration_ns = 9 * kMs});
  h.Request(kStartNs + 30 * kMs, 0, {.slo_factor = 10});
  h.InferDone(kStartNs + 40 * kMs, h.TakeOne(ActionKind::kInfer));
  EXPECT_EQ(h.request_rows.back().deadline, 20 * kMs);
}

TEST(SchedulerAdmissionTest, TimesLongerThanTheSloDoNotOverflow) {
  ModelDescription model = SmallModel();
  model.batches = {{1, kMaxEstimateNs}};
  model.load_ns = kMaxEstimateNs;
  SchedulerOptions options = PublishedOptions();
  options.default_slo_ns = kMaxSloNs;
  Harness h(ClusterBuilder().Worker().Model(model).Build(), options);
  h.Request(kStartNs, 0);
  EXPECT_EQ(h.TakeOne(ActionKind::kLoad).expected_duration_ns, kMaxEstimateNs);
}

TEST(SchedulerAdmissionTest, WhatCanWaitLeastForItsLoadIsLoadedFirst) {
  Harness h(Small(1, 3));
  // Load demand = 2 ms * 100 ms / load SLO. Of the SLO, 8 (load) + 2 + 5 + 5 ms are needed
  // otherwise.
  h.Admit(kStartNs, 0);                          // min(25, 100 - 20): 25, so 8 ms
  h.Admit(kStartNs, 1, {.slo_factor = 15});      // max(30 - 20, 10): 10, so 20 ms
  h.Request(kStartNs, 2, {.slo_factor = 7.5F});  // 15 - 20 < 0: 15, so 13.3 ms
  h.RunUntil(kStartNs + 15 * kMs);
  std::vector<std::uint32_t> order;
  for (const Sent& load : h.Take(ActionKind::kLoad)) order.push_back(load.model_id);
  EXPECT_THAT(order, ElementsAre(1, 2, 0));
}

// One that waits for a load that does not end has the first deadline, so that no later one is ever
// the next. Every tenth of the others waits for that load, too.
TEST(SchedulerAdmissionTest, TheDeadlinesOfAnsweredRequestsAreNotKept) {
  constexpr int kRequests = 1000;
  constexpr int kWaitEvery = 10;
  Harness h(Small(1, 2));
  h.Warm(kStartNs, 0);
  const Nanos first_ns = kStartNs + kSecond;
  h.Request(first_ns, 1, {.slo_factor = 50'000});  // of 2 ms: until 100 s
  std::vector<std::int32_t> waiting;
  std::size_t most = 0;
  for (int i = 0; i < kRequests; ++i) {
    const Nanos now_ns = first_ns + i * 10 * kMs;
    // Until 200 s and later; those that wait in the opposite of the order in which they came.
    if (i % kWaitEvery == 0) {
      waiting.push_back(
          h.Request(now_ns, 1, {.slo_factor = static_cast<float>(100'000 + 20 * (kRequests - i))}));
    } else {
      h.Request(now_ns, 0, {.slo_factor = static_cast<float>(100'000 + 20 * i)});
      h.InferDone(now_ns + 5 * kMs, h.TakeOne(ActionKind::kInfer));
    }
    most = std::max(most, h.scheduler->kept_deadlines());
    ASSERT_LE(h.scheduler->kept_deadlines(),
              Scheduler::kDeadlinesPerRequest * h.scheduler->pending_requests());
  }
  EXPECT_GT(most, waiting.size()) << "looking through all for each would cost too much";
  EXPECT_EQ(h.answers.size(), static_cast<std::size_t>(kRequests) - waiting.size());
  h.answers.clear();

  h.RunUntil(first_ns + 100 * kSecond - kDeadlineBufferNs);
  ASSERT_EQ(h.answers.size(), 1U);
  EXPECT_EQ(h.answers[0].status, wire::kStatusTimeout);
  h.answers.clear();
  h.RunUntil(first_ns + 300 * kSecond);
  std::vector<std::int32_t> timed_out;
  for (const Answered& answer : h.answers) timed_out.push_back(answer.request);
  std::reverse(waiting.begin(), waiting.end());
  EXPECT_EQ(timed_out, waiting);
  EXPECT_EQ(h.scheduler->kept_deadlines(), 0U);
  EXPECT_EQ(h.scheduler->NextWakeNs(), kNever);
}

TEST(SchedulerAdmissionTest, DemandIsCancelledByTheTimeOut) {
  ModelDescription slow = SmallModel();
  slow.load_ns = 30 * kMs;
  Harness h(ClusterBuilder().Worker().Model(slow).Models(1).Build());
  h.Request(kStartNs, 0);
  h.Request(kStartNs, 1, {.slo_factor = 6});
  h.RunUntil(kStartNs + 50 * kMs);
  h.TakeOne(ActionKind::kLoad);
  EXPECT_EQ(h.answers.size(), 1U);
  EXPECT_TRUE(h.sent.empty()) << "the GPU has been free to load since 25 ms";
}

TEST(SchedulerAdmissionTest, ARequestInAnActionIsNeverTimedOut) {
  Harness h(Small());
  h.Request(kStartNs, 0);
  h.LoadDone(kStartNs + 8 * kMs, h.TakeOne(ActionKind::kLoad));
  const Sent infer = h.TakeOne(ActionKind::kInfer);
  h.RunUntil(kStartNs + 10 * kSecond);
  EXPECT_TRUE(h.answers.empty());
  EXPECT_EQ(h.scheduler->NextWakeNs(), kNever);
  h.InferDone(kStartNs + 10 * kSecond, infer);
  ASSERT_EQ(h.answers.size(), 1U);
  EXPECT_EQ(h.answers[0].status, wire::kStatusSuccess);
  EXPECT_FALSE(h.request_rows[0].deadline_met);
  EXPECT_EQ(h.scheduler->counters().good, 0U);
}

TEST(SchedulerAdmissionTest, GoodIsUntilTheSloNotUntilTheDeadlineOfPlanning) {
  struct Case {
    Nanos after_ns;
    bool good;
  };
  for (const Case& c :
       {Case{95 * kMs + 1, true}, Case{100 * kMs, true}, Case{100 * kMs + 1, false}}) {
    Harness h(Small());
    h.Request(kStartNs, 0);
    h.LoadDone(kStartNs + 8 * kMs, h.TakeOne(ActionKind::kLoad));
    h.InferDone(kStartNs + c.after_ns, h.TakeOne(ActionKind::kInfer));
    EXPECT_EQ(h.request_rows[0].deadline_met, c.good) << c.after_ns;
    EXPECT_EQ(h.request_rows[0].result, 0);
    EXPECT_EQ(h.action_rows.back().goodput, c.good ? 2 * kMs : 0) << c.after_ns;
  }
}

TEST(SchedulerAdmissionTest, ArrivalCountsAreOfTheMomentOfAdmission) {
  Harness h(Small(3));
  h.Request(kStartNs, 0);
  const std::vector<Sent> loads = h.Take(ActionKind::kLoad);
  ASSERT_EQ(loads.size(), 3U);
  h.LoadDone(kStartNs + 8 * kMs, loads[0]);
  h.Request(kStartNs + 9 * kMs, 0);
  h.LoadDone(kStartNs + 10 * kMs, loads[1]);
  for (const Sent& infer : h.Take(ActionKind::kInfer)) h.InferDone(kStartNs + 14 * kMs, infer);
  ASSERT_EQ(h.request_rows.size(), 2U);
  EXPECT_EQ(h.request_rows[0].arrival_count, 0);
  EXPECT_EQ(h.request_rows[0].departure_count, 2);
  EXPECT_TRUE(h.request_rows[0].is_coldstart);
  EXPECT_EQ(h.request_rows[1].arrival_count, 1);
  EXPECT_EQ(h.request_rows[1].departure_count, 2);
  EXPECT_FALSE(h.request_rows[1].is_coldstart);
}

}  // namespace
}  // namespace clockwork::controller
