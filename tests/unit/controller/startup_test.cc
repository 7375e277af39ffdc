// The start-up phase (spec/controller.md §5.2).

#include "images/controller/core/startup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "images/common/wire/client_messages.h"
#include "images/controller/core/estimate.h"

namespace clockwork::controller {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::uint64_t kPageBytes = 16 << 20;

wire::GetWorkerStateResult State(std::vector<std::int32_t> model_ids = {},
                                 std::uint64_t page_bytes = kPageBytes) {
  wire::GetWorkerStateResult state;
  state.page_bytes = page_bytes;
  state.gpus.resize(2);
  for (wire::GpuInfo& gpu : state.gpus) gpu.weights_cache_pages = 100;
  for (const std::int32_t id : model_ids) {
    wire::ModelInfo model;
    model.model_id = id;
    model.source = "model " + std::to_string(id);
    model.weights_pages = 5;
    model.supported_batch_sizes = {1, 2};
    model.batch_exec_ns = {1000, 2000};
    state.models.push_back(model);
  }
  return state;
}

wire::LoadModelResult Loaded(std::int32_t action_id) {
  wire::LoadModelResult result;
  result.action_id = action_id;
  result.input_bytes = 100;
  result.output_bytes = 10;
  result.supported_batch_sizes = {1, 2, 4};
  result.batch_exec_ns = {1000, 2000};
  result.weights_bytes_in_cache = 3 * kPageBytes;
  result.weights_pages = 3;
  result.weights_load_ns = 8'000'000;
  return result;
}

wire::ErrorResult Failed(std::int32_t action_id, const std::string& message) {
  wire::ErrorResult result;
  result.action_id = action_id;
  result.status = wire::kActionInvalidModelPath;
  result.message = message;
  return result;
}

Asker From(std::int32_t request) {
  return {.client = 1, .message_id = 9, .user_request_id = request};
}

using SentLoad = std::tuple<std::uint32_t, std::int32_t, std::int32_t, std::string>;

class StartupTest : public ::testing::Test {
 protected:
  explicit StartupTest(std::size_t workers = 2) : startup_(workers, 8, 25 * kMillisecond) {}

  void AllReady() {
    for (const std::uint32_t worker : {0U, 1U}) {
      ASSERT_TRUE(startup_.OnWorkerState(worker, State()).ok());
    }
    ASSERT_TRUE(startup_.ready());
  }
  void Load(std::int32_t request, std::int32_t copies = 1, Nanos now_ns = 0) {
    Record();
    startup_.OnLoadModel(now_ns, From(request), "m" + std::to_string(request), copies, &effects_);
  }
  void Succeed(std::uint32_t worker, std::int32_t action_id, Nanos now_ns = 0) {
    Record();
    startup_.OnLoadModelResult(now_ns, worker, Loaded(action_id), &effects_);
  }
  void Fail(std::uint32_t worker, std::int32_t action_id, const std::string& why) {
    Record();
    startup_.OnLoadModelError(0, worker, Failed(action_id, why), &effects_);
  }
  // What was sent since the last call: worker, action id, model id, path.
  std::vector<SentLoad> TakeSent() {
    Record();
    return std::exchange(sent_, {});
  }
  // What was answered since the last call: request, status, first model id.
  std::vector<std::tuple<std::int32_t, std::int32_t, std::uint32_t>> TakeAnswers() {
    std::vector<std::tuple<std::int32_t, std::int32_t, std::uint32_t>> answers;
    for (const LoadModelAnswer& answer : effects_.answers) {
      answers.emplace_back(answer.asker.user_request_id, answer.status, answer.model_id);
      last_message_ = answer.message;
    }
    effects_.answers.clear();
    return answers;
  }
  std::vector<std::int32_t> TakeBounced() {
    std::vector<std::int32_t> bounced;
    for (const Bounce& bounce : effects_.bounces) bounced.push_back(bounce.asker.user_request_id);
    effects_.bounces.clear();
    return bounced;
  }
  Cluster Finish() {
    startup_.Advance(100 * kSecond, &effects_);
    EXPECT_TRUE(startup_.finished());
    return startup_.TakeCluster();
  }

  Startup startup_;
  StartupEffects effects_;
  std::string last_message_;

 private:
  // Paths hold until the next event only.
  void Record() {
    for (const LoadModelToSend& load : effects_.loads) {
      sent_.emplace_back(load.worker, load.action.action_id, load.action.model_id,
                         std::string(load.action.model_path));
    }
    effects_.loads.clear();
  }

