// When things happen: order of execution, planned ends, wake-ups, clocks (spec/worker.md §4.5,
// §4.7).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/worker_dummy/worker_harness.h"

namespace clockwork::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

constexpr std::uint64_t kStart = 1'000'000'000;  // the harness's first moment
constexpr std::uint64_t kMs = 1'000'000;

// A worker with models 0..3 known and 0 and 1 loaded, back at a round time of 2 s.
constexpr std::uint64_t kReady = 2'000'000'000;

Harness Ready(std::uint32_t gpus = 1) {
  Harness h(SmallWorker(gpus, 100));
  h.AddModel(0, 4);
  h.Load(0);
  h.Load(1);
  h.AdvanceTo(kReady);
  return h;
}

std::vector<std::int32_t> Order(const Harness& h, std::size_t from) {
  std::vector<std::int32_t> ids;
  for (std::size_t i = from; i < h.effects.results.size(); ++i) {
    ids.push_back(Harness::IdOf(h.effects.results[i]));
  }
  return ids;
}

TEST(WorkerTimingTest, AnIdleWorkerSleepsForEver) {
  Harness h;
  EXPECT_EQ(h.worker.NextWakeNs(), kNever);
  EXPECT_EQ(h.worker.pending(), 0U);
}

TEST(WorkerTimingTest, DurationsAreExactlyThoseMeasured) {
  Harness h = Ready();
  const std::int32_t load = h.Load(2);
  const std::int32_t infer = h.Infer(0, {.batch_size = 3});
  EXPECT_EQ(h.worker.NextWakeNs(), static_cast<Nanos>(kReady + 4 * kMs));
  h.Finish();
  EXPECT_EQ(h.LoadTiming(load).begin_ns, kReady);
  EXPECT_EQ(h.LoadTiming(load).end_ns, kReady + 10 * kMs);
  EXPECT_EQ(h.LoadTiming(load).duration_ns, 10 * kMs);
  EXPECT_EQ(h.ExecTiming(infer).begin_ns, kReady);
  EXPECT_EQ(h.ExecTiming(infer).end_ns, kReady + 4 * kMs);
  EXPECT_EQ(h.ExecTiming(infer).duration_ns, 4 * kMs);
}

TEST(WorkerTimingTest, AnInferReportsCopiesWithoutDurationAndTheConstantClock) {
  Harness h = Ready();
  const std::int32_t id = h.Infer(1, {.batch_size = 2, .input_bytes = 200});
  h.Finish();
  const auto result = h.Get<wire::InferResult>(id);
  EXPECT_EQ(result.copy_input.begin_ns, result.exec.begin_ns);
  EXPECT_EQ(result.copy_input.end_ns, result.exec.begin_ns);
  EXPECT_EQ(result.copy_input.duration_ns, 0U);
  EXPECT_EQ(result.copy_output.begin_ns, result.exec.end_ns);
  EXPECT_EQ(result.copy_output.end_ns, result.exec.end_ns);
  EXPECT_EQ(result.copy_output.duration_ns, 0U);
  EXPECT_EQ(result.gpu_clock_before, 1380U);
  EXPECT_EQ(result.gpu_clock, 1380U);
  EXPECT_EQ(result.action_received_ns, 0U);
  EXPECT_EQ(h.Find(id)->body_bytes, 80U);
}

TEST(WorkerTimingTest, AnInferWithoutInputHasNoOutput) {
  Harness h = Ready();
  const std::int32_t id = h.Infer(1);
  h.Finish();
  EXPECT_EQ(h.Find(id)->body_bytes, 0U);
}

TEST(WorkerTimingTest, AGpuExecutesOneInferAtATime) {
  Harness h = Ready();
  const std::int32_t first = h.Infer(0, {.batch_size = 8});
  const std::int32_t second = h.Infer(1, {.batch_size = 1});
  h.Finish();
  EXPECT_EQ(h.ExecTiming(first).end_ns, kReady + 8 * kMs);
  EXPECT_EQ(h.ExecTiming(second).begin_ns, kReady + 8 * kMs);
  EXPECT_EQ(h.ExecTiming(second).end_ns, kReady + 9 * kMs);
}

TEST(WorkerTimingTest, GpusWorkIndependently) {
  Harness h = Ready(2);
  h.Load(0, {.gpu_id = 1});
  h.AdvanceTo(kReady + 10 * kMs);
  const std::int32_t a = h.Infer(0, {.gpu_id = 0});
  const std::int32_t b = h.Infer(0, {.gpu_id = 1});
  h.Finish();
  EXPECT_EQ(h.ExecTiming(a).begin_ns, h.ExecTiming(b).begin_ns);
  EXPECT_EQ(h.Get<wire::InferResult>(b).gpu_id, 1U);
}

