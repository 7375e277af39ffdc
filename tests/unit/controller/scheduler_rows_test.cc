// Every column of the two logs (spec/telemetry.md §2.2, §2.3).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/controller/scheduler_harness.h"

namespace clockwork::controller {
namespace {

using ::testing::SizeIs;

// Two workers; the second has two GPUs with room for one of two models each.
class SchedulerRowsTest : public ::testing::Test {
 protected:
  SchedulerRowsTest() : h_(ClusterBuilder().Worker(1, 5).Worker(2, 5).Models(2).Build()) {}

  // A time of the worker as it stands on the wire.
  static std::uint64_t At(Nanos after_ns) {
    return static_cast<std::uint64_t>(kStartNs + after_ns);
  }
  // Model 0 is loaded on every GPU; then the action that is wanted of the last GPU.
  Sent OfLastGpu(ActionKind kind) {
    for (const Sent& action : h_.Take(kind)) {
      if (action.worker == 1 && action.gpu == 1) return action;
    }
    ADD_FAILURE() << "nothing was sent there";
    return {};
  }

  Harness h_;
};

TEST_F(SchedulerRowsTest, Load) {
  h_.Requests(3, kStartNs, 0);
  h_.LoadDone(kStartNs + 9 * kMs, OfLastGpu(ActionKind::kLoad),
              {.duration_ns = 7'600'001,
               .end_ns = kStartNs + 8'700'000,
               .received_ns = At(200'000),
               .result_sent_ns = At(8'800'000)});
  ASSERT_THAT(h_.action_rows, SizeIs(1));
  EXPECT_EQ(Line(h_.action_rows[0]),
            "1000009000000\t2\t1\t0\t1\t1\t0\t1\t8000000\t7600001\t9000000\t8700000\t0\t0\t0\t0\t"
            "200000\t8800000\t9000000\t9000000\t7600001\t3\t0");
}

TEST_F(SchedulerRowsTest, Infer) {
  h_.Requests(2, kStartNs - 50 * kMs, 0);
  h_.LoadDone(kStartNs, OfLastGpu(ActionKind::kLoad));
  const Sent infer = h_.TakeOne(ActionKind::kInfer);
  h_.InferDone(kStartNs + 6 * kMs, infer,
               {.duration_ns = 3'500'000,
                .end_ns = kStartNs + 5 * kMs,
                .copy_output_end_ns = kStartNs + 5'100'000,
                .result_sent_ns = At(5'200'000),
                .clock_before = 1370,
                .clock = 1390});
  EXPECT_EQ(Line(h_.action_rows.back()),
            "1000006000000\t3\t2\t0\t1\t1\t0\t2\t3000000\t3500000\t4000000\t5000000\t1380\t1370\t"
            "1390\t5100000\t0\t5200000\t6000000\t6000000\t3500000\t0\t1");
  ASSERT_THAT(h_.request_rows, SizeIs(2));
  EXPECT_EQ(Line(h_.request_rows[1]),
            "1000006000000\t1\t0\t17\t0\t0\t56000000\t100000000\t1\t0\t1\t1");
}

TEST_F(SchedulerRowsTest, Evict) {
  h_.Warm(kStartNs - kSecond, 0);
  h_.Request(kStartNs, 1);
  h_.EvictDone(kStartNs + 400'000, OfLastGpu(ActionKind::kEvict),
               {.duration_ns = 1'000,
                .end_ns = kStartNs + 201'000,
                .received_ns = At(200'000),
                .result_sent_ns = At(300'000)});
  ASSERT_THAT(h_.action_rows, SizeIs(1));
  // Three copies of the evicted model there were before the first eviction, and this is the third.
  EXPECT_EQ(
      Line(h_.action_rows[0]),
      "1000000400000\t8\t3\t0\t1\t1\t0\t1\t0\t1000\t0\t0\t0\t0\t0\t0\t200000\t300000\t400000\t"
      "400000\t1000\t0\t1");
}

TEST_F(SchedulerRowsTest, LoadError) {
  h_.Requests(3, kStartNs, 0);
  h_.Fail(kStartNs + 2 * kMs, OfLastGpu(ActionKind::kLoad), 53, "full",
          {.received_ns = At(200'000), .result_sent_ns = At(1'900'000)});
  ASSERT_THAT(h_.action_rows, SizeIs(1));
  EXPECT_EQ(
      Line(h_.action_rows[0]),
      "1000002000000\t2\t1\t53\t1\t1\t0\t1\t8000000\t0\t9000000\t0\t0\t0\t0\t0\t200000\t1900000"
      "\t2000000\t2000000\t0\t3\t0");
}

TEST_F(SchedulerRowsTest, InferError) {
  h_.Requests(2, kStartNs - 50 * kMs, 0);
  h_.LoadDone(kStartNs, OfLastGpu(ActionKind::kLoad));
  h_.Fail(kStartNs + 6 * kMs, h_.TakeOne(ActionKind::kInfer), 81, "too late",
          {.received_ns = At(100'000), .result_sent_ns = At(5'900'000)});
  EXPECT_EQ(Line(h_.action_rows.back()),
            "1000006000000\t3\t2\t81\t1\t1\t0\t2\t3000000\t0\t4000000\t0\t1380\t0\t0\t0\t100000\t"
            "5900000\t6000000\t6000000\t0\t0\t1");
  ASSERT_THAT(h_.request_rows, SizeIs(2));
  EXPECT_EQ(Line(h_.request_rows[0]),
            "1000006000000\t0\t81\t17\t0\t0\t56000000\t100000000\t0\t0\t0\t0")
      << "no departure count, no cold start";
}

TEST_F(SchedulerRowsTest, EvictError) {
  h_.Warm(kStartNs - kSecond, 0);
  h_.Request(kStartNs, 1);
  h_.Fail(kStartNs + 400'000, OfLastGpu(ActionKind::kEvict), 63, "not there",
          {.received_ns = At(200'000), .result_sent_ns = At(300'000)});
  EXPECT_EQ(Line(h_.action_rows[0]),
            "1000000400000\t8\t3\t63\t1\t1\t0\t1\t0\t0\t0\t0\t0\t0\t0\t0\t200000\t300000\t400000\t"
            "400000\t0\t0\t1");
}

TEST_F(SchedulerRowsTest, NotSent) {
  h_.Request(kStartNs - 50 * kMs, 0);
  h_.LoadDone(kStartNs, OfLastGpu(ActionKind::kLoad));
  h_.NotSent(kStartNs + 1'500'000, h_.TakeOne(ActionKind::kInfer));
  h_.RunUntil(kStartNs + 8 * kMs);
  // Dropped at 1.5 ms, taken up at 6 + 2 ms.
  EXPECT_EQ(
      Line(h_.action_rows.back()),
      "1000001500000\t3\t2\t45\t1\t1\t0\t1\t2000000\t0\t3000000\t0\t1380\t0\t0\t0\t0\t0\t1500000"
      "\t8000000\t0\t0\t1");
  EXPECT_EQ(Line(h_.request_rows.back()),
            "1000008000000\t0\t45\t17\t0\t0\t58000000\t100000000\t0\t0\t0\t0");
}

TEST_F(SchedulerRowsTest, AWorkerClockThatIsBehindIsRepaired) {
  // Received 0.3 ms before it was sent: all its times move by that.
  h_.Request(kStartNs, 0);
  h_.LoadDone(
      kStartNs + 9 * kMs, OfLastGpu(ActionKind::kLoad),
      {.end_ns = kStartNs + 8 * kMs, .received_ns = At(-300'000), .result_sent_ns = At(8'100'000)});
  const auto& load = h_.action_rows[0];
  EXPECT_EQ(load.worker_action_received, 0);
  EXPECT_EQ(load.worker_exec_complete, 8'300'000);
  EXPECT_EQ(load.worker_result_sent, 8'400'000);
}

TEST_F(SchedulerRowsTest, TimesBeforeTheActionWasSentAreZero) {
  h_.Request(kStartNs, 0);
  h_.LoadDone(kStartNs + 9 * kMs, OfLastGpu(ActionKind::kLoad),
              {.end_ns = kStartNs - 5, .received_ns = 0, .result_sent_ns = At(-1)});
  const auto& load = h_.action_rows[0];
  EXPECT_EQ(load.worker_action_received, 0);
  EXPECT_EQ(load.worker_exec_complete, 0);
  EXPECT_EQ(load.worker_result_sent, 0);
}

TEST_F(SchedulerRowsTest, AnInfersOutputTimeIsRepairedToo) {
  h_.Request(kStartNs - 50 * kMs, 0);
  h_.LoadDone(kStartNs, OfLastGpu(ActionKind::kLoad));
  h_.InferDone(kStartNs + 6 * kMs, h_.TakeOne(ActionKind::kInfer),
               {.end_ns = kStartNs + 3 * kMs,
                .copy_output_end_ns = kStartNs + 4 * kMs,
                .received_ns = At(-1'000'000),
                .result_sent_ns = At(5 * kMs)});
  const auto& infer = h_.action_rows.back();
  EXPECT_EQ(infer.worker_exec_complete, 4 * kMs);
  EXPECT_EQ(infer.worker_copy_output_complete, 5 * kMs);
  EXPECT_EQ(infer.worker_result_sent, 6 * kMs);
}

TEST(SchedulerGoodputTest, IsTheUsefulShareOfTheDurationInFloat32) {
  struct Case {
    std::string what;
    Nanos duration_ns;
    int good;  // of eight
    Nanos goodput_ns;
  };
  const std::vector<Case> cases = {
      {"24 significant bits", 45'490'001, 8, 45'490'000},
      {"three eighths", 17'300'000, 3, 6'487'500},
      {"none", 17'300'000, 0, 0},
  };
  for (const Case& c : cases) {
    Harness h(Small());
    // Eight waiting, of which the older ones will be late for the SLO of 100 ms.
    for (int i = 0; i < 8; ++i) h.Admit(kStartNs + (i < 8 - c.good ? 0 : 20 * kMs), 0);
    h.Advance(kStartNs + 20 * kMs);
    h.LoadDone(kStartNs + 30 * kMs, h.TakeOne(ActionKind::kLoad));
    const Sent infer = h.TakeOne(ActionKind::kInfer);
    ASSERT_EQ(infer.batch_size, 8U);
    h.InferDone(kStartNs + (c.good == 8 ? 90 : 110) * kMs, infer, {.duration_ns = c.duration_ns});
    EXPECT_EQ(h.action_rows.back().goodput, c.goodput_ns) << c.what;
    EXPECT_EQ(h.scheduler->counters().good, static_cast<std::uint64_t>(c.good)) << c.what;
  }
}

TEST(SchedulerHostileTimesTest, WhateverAWorkerReportsIsSurvived) {
  for (const std::uint64_t time : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{INT64_MAX},
                                   std::uint64_t{INT64_MAX} + 1, UINT64_MAX}) {
    Harness h(Small());
    h.Request(kStartNs, 0);
    wire::WeightsResult load;
    load.action_id = h.TakeOne(ActionKind::kLoad).action_id;
    load.timing = {time, time, time};
    load.action_received_ns = load.result_sent_ns = time;
    Effects effects;
    h.scheduler->OnLoadResult(kStartNs + 1, load, &effects);
    h.Advance(kStartNs + 1);
    wire::InferResult infer;
    infer.action_id = h.TakeOne(ActionKind::kInfer).action_id;
    infer.exec = infer.copy_output = load.timing;
    infer.gpu_clock = infer.gpu_clock_before = static_cast<std::uint32_t>(time);
    infer.action_received_ns = infer.result_sent_ns = time;
    h.scheduler->OnInferResult(kStartNs + 2, infer, {}, &effects);
    for (const auto& row : effects.action_rows) {
      EXPECT_GE(row.worker_exec_duration, 0);
      EXPECT_GE(row.worker_exec_complete, 0);
      EXPECT_GE(row.worker_result_sent, 0);
      EXPECT_GE(row.goodput, 0);
    }
    h.Advance(kStartNs + 2);
    // The next request is planned within the bounds of estimates, or times out.
    h.Request(kStartNs + 10 * kMs, 0);
    h.RunUntil(kStartNs + 2 * kSecond);
    EXPECT_TRUE(!h.sent.empty() || !h.answers.empty()) << time;
  }
}

}  // namespace
}  // namespace clockwork::controller