  std::vector<SentLoad> sent_;
};

TEST_F(StartupTest, LoadsWaitForTheStatesOfAllWorkers) {
  Load(1);
  Load(2, 0);
  EXPECT_THAT(TakeAnswers(), ElementsAre(std::tuple{2, wire::kStatusError, 0U}));
  ASSERT_TRUE(startup_.OnWorkerState(0, State({4})).ok());
  startup_.Advance(2 * Startup::kIdleNs, &effects_);
  EXPECT_FALSE(startup_.finished()) << "a worker may still tell its state";
  EXPECT_EQ(startup_.NextWakeNs(), kNever);
  EXPECT_THAT(TakeSent(), IsEmpty());
  ASSERT_TRUE(startup_.OnWorkerState(1, State({6})).ok());
  startup_.Advance(2 * Startup::kIdleNs, &effects_);
  EXPECT_THAT(TakeSent(), ElementsAre(SentLoad{0, 0, 7, "m1"}, SentLoad{1, 0, 7, "m1"}))
      << "an id that neither has";
}

TEST_F(StartupTest, IsReadyWhenAllWorkersHaveToldTheirState) {
  EXPECT_FALSE(startup_.ready());
  ASSERT_TRUE(startup_.OnWorkerState(1, State()).ok());
  ASSERT_TRUE(startup_.OnWorkerState(1, State()).ok());
  EXPECT_FALSE(startup_.ready()) << "the same worker twice";
  ASSERT_TRUE(startup_.OnWorkerState(0, State()).ok());
  EXPECT_TRUE(startup_.ready());
}

TEST_F(StartupTest, WorkersOfDifferentPageSizesDoNotFitTogether) {
  ASSERT_TRUE(startup_.OnWorkerState(0, State()).ok());
  const Status status = startup_.OnWorkerState(1, State({}, 2 * kPageBytes));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kRuntime);
  EXPECT_THAT(status.error().message, HasSubstr("pages of 16777216 and of 33554432 bytes"));
}

TEST_F(StartupTest, GpusOfDifferentSizesDoNotFitTogether) {
  wire::GetWorkerStateResult state = State();
  state.gpus[1].weights_cache_pages = 99;
  const Status status = startup_.OnWorkerState(0, state);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("GPUs of 100 and of 99 pages"));
}

TEST_F(StartupTest, AModelIdThatNoControllerGivesIsRefused) {
  for (const std::int32_t id : {-1, INT32_MIN, INT32_MAX, 1 << 20}) {
    Startup startup(1, 8, 25 * kMillisecond);
    const Status status = startup.OnWorkerState(0, State({id}));
    ASSERT_FALSE(status.ok()) << id;
    EXPECT_THAT(status.error().message,
                HasSubstr("worker 0 has a model with id " + std::to_string(id)));
  }
}

TEST_F(StartupTest, ALoadGoesToEveryWorkerWithTheLimitsOfTheCommandLine) {
  AllReady();
  Load(7, 3);
  ASSERT_EQ(effects_.loads.size(), 2U);
  const wire::LoadModelAction& action = effects_.loads[1].action;
  EXPECT_EQ(action.earliest_ns, 0U);
  EXPECT_EQ(action.latest_ns, UINT64_MAX);
  EXPECT_EQ(action.copies, 3);
  EXPECT_EQ(action.max_batch_size, 8U);
  EXPECT_EQ(action.max_exec_ns, 25'000'000U);
  EXPECT_THAT(TakeSent(), ElementsAre(std::tuple(0U, 0, 0, "m7"), std::tuple(1U, 0, 0, "m7")));
}

TEST_F(StartupTest, FourLoadsAreOutstandingAndTheRestWaitInOrder) {
  AllReady();
  for (std::int32_t request = 0; request < 6; ++request) Load(request);
  EXPECT_EQ(TakeSent().size(), 8U) << "four to each of two workers";
  Succeed(0, 0);
  EXPECT_THAT(TakeSent(), IsEmpty()) << "the other worker has four still";
  Succeed(1, 0);
  EXPECT_THAT(TakeSent(), ElementsAre(std::tuple(0U, 4, 4, "m4"), std::tuple(1U, 4, 4, "m4")));
  Succeed(0, 2);
  Succeed(1, 2);
  EXPECT_THAT(TakeSent(), ElementsAre(std::tuple(0U, 5, 5, "m5"), std::tuple(1U, 5, 5, "m5")));
  EXPECT_THAT(TakeAnswers(), ElementsAre(std::tuple(0, 0, 0U), std::tuple(2, 0, 2U)));
}

