// What the scheduler makes of the cluster (spec/controller.md §5.3).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/controller/scheduler_harness.h"

namespace clockwork::controller {
namespace {

using ::testing::HasSubstr;

struct BatchCase {
  std::string what;
  std::vector<BatchInfo> batches;
  Nanos max_exec_ns;
  std::uint32_t max_batch;
  std::uint32_t used;  // of sixteen waiting requests
  Nanos expected_ns;
};

TEST(SchedulerStartTest, UsesBatchSizesWithinTheLimits) {
  const std::vector<BatchInfo> four = {{1, 2 * kMs}, {2, 3 * kMs}, {4, 5 * kMs}, {8, 8 * kMs}};
  const std::vector<BatchCase> cases = {
      {"all", four, 25 * kMs, 8, 8, 8 * kMs},
      {"max_batch", four, 25 * kMs, 4, 4, 5 * kMs},
      {"max_batch between two sizes", four, 25 * kMs, 7, 4, 5 * kMs},
      {"max_exec, the limit itself is used", four, 5 * kMs, 8, 4, 5 * kMs},
      {"max_exec", four, 5 * kMs - 1, 8, 2, 3 * kMs},
      {"a size without a time", {{1, 2 * kMs}, {2, 3 * kMs}, {4, 0}}, 25 * kMs, 8, 2, 3 * kMs},
      {"a batch of one always", {{1, 50 * kMs}, {2, 60 * kMs}}, 25 * kMs, 8, 1, 50 * kMs},
      {"a batch of one without a time takes 0.1 ms", {{1, 0}}, 25 * kMs, 8, 1, 100'000},
  };
  for (const BatchCase& c : cases) {
    ModelDescription model = SmallModel();
    model.batches = c.batches;
    SchedulerOptions options = PublishedOptions();
    options.default_slo_ns = 10 * kSecond;
    options.max_exec_ns = c.max_exec_ns;
    options.max_batch = c.max_batch;
    Harness h(ClusterBuilder().Worker().Model(model).Build(), options);
    h.Requests(16, kStartNs, 0);
    h.LoadDone(kStartNs + 8 * kMs, h.TakeOne(ActionKind::kLoad));
    ASSERT_FALSE(h.sent.empty()) << c.what;
    EXPECT_EQ(h.sent[0].batch_size, c.used) << c.what;
    EXPECT_EQ(h.sent[0].expected_duration_ns, c.expected_ns) << c.what;
  }
}

TEST(SchedulerStartTest, MeasurementsDoNotChangeWhichSizesAreUsed) {
  Harness h(Small());
  h.Requests(8, kStartNs, 0);
  h.LoadDone(kStartNs + 8 * kMs, h.TakeOne(ActionKind::kLoad));
  const Sent first = h.TakeOne(ActionKind::kInfer);
  ASSERT_EQ(first.batch_size, 8U);
  // Longer than max_exec.
  h.InferDone(kStartNs + 50 * kMs, first, {.duration_ns = 40 * kMs});
  h.Requests(8, kStartNs + 60 * kMs, 0);
  const Sent second = h.TakeOne(ActionKind::kInfer);
  EXPECT_EQ(second.batch_size, 8U);
  EXPECT_EQ(second.expected_duration_ns, 40 * kMs);
}

TEST(SchedulerStartTest, EachWorkerGetsItsEvenShareOfWhatIsLeft) {
  struct Case {
    std::string what;
    std::vector<std::uint32_t> gpus;
    std::uint64_t max_gpus;
    std::vector<std::uint32_t> used;
  };
  const std::vector<Case> cases = {
      {"all", {4, 4}, 100, {4, 4}},
      {"halves", {4, 4}, 6, {3, 3}},
      {"rounded down, the rest to later ones", {4, 4}, 3, {1, 2}},
      {"what a small one leaves goes to later ones", {1, 8}, 8, {1, 7}},
      {"but not to earlier ones", {8, 1}, 8, {4, 1}},
      {"fewer than workers", {2, 2, 2}, 2, {0, 1, 1}},
      {"one", {10}, 1, {1}},
  };
  for (const Case& c : cases) {
    ClusterBuilder builder;
    for (const std::uint32_t gpus : c.gpus) builder.Worker(gpus);
    SchedulerOptions options = PublishedOptions();
    options.max_gpus = c.max_gpus;
    Harness h(builder.Models(1).Build(), options);
    h.Request(kStartNs, 0);
    // A wanted model is loaded on every GPU there is.
    std::vector<std::uint32_t> used(c.gpus.size());
    for (const Sent& load : h.Take(ActionKind::kLoad)) {
      EXPECT_LT(load.gpu, c.gpus[load.worker]) << c.what;
      ++used[load.worker];
    }
    EXPECT_EQ(used, c.used) << c.what;
  }
}

TEST(SchedulerStartTest, NothingIsPreloaded) {
  Harness h(Small());
  h.Advance(kStartNs);
  EXPECT_TRUE(h.sent.empty());
  EXPECT_EQ(h.scheduler->copies_loaded(0), 0U);
  EXPECT_EQ(h.scheduler->NextWakeNs(), kNever);
  h.Request(kStartNs, 0);
  EXPECT_TRUE(h.Take(ActionKind::kInfer).empty());
}

TEST(SchedulerStartTest, RefusesWhatCannotBeScheduled) {
  struct Case {
    Cluster cluster;
    Nanos ahead_ns;
    std::uint64_t max_gpus;
    ErrorKind kind;
    std::string sentence;
  };
  const std::vector<Case> cases = {
      {Small(), 1 * kMs, 100, ErrorKind::kUsage, "schedule_ahead: 1000000 ns plans nothing"},
      {Small(), 0, 100, ErrorKind::kUsage, "schedule_ahead: 0 ns plans nothing"},
      {Small(), 5 * kMs, 0, ErrorKind::kRuntime, "no worker has a GPU, or max_gpus is 0"},
      {Small(0), 5 * kMs, 100, ErrorKind::kRuntime, "no worker has a GPU"},
      {Cluster(), 5 * kMs, 100, ErrorKind::kRuntime, "no worker has a GPU"},
      {ClusterBuilder().Worker(1, 10).Worker(1, 11).Build(), 5 * kMs, 100, ErrorKind::kRuntime,
       "GPUs of 10 and of 11 pages"},
  };
  for (const Case& c : cases) {
    SchedulerOptions options = PublishedOptions();
    options.schedule_ahead_ns = c.ahead_ns;
    options.max_gpus = c.max_gpus;
    const auto created = Scheduler::Create(options, c.cluster);
    ASSERT_FALSE(created.ok()) << c.sentence;
    EXPECT_EQ(created.error().kind, c.kind);
    EXPECT_THAT(created.error().message, HasSubstr(c.sentence));
  }
}

TEST(SchedulerStartTest, OneNanosecondMoreThanTheWayToAWorkerPlansSomething) {
  SchedulerOptions options = PublishedOptions();
  options.schedule_ahead_ns = 1 * kMs + 1;
  Harness h(Small(), options);
  h.Request(kStartNs, 0);
  EXPECT_EQ(h.sent.size(), 1U);
}

}  // namespace
}  // namespace clockwork::controller
