// Every check of LoadModel, LoadWeights, EvictWeights and Infer, as a table: a situation and the
// status that it must lead to (spec/worker.md §4.4, §4.6).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "images/worker_dummy/core/transitions.h"
#include "tests/unit/worker_dummy/worker_harness.h"

namespace clockwork::worker {
namespace {

using ::testing::HasSubstr;

struct Case {
  const char* name;
  // Acts on a worker with 12 pages where models 0 and 1 (5 pages each) and 2 (13 pages) are known
  // and none is loaded, at time 1 s. Returns the action in question.
  std::function<std::int32_t(Harness&)> act;
  std::int32_t status;
  const char* message = "";
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

std::string NameOf(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }

Harness ReadyForChecks() {
  Harness h;
  h.AddModel(0, 2);
  ModelSpec large = SmallModel();
  large.weights_pages = 13;
  h.AddModel(2, 1, large);
  return h;
}

constexpr std::uint64_t kPast = 999'999'999;

// Loads the model and waits for it.
void Loaded(Harness& h, std::int32_t model_id) {
  h.Load(model_id);
  h.Finish();
}

class CheckTest : public ::testing::TestWithParam<Case> {};

TEST_P(CheckTest, LeadsToItsStatus) {
  Harness h = ReadyForChecks();
  const std::int32_t action_id = GetParam().act(h);
  h.Finish();
  EXPECT_EQ(h.StatusOf(action_id), GetParam().status);
  if (GetParam().status != 0) {
    EXPECT_THAT(h.MessageOf(action_id), HasSubstr(GetParam().message));
  }
}

INSTANTIATE_TEST_SUITE_P(
    LoadWeights, CheckTest,
    ::testing::Values(
        Case{"Succeeds", [](Harness& h) { return h.Load(0); }, 0},
        Case{"AtTheLastMoment", [](Harness& h) { return h.Load(0, {.latest_ns = kSecond}); }, 0},
        Case{"TooLate", [](Harness& h) { return h.Load(0, {.latest_ns = kPast}); }, 51,
             "1 ns after"},
        Case{"UnknownModel", [](Harness& h) { return h.Load(9); }, 52, "model 9"},
        Case{"TooLateComesBeforeUnknownModel",
             [](Harness& h) { return h.Load(9, {.latest_ns = kPast}); }, 51},
        Case{"NotEnoughPages", [](Harness& h) { return h.Load(2); }, 53, "needs 13 pages, 12"},
        Case{"NotEnoughPagesLeft",
             [](Harness& h) {
               h.AddModel(10, 1);
               Loaded(h, 0);
               Loaded(h, 1);
               return h.Load(10);
             },
             53, "needs 5 pages, 2 are free"},
        Case{"AgainWhilePresent",
             [](Harness& h) {
               Loaded(h, 0);
               return h.Load(0);
             },
             0},
        Case{"CacheClearedMeanwhile",
             [](Harness& h) {
               const std::int32_t load = h.Load(0);
               h.ClearCache();
               return load;
             },
             54},
        Case{"UnknownGpu", [](Harness& h) { return h.Load(0, {.gpu_id = 1}); }, 13, "GPU 1"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    EvictWeights, CheckTest,
    ::testing::Values(Case{"Succeeds",
                           [](Harness& h) {
                             Loaded(h, 0);
                             return h.Evict(0);
                           },
                           0},
                      Case{"TooLate",
                           [](Harness& h) {
                             Loaded(h, 0);
                             return h.Evict(0, {.latest_ns = kPast});
                           },
                           61},
                      Case{"UnknownModel", [](Harness& h) { return h.Evict(9); }, 62},
                      Case{"TooLateComesBeforeUnknownModel",
                           [](Harness& h) { return h.Evict(9, {.latest_ns = kPast}); }, 61},
                      Case{"NotPresent", [](Harness& h) { return h.Evict(0); }, 63},
                      Case{"Twice",
                           [](Harness& h) {
                             Loaded(h, 0);
                             h.Evict(0);
                             return h.Evict(0);
                           },
                           63},
                      Case{"UnknownGpu", [](Harness& h) { return h.Evict(0, {.gpu_id = 7}); }, 13}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Infer, CheckTest,
    ::testing::Values(
        Case{"Succeeds",
             [](Harness& h) {
               Loaded(h, 0);
               return h.Infer(0);
             },
             0},
        Case{"TooLate",
             [](Harness& h) {
               Loaded(h, 0);
               return h.Infer(0, {.latest_ns = kPast});
             },
             81},
        Case{"UnknownModel", [](Harness& h) { return h.Infer(9); }, 72},
        Case{"TooLateComesBeforeUnknownModel",
             [](Harness& h) { return h.Infer(9, {.latest_ns = kPast}); }, 81},
        Case{"BatchOfZero", [](Harness& h) { return h.Infer(0, {.batch_size = 0}); }, 73},
        Case{"BatchAboveTheLargest", [](Harness& h) { return h.Infer(0, {.batch_size = 9}); }, 73,
             "batch of 9"},
        Case{"BatchComesBeforeInput",
             [](Harness& h) { return h.Infer(0, {.batch_size = 9, .input_bytes = 1}); }, 73},
        Case{"InputOfWrongSize", [](Harness& h) { return h.Infer(0, {.input_bytes = 99}); }, 75},
        Case{"InputComesBeforeWeights",
             [](Harness& h) { return h.Infer(0, {.batch_size = 2, .input_bytes = 100}); }, 75},
        Case{"ListedInputsAreTrusted",
             [](Harness& h) {
               Loaded(h, 0);
               return h.Infer(0, {.input_bytes = 17, .input_sizes = {17}});
             },
             0},
        Case{"InputOfRightSize",
             [](Harness& h) {
               Loaded(h, 0);
               return h.Infer(0, {.batch_size = 2, .input_bytes = 200});
             },
             0},
        Case{"WeightsAbsent", [](Harness& h) { return h.Infer(0); }, 82},
        Case{"WeightsStillLoading",
             [](Harness& h) {
               h.Load(0);
               return h.Infer(0);
             },
             82},
        Case{"WeightsOnAnotherModelOnly",
             [](Harness& h) {
               Loaded(h, 1);
               return h.Infer(0);
             },
             82},
        Case{"EvictedMeanwhile",
             [](Harness& h) {
               Loaded(h, 0);
               const std::int32_t infer = h.Infer(0);
               h.Evict(0);
               return infer;
             },
             84},
        Case{"ReloadStartedMeanwhile",
             [](Harness& h) {
               Loaded(h, 0);
               const std::int32_t infer = h.Infer(0);
               h.Load(0);
               return infer;
             },
             84},
        Case{"StartedDuringAReload",
             [](Harness& h) {
               Loaded(h, 0);
               h.Load(0);
               return h.Infer(0);
             },
             0},
        Case{"CacheClearedMeanwhile",
             [](Harness& h) {
               Loaded(h, 0);
               const std::int32_t infer = h.Infer(0);
               h.ClearCache();
               return infer;
             },
             84},
        Case{"EvictedAndLoadedAgainMeanwhile",
             [](Harness& h) {
               ModelSpec quick = SmallModel();
               quick.load_ns = 1;
               h.AddModel(10, 1, quick);
               Loaded(h, 10);
               const std::int32_t infer = h.Infer(10);
               h.Evict(10);
               h.Load(10);
               return infer;
             },
             84},
        Case{"UnknownGpu", [](Harness& h) { return h.Infer(0, {.gpu_id = UINT32_MAX}); }, 13}),
    NameOf);

ModelRead Small() { return {0, "", SmallModel()}; }

INSTANTIATE_TEST_SUITE_P(
    LoadModel, CheckTest,
    ::testing::Values(
        Case{"Succeeds", [](Harness& h) { return h.AddModel(3, 66); }, 0},
        Case{"TooLate", [](Harness& h) { return h.AddModel(3, 1, Small(), {.latest_ns = kPast}); },
             11},
        Case{"TooLateComesBeforeTakenIds",
             [](Harness& h) { return h.AddModel(0, 1, Small(), {.latest_ns = kPast}); }, 11},
        Case{"IdTaken", [](Harness& h) { return h.AddModel(2, 1); }, 40, "ids 2 to 2"},
        Case{"OneOfTheIdsTaken",
             [](Harness& h) {
               h.AddModel(5, 1);
               return h.AddModel(3, 3);
             },
             40, "ids 3 to 5"},
        Case{"TakenIdsComeBeforeThePath",
             [](Harness& h) {
               return h.AddModel(0, 1, {41, "no model", {}}, {});
             },
             40},
        Case{"NoModelThere",
             [](Harness& h) {
               return h.AddModel(3, 1, {41, "no model at x", {}}, {});
             },
             41, "no model at x"},
        Case{"NoMeasurements",
             [](Harness& h) {
               return h.AddModel(3, 1, {10, "no times", {}}, {});
             },
             10},
        Case{"NoCopies", [](Harness& h) { return h.AddModel(3, 0); }, 12},
        Case{"NegativeId", [](Harness& h) { return h.AddModel(-1, 1); }, 12},
        Case{"IdsBeyond31Bits", [](Harness& h) { return h.AddModel(INT32_MAX, 2); }, 12},
        Case{"MoreCopiesThanAWorkerTakes",
             [](Harness& h) { return h.AddModel(3, static_cast<std::int32_t>(kMaxModelCopies)); },
             12, "at most 1000000"}),
    NameOf);

TEST(WorkerChecksTest, ZeroSizeInputsCanBeForbidden) {
  WorkerConfig config = SmallWorker();
  config.allow_zero_size_inputs = false;
  Harness h(config);
  h.AddModel(0);
  h.Load(0);
  h.Finish();
  const std::int32_t without = h.Infer(0);
  const std::int32_t listed = h.Infer(0, {.input_sizes = {0}});
  h.Finish();
  EXPECT_EQ(h.StatusOf(without), wire::kInferBadInput);
  EXPECT_EQ(h.StatusOf(listed), 0);
}

TEST(WorkerChecksTest, AnOutputBeyondTheLimitIsRefused) {
  Harness h;
  ModelSpec wide = SmallModel();
  wide.output_bytes = kMaxOutputBytes;
  h.AddModel(0, 1, wide);
  h.Load(0);
  h.Finish();
  const std::int32_t fits = h.Infer(0, {.input_bytes = 1, .input_sizes = {1}});
  const std::int32_t beyond = h.Infer(0, {.batch_size = 2, .input_bytes = 1, .input_sizes = {1}});
  h.Finish();
  EXPECT_EQ(h.StatusOf(fits), 0);
  EXPECT_EQ(h.StatusOf(beyond), wire::kActionInvalidAction);
}

TEST(WorkerChecksTest, ErrorsCarryTheirActionTypeAndTheTimeOfReceipt) {
  Harness h;
  struct Expectation {
    std::int32_t action_id;
    std::int32_t action_type;
  };
  for (const Expectation& e : {Expectation{h.AddModel(-1), wire::kActionLoadModel},
                               Expectation{h.Load(9), wire::kActionLoadWeights},
                               Expectation{h.Evict(9), wire::kActionEvictWeights},
                               Expectation{h.Infer(9), wire::kActionInfer},
                               Expectation{h.Infer(9, {.gpu_id = 5}), wire::kActionInfer}}) {
    EXPECT_EQ(h.Get<wire::ErrorResult>(e.action_id).action_type, e.action_type);
    EXPECT_EQ(h.Get<wire::ErrorResult>(e.action_id).action_received_ns, 1'000'000'000U);
    EXPECT_EQ(h.Find(e.action_id)->type, wire::WorkerMessage::kErrorResult);
  }
  EXPECT_EQ(h.worker.counters().errors, 5U);
}

TEST(WorkerChecksTest, ALoadWithoutRoomTakesNoPagesAndChangesTheVersionAllTheSame) {
  Harness h = ReadyForChecks();
  const std::uint32_t version = h.worker.weights(0).Version(2);
  h.Load(2);
  EXPECT_EQ(h.worker.weights(0).free_pages(), 12U);
  EXPECT_NE(h.worker.weights(0).Version(2), version);
}

TEST(WorkerChecksTest, ClearingDuringALoadFreesItsPagesOnce) {
  Harness h = ReadyForChecks();
  h.Load(0);
  EXPECT_EQ(h.worker.weights(0).free_pages(), 7U);
  h.ClearCache();
  EXPECT_EQ(h.worker.weights(0).free_pages(), 12U);
  h.Finish();
  EXPECT_EQ(h.worker.weights(0).free_pages(), 12U);
  EXPECT_FALSE(h.worker.weights(0).Present(0));
}

TEST(WorkerChecksTest, OnlyBatchSizesWithinTheLimitsAreSupported) {
  struct Limits {
    std::uint32_t max_batch_size;
    std::uint64_t max_exec_ns;
    std::vector<std::uint32_t> supported;
  };
  for (const Limits& limits :
       {Limits{16, kNoLimit, {1, 2, 4, 8}}, Limits{4, kNoLimit, {1, 2, 4}},
        Limits{3, kNoLimit, {1, 2}}, Limits{16, 4'000'000, {1, 2, 4}},
        Limits{16, 3'999'999, {1, 2}}, Limits{16, 0, {1}}, Limits{0, kNoLimit, {}}}) {
    Harness h;
    const std::int32_t load =
        h.AddModel(0, 1, Small(), {}, limits.max_batch_size, limits.max_exec_ns);
    EXPECT_EQ(h.Get<wire::LoadModelResult>(load).supported_batch_sizes, limits.supported);
  }
}

}  // namespace
}  // namespace clockwork::worker