TEST_F(StartupTest, ASuccessNamesTheFirstIdTheCopiesAndTheSizes) {
  AllReady();
  Load(1, 3);
  Load(2, 2);
  for (const std::int32_t action : {0, 1}) {
    Succeed(0, action);
    Succeed(1, action);
  }
  ASSERT_EQ(effects_.answers.size(), 2U);
  EXPECT_EQ(effects_.answers[1].asker.client, 1U);
  EXPECT_EQ(effects_.answers[1].asker.message_id, 9U);
  EXPECT_EQ(effects_.answers[1].model_id, 3U);
  EXPECT_EQ(effects_.answers[1].copies, 2);
  EXPECT_EQ(effects_.answers[1].input_bytes, 100U);
  EXPECT_EQ(effects_.answers[1].output_bytes, 10U);
  const Cluster cluster = Finish();
  ASSERT_EQ(cluster.models.size(), 5U);
  EXPECT_EQ(cluster.models[2].path, "m1");
  EXPECT_EQ(cluster.models[4].path, "m2");
  EXPECT_EQ(cluster.models[4].model_id, 4U);
  EXPECT_EQ(cluster.models[4].weights_pages, 3U);
  EXPECT_EQ(cluster.models[4].load_ns, 8'000'000);
  ASSERT_EQ(cluster.models[4].batches.size(), 3U);
  EXPECT_EQ(cluster.models[4].batches[1].exec_ns, 2000);
  EXPECT_EQ(cluster.models[4].batches[2].exec_ns, 0) << "the worker told no third time";
  ASSERT_EQ(cluster.workers.size(), 2U);
  EXPECT_EQ(cluster.workers[1].gpus, 2U);
  EXPECT_EQ(cluster.workers[1].pages_per_gpu, 100U);
}

TEST_F(StartupTest, AMixtureIsAnErrorAndItsIdsAreNotGivenAgain) {
  AllReady();
  Load(1, 2);
  Succeed(0, 0);
  Fail(1, 0, "disk broken");
  EXPECT_THAT(TakeAnswers(), ElementsAre(std::tuple(1, wire::kStatusError, 0U)));
  EXPECT_EQ(last_message_, "disk broken");
  TakeSent();
  Load(2);
  EXPECT_THAT(TakeSent(), ElementsAre(std::tuple(0U, 1, 2, "m2"), std::tuple(1U, 1, 2, "m2")));
  Succeed(0, 1);
  Succeed(1, 1);
  const Cluster cluster = Finish();
  ASSERT_EQ(cluster.models.size(), 3U);
  EXPECT_THAT(cluster.models[0].batches, IsEmpty()) << "a hole, not a model";
  EXPECT_THAT(cluster.models[1].batches, IsEmpty());
  EXPECT_EQ(cluster.models[2].path, "m2");
}

TEST_F(StartupTest, WhenAllFailTheFirstTextIsAnsweredAndTheIdsAreGivenAgain) {
  AllReady();
  Load(1, 2);
  Fail(1, 0, "no such model");
  Fail(0, 0, "another text");
  EXPECT_THAT(TakeAnswers(), ElementsAre(std::tuple(1, wire::kStatusError, 0U)));
  EXPECT_EQ(last_message_, "no such model");
  TakeSent();
  Load(2);
  EXPECT_THAT(TakeSent(), ElementsAre(std::tuple(0U, 1, 0, "m2"), std::tuple(1U, 1, 0, "m2")));
}

TEST_F(StartupTest, AFailureWithoutATextIsNamedByItsStatus) {
  AllReady();
  Load(1);
  Fail(0, 0, "");
  Fail(1, 0, "");
  TakeAnswers();
  EXPECT_EQ(last_message_, "status 41");
}

TEST_F(StartupTest, WorkersMustAgree) {
  using Change = void (*)(wire::LoadModelResult*);
  const std::vector<std::pair<std::string, Change>> changes = {
      {"input", [](wire::LoadModelResult* r) { ++r->input_bytes; }},
      {"output", [](wire::LoadModelResult* r) { ++r->output_bytes; }},
      {"batch sizes", [](wire::LoadModelResult* r) { r->supported_batch_sizes.pop_back(); }},
      {"cache size", [](wire::LoadModelResult* r) { ++r->weights_bytes_in_cache; }},
  };
  AllReady();
  std::int32_t action = 0;
  for (const auto& [what, change] : changes) {
    Load(action);
    Succeed(0, action);
    wire::LoadModelResult other = Loaded(action);
    change(&other);
    startup_.OnLoadModelResult(0, 1, other, &effects_);
    EXPECT_THAT(TakeAnswers(), ElementsAre(std::tuple(action, wire::kStatusError, 0U))) << what;
    EXPECT_THAT(last_message_, HasSubstr("disagree about m" + std::to_string(action))) << what;
    ++action;
  }
}