TEST(WorkerTimingTest, TheEarliestGoesFirstAndEqualOnesInOrderOfArrival) {
  Harness h = Ready();
  h.Infer(0, {.batch_size = 8});  // keeps the GPU busy
  const std::size_t before = h.effects.results.size();
  const std::int32_t late = h.Infer(0, {.earliest_ns = kReady + 3});
  const std::int32_t early = h.Infer(0, {.earliest_ns = kReady + 1});
  const std::int32_t equal_1 = h.Infer(0, {.earliest_ns = kReady + 2});
  const std::int32_t equal_2 = h.Infer(1, {.earliest_ns = kReady + 2});
  h.Finish();
  EXPECT_THAT(Order(h, before + 1), ElementsAre(early, equal_1, equal_2, late));
}

TEST(WorkerTimingTest, NothingStartsBeforeItsEarliest) {
  Harness h = Ready();
  const std::int32_t id = h.Infer(0, {.earliest_ns = kReady + 5 * kMs});
  EXPECT_EQ(h.worker.NextWakeNs(), static_cast<Nanos>(kReady + 5 * kMs));
  h.Finish();
  EXPECT_EQ(h.ExecTiming(id).begin_ns, kReady + 5 * kMs);
}

TEST(WorkerTimingTest, AnActionRejectedAtItsStartFreesTheExecutorAtOnce) {
  Harness h = Ready();
  h.Infer(0);
  const std::int32_t rejected = h.Infer(2);
  const std::int32_t next = h.Infer(0);
  h.Finish();
  EXPECT_EQ(h.StatusOf(rejected), wire::kExecWeightsMissing);
  EXPECT_EQ(h.ExecTiming(next).begin_ns, kReady + 1 * kMs);
}

TEST(WorkerTimingTest, AnEvictionWaitsForTheRunningLoadAndGoesAheadOfQueuedOnes) {
  Harness h = Ready();
  h.Load(2, {.earliest_ns = kReady});
  const std::int32_t queued = h.Load(3, {.earliest_ns = kReady});
  const std::int32_t evict = h.Evict(0);
  h.Finish();
  EXPECT_EQ(h.LoadTiming(evict).begin_ns, kReady + 10 * kMs);
  EXPECT_EQ(h.LoadTiming(evict).end_ns, kReady + 10 * kMs);
  EXPECT_EQ(h.LoadTiming(evict).duration_ns, 0U);
  EXPECT_EQ(h.LoadTiming(queued).begin_ns, kReady + 10 * kMs);
  EXPECT_LT(h.Find(evict), h.Find(queued));
}

