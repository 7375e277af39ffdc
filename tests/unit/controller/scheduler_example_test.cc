// The worked example of spec/controller.md §5.16, to the nanosecond.

#include <gtest/gtest.h>

#include "tests/unit/controller/scheduler_harness.h"

namespace clockwork::controller {
namespace {

ModelDescription ResNet() {
  ModelDescription model;
  model.weights_pages = 7;
  model.load_ns = 8'320'000;
  model.batches = {{1, 2'730'000}, {2, 3'860'000}, {4, 5'860'000}, {8, 9'970'000}};
  return model;
}

TEST(SchedulerExampleTest, OneGpuOneRequest) {
  Harness h(ClusterBuilder().Worker().Model(ResNet()).Build());
  h.Request(0, 0);

  // Not loaded, so no infer; the model is wanted, so a load.
  const Sent load = h.TakeOne(ActionKind::kLoad);
  EXPECT_TRUE(h.sent.empty());
  EXPECT_EQ(load.earliest_ns, 0U);
  EXPECT_EQ(load.latest_ns, 6'000'000U);
  EXPECT_EQ(load.expected_duration_ns, 8'320'000);
  EXPECT_EQ(load.send_by_ns, kNever);

  // The worker starts on receipt, 0.1 ms away.
  h.RunUntil(8'520'000);
  h.LoadDone(8'520'000, load,
             {.end_ns = 8'420'000, .received_ns = 100'000, .result_sent_ns = 8'420'000});
  EXPECT_EQ(h.scheduler->copies_loaded(0), 1U);

  // Batches of 8, 4 and 2 are not full.
  const Sent infer = h.TakeOne(ActionKind::kInfer);
  EXPECT_EQ(infer.batch_size, 1U);
  EXPECT_EQ(infer.earliest_ns, 8'520'000U);
  EXPECT_EQ(infer.latest_ns, 8'520'000U + 6'000'000);
  EXPECT_EQ(infer.send_by_ns, 8'520'000 + 1'000'000);
  EXPECT_EQ(infer.expected_duration_ns, 2'730'000);

  h.InferDone(
      11'450'000, infer,
      {.end_ns = 11'350'000, .copy_output_end_ns = 11'350'000, .result_sent_ns = 11'350'000});
  ASSERT_EQ(h.answers.size(), 1U);
  EXPECT_EQ(h.answers[0].status, 0);
  ASSERT_EQ(h.request_rows.size(), 1U);
  EXPECT_EQ(Line(h.request_rows[0]), "11450000\t0\t0\t17\t0\t0\t11450000\t100000000\t1\t0\t1\t1");
  ASSERT_EQ(h.action_rows.size(), 2U);
  EXPECT_EQ(Line(h.action_rows[0]),
            "8520000\t0\t1\t0\t0\t0\t0\t1\t8320000\t8320000\t9320000\t8420000\t0\t0\t0\t0\t"
            "100000\t8420000\t8520000\t8520000\t8320000\t1\t0");
  EXPECT_EQ(Line(h.action_rows[1]),
            "11450000\t1\t2\t0\t0\t0\t0\t1\t2730000\t2730000\t3730000\t2830000\t1380\t1380\t1380\t"
            "2830000\t0\t2830000\t2930000\t2930000\t2730000\t0\t1");
  EXPECT_EQ(h.scheduler->NextWakeNs(), kNever);
  EXPECT_EQ(h.scheduler->pending_requests(), 0U);
}

TEST(SchedulerExampleTest, AnActionThatIsNotSentIsReportedWhenItWouldHaveBeenOver) {
  Harness h(ClusterBuilder().Worker().Model(ResNet()).Build());
  h.Request(0, 0);
  h.LoadDone(8'520'000, h.TakeOne(ActionKind::kLoad));
  const Sent infer = h.TakeOne(ActionKind::kInfer);
  h.NotSent(9'700'000, infer);
  h.RunUntil(static_cast<Nanos>(infer.latest_ns) + 2'730'000 - 1);
  EXPECT_TRUE(h.answers.empty());
  h.RunUntil(static_cast<Nanos>(infer.latest_ns) + 2'730'000);
  ASSERT_EQ(h.answers.size(), 1U);
  EXPECT_EQ(h.answers[0].status, 45);
}

}  // namespace
}  // namespace clockwork::controller