TEST_F(StartupTest, TimesMayDiffer) {
  AllReady();
  Load(1);
  Succeed(0, 0);
  wire::LoadModelResult slower = Loaded(0);
  slower.weights_load_ns = 9'000'000;
  slower.batch_exec_ns = {5, 6};
  startup_.OnLoadModelResult(0, 1, slower, &effects_);
  EXPECT_THAT(TakeAnswers(), ElementsAre(std::tuple(1, wire::kStatusSuccess, 0U)));
  EXPECT_EQ(Finish().models[0].load_ns, 8'000'000) << "the first to answer counts";
}

TEST_F(StartupTest, ResultsThatNobodyWaitsForAreIgnored) {
  AllReady();
  Load(1);
  Succeed(0, 0);
  Succeed(0, 0);
  Fail(0, 0, "again");
  Succeed(0, 17);
  Fail(1, 17, "unknown");
  EXPECT_THAT(TakeAnswers(), IsEmpty());
  Succeed(1, 0);
  EXPECT_THAT(TakeAnswers(), ElementsAre(std::tuple(1, wire::kStatusSuccess, 0U)));
  Succeed(1, 0);
  EXPECT_THAT(TakeAnswers(), IsEmpty());
}

TEST_F(StartupTest, TheNumberOfCopiesHasLimits) {
  AllReady();
  for (const std::int32_t copies : {0, -1, INT32_MIN, Startup::kMaxCopies + 1}) {
    Load(1, copies);
    EXPECT_THAT(TakeAnswers(), ElementsAre(std::tuple(1, wire::kStatusError, 0U))) << copies;
    EXPECT_THAT(last_message_, HasSubstr("give 1 to 1000000"));
  }
  Load(2, Startup::kMaxCopies);
  EXPECT_EQ(TakeSent().size(), 2U);
  Load(3, Startup::kMaxCopies);
  EXPECT_THAT(TakeSent(), IsEmpty());
  TakeAnswers();
  EXPECT_EQ(last_message_, "more than 1048576 models");
}

TEST_F(StartupTest, TheQueueOfLoadsHasALimit) {
  AllReady();
  const auto limit =
      static_cast<std::int32_t>(Startup::kMaxQueuedLoads + Startup::kMaxOutstandingPerWorker);
  for (std::int32_t request = 0; request < limit; ++request) Load(request);
  EXPECT_THAT(TakeAnswers(), IsEmpty());
  Load(limit);
  EXPECT_THAT(TakeAnswers(), ElementsAre(std::tuple(limit, wire::kStatusError, 0U)));
  EXPECT_EQ(last_message_, "10000 model loads are waiting already");
}

TEST_F(StartupTest, EndsOneSecondAfterTheLastLoad) {
  AllReady();
  startup_.Advance(3600 * kSecond, &effects_);
  EXPECT_FALSE(startup_.finished()) << "nobody has asked for a model";
  EXPECT_EQ(startup_.NextWakeNs(), kNever);
  Load(1, 1, 3600 * kSecond);
  startup_.Advance(4000 * kSecond, &effects_);
  EXPECT_FALSE(startup_.finished()) << "a load is outstanding";
  EXPECT_EQ(startup_.NextWakeNs(), kNever);
  Succeed(0, 0, 4000 * kSecond);
  Succeed(1, 0, 4001 * kSecond);
  EXPECT_EQ(startup_.NextWakeNs(), 4002 * kSecond);
  startup_.Advance(4002 * kSecond - 1, &effects_);
  EXPECT_FALSE(startup_.finished());
  startup_.Advance(4002 * kSecond, &effects_);
  EXPECT_TRUE(startup_.finished());
}

TEST_F(StartupTest, ARefusedLoadKeepsThePhaseOpenToo) {
  AllReady();
  Load(1, 0, 10 * kSecond);
  EXPECT_EQ(startup_.NextWakeNs(), 11 * kSecond);
}

TEST_F(StartupTest, EarlyRequestsBounceAfterTwelveSecondsInOrder) {
  AllReady();
  startup_.OnEarlyRequest(0, {From(1), true, 3}, &effects_);
  startup_.OnEarlyRequest(kSecond, {From(2), false, 0}, &effects_);
  EXPECT_EQ(startup_.NextWakeNs(), 12 * kSecond);
  startup_.Advance(12 * kSecond - 1, &effects_);
  EXPECT_THAT(TakeBounced(), IsEmpty());
  startup_.Advance(12 * kSecond, &effects_);
  ASSERT_EQ(effects_.bounces.size(), 1U);
  EXPECT_TRUE(effects_.bounces[0].is_inference);
  EXPECT_EQ(effects_.bounces[0].model_id, 3U);
  EXPECT_THAT(TakeBounced(), ElementsAre(1));
  EXPECT_EQ(startup_.NextWakeNs(), 13 * kSecond);
  startup_.Advance(20 * kSecond, &effects_);
  EXPECT_THAT(TakeBounced(), ElementsAre(2));
}