TEST(WorkerTimingTest, ALateWakeUpReportsThePlannedEndAndStartsTheNextThen) {
  Harness h = Ready();
  const std::int32_t first = h.Infer(0);
  const std::int32_t second = h.Infer(0);
  h.WakeLateAt(kReady + 1 * kMs + 70'000);
  EXPECT_EQ(h.ExecTiming(first).end_ns, kReady + 1 * kMs);
  h.Finish();
  EXPECT_EQ(h.ExecTiming(second).begin_ns, kReady + 1 * kMs);
  EXPECT_EQ(h.ExecTiming(second).duration_ns, 1 * kMs);
}

TEST(WorkerTimingTest, ALateWakeUpKeepsTheOrderInWhichThingsWereDue) {
  Harness h = Ready();
  h.Load(2);                                                                  // ends at +10 ms
  const std::int32_t after = h.Infer(2, {.earliest_ns = kReady + 11 * kMs});  // wants it
  const std::int32_t ending = h.Infer(1, {.earliest_ns = kReady + 5 * kMs});  // ends at +6 ms
  h.WakeLateAt(kReady + 5 * kMs);
  h.now_ns = kReady + 12 * kMs;
  h.Evict(1);  // arrives after everything that was due
  h.Finish();
  EXPECT_EQ(h.StatusOf(after), 0);
  EXPECT_EQ(h.StatusOf(ending), 0);
}

TEST(WorkerTimingTest, WhatEndsComesBeforeWhatStartsAtTheSameMoment) {
  Harness h = Ready();
  h.Load(2);
  const std::int32_t infer = h.Infer(2, {.earliest_ns = kReady + 10 * kMs});
  h.Finish();
  EXPECT_EQ(h.StatusOf(infer), 0);

  const std::int32_t ending = h.Infer(0);
  h.Evict(0, {.earliest_ns = static_cast<std::uint64_t>(h.now_ns) + 1 * kMs});
  h.Finish();
  EXPECT_EQ(h.StatusOf(ending), 0);
}

TEST(WorkerTimingTest, AModelWithoutTimesExecutesAtOnce) {
  Harness h;
  ModelSpec instant = SmallModel();
  instant.load_ns = 0;
  instant.batches = {{1, 0}};
  h.AddModel(0, 1, instant);
  const std::int32_t load = h.Load(0);
  const std::int32_t infer = h.Infer(0);
  EXPECT_EQ(h.StatusOf(load), 0);
  EXPECT_EQ(h.StatusOf(infer), 0);
  EXPECT_EQ(h.worker.NextWakeNs(), kNever);
}

TEST(WorkerTimingTest, WindowsAndReportedTimesFollowTheControllersClock) {
  Harness h = Ready();
  // The worker's clock is 300 ms ahead of the controller's.
  constexpr Nanos kAhead = 300 * kMillisecond;
  const std::uint64_t controller_now = kReady - kAhead;
  const std::int32_t infer = h.Infer(0, {.earliest_ns = controller_now + 5 * kMs,
                                         .latest_ns = controller_now + 6 * kMs,
                                         .clock_delta_ns = kAhead});
  const std::int32_t late = h.Load(2, {.latest_ns = controller_now - 1, .clock_delta_ns = kAhead});
  const std::int32_t load = h.Load(2, {.clock_delta_ns = kAhead});
  h.Finish();
  EXPECT_EQ(h.ExecTiming(infer).begin_ns, controller_now + 5 * kMs);
  EXPECT_EQ(h.ExecTiming(infer).end_ns, controller_now + 6 * kMs);
  EXPECT_EQ(h.ExecTiming(infer).duration_ns, 1 * kMs);
  EXPECT_EQ(h.StatusOf(late), wire::kLoadTooLate);
  EXPECT_EQ(h.Get<wire::ErrorResult>(late).action_received_ns, controller_now);
  EXPECT_EQ(h.Get<wire::WeightsResult>(load).action_received_ns, controller_now);

  OutgoingResult outgoing = *h.Find(load);
  StampSent(h.now_ns, &outgoing);
  EXPECT_EQ(std::get<wire::WeightsResult>(outgoing.result).result_sent_ns,
            static_cast<std::uint64_t>(h.now_ns - kAhead));
}

TEST(WorkerTimingTest, ModelLoadsRunOneAfterTheOtherByEarliest) {
  Harness h;
  const wire::LoadModelAction action{.action_id = 1,
                                     .model_id = 0,
                                     .model_path = "first",
                                     .earliest_ns = 0,
                                     .latest_ns = kNoLimit,
                                     .copies = 1,
                                     .max_batch_size = 8,
                                     .max_exec_ns = kNoLimit};
  const auto give = [&](std::int32_t id, std::string_view path, std::uint64_t earliest_ns) {
    wire::LoadModelAction next = action;
    next.action_id = next.model_id = id;
    next.model_path = path;
    next.earliest_ns = earliest_ns;
    h.worker.OnAction(h.now_ns, {1, h.now_ns, 0}, next, &h.effects);
  };
  give(1, "first", 0);
  give(2, "third", 7);
  give(3, "second", 3);
  std::vector<std::string> paths;
  while (!h.effects.model_reads.empty()) {
    ASSERT_EQ(h.effects.model_reads.size(), 1U);
    paths.push_back(h.effects.model_reads.front());
    h.effects.model_reads.clear();
    h.now_ns += kMillisecond;  // reading takes its time
    h.worker.OnModelRead(h.now_ns, {0, "", SmallModel()}, &h.effects);
  }
  EXPECT_THAT(paths, ElementsAre("first", "second", "third"));
  EXPECT_THAT(Order(h, 0), ElementsAre(1, 3, 2));
  const auto second = h.Get<wire::LoadModelResult>(3);
  EXPECT_EQ(second.timing.begin_ns, kStart + 1 * kMs);
  EXPECT_EQ(second.timing.end_ns, kStart + 2 * kMs);
  EXPECT_EQ(second.timing.duration_ns, 1 * kMs);
}

TEST(WorkerTimingTest, AModelLoadDescribesTheModel) {
  Harness h;
  const std::int32_t id = h.AddModel(10, 66);
  const auto result = h.Get<wire::LoadModelResult>(id);
  EXPECT_EQ(result.input_bytes, 100U);
  EXPECT_EQ(result.output_bytes, 40U);
  EXPECT_THAT(result.supported_batch_sizes, ElementsAre(1, 2, 4, 8));
  EXPECT_THAT(result.batch_exec_ns, ElementsAre(1 * kMs, 2 * kMs, 4 * kMs, 8 * kMs));
  EXPECT_EQ(result.weights_load_ns, 10 * kMs);
  EXPECT_EQ(result.weights_pages, 5U);
  EXPECT_EQ(result.weights_bytes_in_cache, 5 * kPageBytes);
  EXPECT_EQ(result.copies_created, 66);
  EXPECT_EQ(result.action_received_ns, kStart);
}

TEST(WorkerTimingTest, AGoneControllersQueueIsDroppedAndItsModelsStay) {
  Harness h = Ready();
  const std::int32_t running = h.Infer(0);
  const std::int32_t queued = h.Infer(0);
  const std::int32_t load = h.Load(2, {.earliest_ns = kReady + 1});
  const std::int32_t other = h.Infer(1, {.connection = 2});
  h.Disconnect(1);
  EXPECT_EQ(h.worker.counters().cancelled, 2U);
  h.Finish();
  EXPECT_EQ(h.StatusOf(running), 0);
  EXPECT_EQ(h.StatusOf(queued), -1);
  EXPECT_EQ(h.StatusOf(load), -1);
  EXPECT_EQ(h.StatusOf(other), 0);
  EXPECT_EQ(h.Find(other)->connection, 2U);
  EXPECT_EQ(h.worker.models().size(), 4U);
  EXPECT_EQ(h.worker.pending(), 0U);
}

TEST(WorkerTimingTest, FullQueuesAreRefusedAndCounted) {
  Harness h;
  for (std::uint64_t i = 0; i < kMaxQueuedActions; ++i) h.Infer(0, {.earliest_ns = kNoLimit});
  EXPECT_TRUE(h.effects.results.empty());
  const std::int32_t infer = h.Infer(0, {.earliest_ns = kNoLimit});
  const std::int32_t model = h.AddModel(0);
  EXPECT_EQ(h.StatusOf(infer), wire::kActionRuntimeError);
  EXPECT_EQ(h.StatusOf(model), wire::kActionRuntimeError);
  EXPECT_EQ(h.worker.counters().rejected_full, 2U);
  h.Disconnect(1);
  EXPECT_EQ(h.worker.pending(), 0U);
}

TEST(WorkerStateTest, ListsModelsAndWhatIsLoadedWhere) {
  Harness h(SmallWorker(2));
  h.AddModel(20, 1);
  h.AddModel(3, 2);
  for (const std::int32_t model : {20, 3}) h.Load(model, {.gpu_id = 1});
  h.Load(4, {.gpu_id = 0});
  h.Finish();
  const wire::GetWorkerStateResult state = h.State();
  EXPECT_EQ(state.page_bytes, kPageBytes);
  EXPECT_EQ(state.host_weights_cache_bytes, UINT64_MAX);
  EXPECT_EQ(state.host_io_pool_bytes, 536'870'912U);
  EXPECT_EQ(state.action_received_ns, 0U);
  ASSERT_EQ(state.gpus.size(), 2U);
  EXPECT_EQ(state.gpus[1].gpu_id, 1);
  EXPECT_EQ(state.gpus[1].weights_cache_pages, 12);
  EXPECT_EQ(state.gpus[1].weights_cache_bytes, 12 * kPageBytes);
  EXPECT_THAT(state.gpus[0].models, ElementsAre(4));
  EXPECT_THAT(state.gpus[1].models, ElementsAre(3, 20));
  ASSERT_EQ(state.models.size(), 3U);
  EXPECT_EQ(state.models[0].model_id, 3);
  EXPECT_EQ(state.models[2].model_id, 20);
  EXPECT_EQ(state.models[2].source, "the/path");
  EXPECT_EQ(state.models[2].weights_pages, 5U);  // the count, not the page size
  EXPECT_EQ(state.models[2].weights_bytes, 5 * kPageBytes);
  EXPECT_EQ(state.models[2].weights_load_ns, 10 * kMs);
  EXPECT_THAT(state.models[2].supported_batch_sizes, ElementsAreArray({1U, 2U, 4U, 8U}));
}

TEST(WorkerStateTest, TheDefaultsAreTheOriginals) {
  const WorkerConfig config;
  EXPECT_EQ(config.PagesPerGpu(), 1376U);
}

TEST(WorkerStateTest, AClearedCacheIsEmptyAndAnswersSuccess) {
  Harness h = Ready(2);
  const std::int32_t id = h.ClearCache();
  EXPECT_EQ(h.Get<wire::ClearCacheResult>(id).action_received_ns, 0U);
  EXPECT_TRUE(h.State().gpus[0].models.empty());
  EXPECT_EQ(h.worker.weights(0).free_pages(), 100U);
}

}  // namespace
}  // namespace clockwork::worker