TEST_F(StartupTest, EarlyRequestsBounceWhenThePhaseEndsInOrder) {
  AllReady();
  Load(1);
  for (std::int32_t request = 2; request < 5; ++request) {
    startup_.OnEarlyRequest(request, {From(request), request % 2 == 0, 0}, &effects_);
  }
  Succeed(0, 0);
  Succeed(1, 0);
  startup_.Advance(kSecond, &effects_);
  EXPECT_TRUE(startup_.finished());
  EXPECT_THAT(TakeBounced(), ElementsAre(2, 3, 4));
}

TEST_F(StartupTest, MoreEarlyRequestsThanTheLimitBounceAtOnce) {
  AllReady();
  for (std::size_t i = 0; i < Startup::kMaxBounces; ++i) {
    startup_.OnEarlyRequest(0, {From(1), true, 0}, &effects_);
  }
  EXPECT_THAT(TakeBounced(), IsEmpty());
  startup_.OnEarlyRequest(0, {From(2), true, 0}, &effects_);
  EXPECT_THAT(TakeBounced(), ElementsAre(2));
}

TEST_F(StartupTest, ALostWorkerFailsTheLoadsThatWaitForItAndAllLaterOnes) {
  AllReady();
  for (std::int32_t request = 0; request < 6; ++request) Load(request);
  Succeed(0, 0);
  startup_.OnWorkerLost(kSecond, 1, &effects_);
  EXPECT_THAT(TakeAnswers(), ElementsAre(std::tuple(4, wire::kStatusError, 0U),
                                         std::tuple(5, wire::kStatusError, 0U),
                                         std::tuple(0, wire::kStatusError, 0U)));
  EXPECT_EQ(last_message_, "a worker is gone");
  for (const std::int32_t action : {1, 2, 3}) Succeed(0, action, 2 * kSecond);
  EXPECT_THAT(TakeAnswers(), ElementsAre(std::tuple(1, wire::kStatusError, 0U),
                                         std::tuple(2, wire::kStatusError, 0U),
                                         std::tuple(3, wire::kStatusError, 0U)));
  Load(9);
  EXPECT_THAT(TakeAnswers(), ElementsAre(std::tuple(9, wire::kStatusError, 0U)));
  EXPECT_THAT(last_message_, HasSubstr("a worker is gone"));
  EXPECT_THAT(Finish().models, IsEmpty());
}

TEST_F(StartupTest, ModelsLeftFromAnEarlierControllerAreUsedWhereEveryWorkerHasThem) {
  ASSERT_TRUE(startup_.OnWorkerState(0, State({0, 2, 5})).ok());
  ASSERT_TRUE(startup_.OnWorkerState(1, State({0, 5, 7})).ok());
  EXPECT_EQ(startup_.left_out(), "model 2");
  Load(1);
  EXPECT_THAT(TakeSent(), ElementsAre(std::tuple(0U, 0, 8, "m1"), std::tuple(1U, 0, 8, "m1")))
      << "ids begin behind the highest of any worker";
  Succeed(0, 0);
  Succeed(1, 0);
  const Cluster cluster = Finish();
  ASSERT_EQ(cluster.models.size(), 9U);
  EXPECT_EQ(cluster.models[0].path, "model 0");
  EXPECT_EQ(cluster.models[5].batches.size(), 2U);
  for (const std::size_t hole : {1U, 2U, 7U}) {
    EXPECT_THAT(cluster.models[hole].batches, IsEmpty()) << hole;
  }
  EXPECT_EQ(cluster.models[8].path, "m1");
}

TEST_F(StartupTest, ImpossibleTimesOfAWorkerAreCut) {
  AllReady();
  Load(1);
  wire::LoadModelResult result = Loaded(0);
  result.weights_load_ns = UINT64_MAX;
  result.batch_exec_ns = {UINT64_MAX, 1'000, 2'000};
  for (const std::uint32_t worker : {0U, 1U}) {
    startup_.OnLoadModelResult(0, worker, result, &effects_);
  }
  const Cluster cluster = Finish();
  EXPECT_EQ(cluster.models[0].load_ns, kMaxEstimateNs);
  EXPECT_EQ(cluster.models[0].batches[0].exec_ns, kMaxEstimateNs);
}

}  // namespace
}  // namespace clockwork::controller
