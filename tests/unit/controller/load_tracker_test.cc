#include "images/controller/core/load_tracker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace clockwork::controller {
namespace {

constexpr Nanos kCapacityNs = 100'000'000;
constexpr std::uint32_t kNoModel = LoadTracker::kNoModel;

LoadTracker Tracker(std::size_t gpus, std::size_t models, bool stop_at_zero = false) {
  return {gpus, models, kCapacityNs, stop_at_zero};
}

// Makes the GPU hold the model, and leaves no demand.
void Give(LoadTracker* tracker, std::uint32_t model, std::size_t gpu) {
  tracker->AddDemand(model, 1, 0);
  ASSERT_EQ(tracker->DecideLoad(gpu), model);
  tracker->LoadSucceeded(model, gpu);
  tracker->ExecDemandDone(model, 1);
}

std::uint32_t Evict(LoadTracker* tracker, std::size_t gpu,
                    std::vector<std::uint32_t> inflight = {}) {
  return tracker->DecideEvict(gpu, [&inflight](std::uint32_t model) {
    return std::find(inflight.begin(), inflight.end(), model) != inflight.end();
  });
}

TEST(LoadTrackerTest, WithoutAHolderThePriorityIsTheLoadDemand) {
  LoadTracker tracker = Tracker(2, 2);
  EXPECT_EQ(tracker.Priority(0), 0);
  tracker.AddDemand(0, 10'000'000, 20'000'000);
  tracker.AddDemand(0, 1, 5);
  EXPECT_EQ(tracker.Priority(0), 20'000'005);
  tracker.LoadDemandDone(0, 20'000'000);
  EXPECT_EQ(tracker.Priority(0), 5);
  EXPECT_EQ(tracker.Priority(1), 0);
}

TEST(LoadTrackerTest, OneHolderTakesAllDemandAndServesItsShareOfTheCapacity) {
  LoadTracker tracker = Tracker(1, 1);
  tracker.AddDemand(0, 10'000'000, 20'000'000);
  EXPECT_EQ(tracker.Priority(0), 20'000'000);
  ASSERT_EQ(tracker.DecideLoad(0), 0U);
  EXPECT_TRUE(tracker.Holders(0).Contains(0));
  // Outstanding on the GPU: 1 + 10 ms. 20 - 100 * 20 / 11 ms.
  EXPECT_EQ(tracker.Priority(0), 20'000'000 - 181'818'181);
}

TEST(LoadTrackerTest, DemandIsSpreadInProportionToTheWeights) {
  LoadTracker tracker = Tracker(2, 1);
  tracker.AddDemand(0, 10'000'000, 20'000'000);
  EXPECT_EQ(tracker.Priority(0), 20'000'000);
  ASSERT_EQ(tracker.DecideLoad(0), 0U);
  ASSERT_EQ(tracker.DecideLoad(1), 0U);
  // After the first: out 11,000,000, so weight 100/11 there against 0.01 elsewhere. After the
  // second: the first gets 10 ms * 9.0909/9.1009 = 9,989,012 and the second 10,987, so they have
  // 10,989,012 and 1,010,987 outstanding, weights 9.1000 and 98.9132. Of the 20 ms of load demand
  // those are 1,684,978 and 18,315,021, of which they serve 15,333,298 and 1,811,598,071.
  EXPECT_EQ(tracker.Priority(0), 20'000'000 - 15'333'298 - 1'811'598'071);
}

TEST(LoadTrackerTest, AFinishedDemandGivesTheGpuItsRoomBack) {
  LoadTracker tracker = Tracker(1, 2);
  tracker.AddDemand(0, 10'000'000, 0);
  ASSERT_EQ(tracker.DecideLoad(0), 0U);
  tracker.LoadSucceeded(0, 0);
  tracker.ExecDemandDone(0, 10'000'000);
  tracker.AddDemand(1, 0, 20'000'000);
  EXPECT_EQ(tracker.Priority(0), 0);
  ASSERT_EQ(tracker.DecideLoad(0), 1U);
  // Again 1 ms outstanding: 20 - 100 * 20 / 1 ms.
  EXPECT_EQ(tracker.Priority(1), 20'000'000 - 2'000'000'000);
}

TEST(LoadTrackerTest, ManyQueuedRequestsDoNotOverflow) {
  LoadTracker tracker = Tracker(1, 1);
  tracker.AddDemand(0, 0, 1'000'000'000'000);
  ASSERT_EQ(tracker.DecideLoad(0), 0U);
  // 10^12 * 10^8 / 10^6 does not fit on the way.
  EXPECT_EQ(tracker.Priority(0), 1'000'000'000'000 - 100'000'000'000'000);
  tracker.AddDemand(0, 0, 4'000'000'000'000'000'000);
  EXPECT_EQ(tracker.Priority(0), INT64_MIN) << "bounded, not wrapped";
}

TEST(LoadTrackerTest, TheHigherPriorityIsLoadedFirst) {
  LoadTracker tracker = Tracker(1, 3);
  tracker.AddDemand(0, 5, 10);
  tracker.AddDemand(1, 1, 20);
  tracker.AddDemand(2, 9, 15);
  EXPECT_EQ(tracker.DecideLoad(0), 1U);
  EXPECT_EQ(tracker.DecideLoad(0), 2U);
  EXPECT_EQ(tracker.DecideLoad(0), 0U);
  EXPECT_EQ(tracker.DecideLoad(0), kNoModel);
}

TEST(LoadTrackerTest, EqualPrioritiesGoByTheMoreRecentUse) {
  LoadTracker tracker = Tracker(1, 3);
  for (const std::uint32_t model : {0U, 1U, 2U}) tracker.AddDemand(model, 1, 10);
  tracker.Used(1, 0);
  EXPECT_EQ(tracker.DecideLoad(0), 1U);
  EXPECT_EQ(tracker.DecideLoad(0), 2U) << "later models look more recent from the start";
  EXPECT_EQ(tracker.DecideLoad(0), 0U);
}

TEST(LoadTrackerTest, NothingIsLoadedWithoutDemand) {
  LoadTracker tracker = Tracker(2, 2);
  EXPECT_EQ(tracker.DecideLoad(0), kNoModel);
  tracker.AddDemand(1, 5, 10);
  tracker.LoadDemandDone(1, 10);
  tracker.ExecDemandDone(1, 5);
  EXPECT_EQ(tracker.DecideLoad(0), kNoModel);
}

TEST(LoadTrackerTest, ExecDemandAloneMakesAModelWanted) {
  LoadTracker tracker = Tracker(1, 1);
  tracker.AddDemand(0, 5, 10);
  tracker.LoadDemandDone(0, 10);
  EXPECT_EQ(tracker.DecideLoad(0), 0U);
}

TEST(LoadTrackerTest, KeepsLoadingWhileAnyWantedModelIsMissing) {
  struct Case {
    std::string what;
    bool stop_at_zero;
    std::uint32_t second_gpu;
  };
  const std::vector<Case> cases = {
      {"as published: whatever the priority", false, 0},
      {"switched: the first GPU serves the demand", true, kNoModel},
  };
  for (const Case& c : cases) {
    LoadTracker tracker = Tracker(2, 1, c.stop_at_zero);
    tracker.AddDemand(0, 10'000'000, 20'000'000);
    ASSERT_EQ(tracker.DecideLoad(0), 0U) << c.what;
    ASSERT_LT(tracker.Priority(0), 0) << c.what;
    EXPECT_EQ(tracker.DecideLoad(1), c.second_gpu) << c.what;
  }
}

TEST(LoadTrackerTest, StopAtZeroStillLoadsWhatOneGpuCannotServe) {
  LoadTracker tracker = Tracker(2, 1, true);
  // 300 ms of work on the GPU leave little capacity for more.
  tracker.AddDemand(0, 300'000'000, 20'000'000);
  ASSERT_EQ(tracker.DecideLoad(0), 0U);
  ASSERT_GT(tracker.Priority(0), 0);
  EXPECT_EQ(tracker.DecideLoad(1), 0U);
}

TEST(LoadTrackerTest, AModelIsLoadedOnceOnAGpu) {
  LoadTracker tracker = Tracker(1, 1);
  tracker.AddDemand(0, 5, 10);
  ASSERT_EQ(tracker.DecideLoad(0), 0U);
  EXPECT_EQ(tracker.DecideLoad(0), kNoModel) << "while loading";
  tracker.LoadSucceeded(0, 0);
  EXPECT_EQ(tracker.DecideLoad(0), kNoModel) << "when loaded";
}

TEST(LoadTrackerTest, AFailedLoadMayBeTriedAgain) {
  LoadTracker tracker = Tracker(1, 1);
  tracker.AddDemand(0, 5, 10);
  ASSERT_EQ(tracker.DecideLoad(0), 0U);
  tracker.LoadFailed(0, 0);
  EXPECT_FALSE(tracker.Holders(0).Contains(0));
  EXPECT_EQ(Evict(&tracker, 0), kNoModel);
  EXPECT_EQ(tracker.Priority(0), 10);
  EXPECT_EQ(tracker.DecideLoad(0), 0U);
}

TEST(LoadTrackerTest, LoadingModelsAreNotEvicted) {
  LoadTracker tracker = Tracker(1, 1);
  tracker.AddDemand(0, 5, 10);
  ASSERT_EQ(tracker.DecideLoad(0), 0U);
  EXPECT_EQ(Evict(&tracker, 0), kNoModel);
  tracker.LoadSucceeded(0, 0);
  EXPECT_EQ(Evict(&tracker, 0), 0U);
  EXPECT_FALSE(tracker.Holders(0).Contains(0));
  EXPECT_EQ(Evict(&tracker, 0), kNoModel);
}

struct EvictCase {
  std::string what;
  std::vector<std::uint32_t> used;      // in this order, after 0, 1, 2 were loaded
  std::vector<std::uint32_t> wanted;    // have demand
  std::vector<std::uint32_t> inflight;  // have infers under way
  std::vector<std::uint32_t> evicted;   // in this order
};

TEST(LoadTrackerTest, EvictsTheLeastRecentlyUsedOfTheLeastWanted) {
  const std::vector<EvictCase> cases = {
      {"loading is use", {}, {}, {}, {0, 1, 2}},
      {"least recently used first", {0, 1}, {}, {}, {2, 0, 1}},
      {"those without demand first", {}, {0, 1}, {}, {2, 0, 1}},
      {"all have demand: least recently used", {0}, {0, 1, 2}, {}, {1, 2, 0}},
      {"all have demand: rather those without infers under way", {}, {0, 1, 2}, {0, 1}, {2, 0, 1}},
      {"all have demand and infers under way", {0}, {0, 1, 2}, {0, 1, 2}, {1, 2, 0}},
  };
  for (const EvictCase& c : cases) {
    LoadTracker tracker = Tracker(1, 4);
    for (const std::uint32_t model : {0U, 1U, 2U}) Give(&tracker, model, 0);
    for (const std::uint32_t model : c.used) tracker.Used(model, 0);
    for (const std::uint32_t model : c.wanted) tracker.AddDemand(model, 5, 10);
    std::vector<std::uint32_t> evicted;
    for (int i = 0; i < 3; ++i) evicted.push_back(Evict(&tracker, 0, c.inflight));
    EXPECT_EQ(evicted, c.evicted) << c.what;
  }
}

TEST(LoadTrackerTest, UseIsPerGpu) {
  LoadTracker tracker = Tracker(2, 2);
  for (const std::size_t gpu : {0U, 1U}) {
    Give(&tracker, 0, gpu);
    Give(&tracker, 1, gpu);
  }
  tracker.Used(0, 1);
  EXPECT_EQ(Evict(&tracker, 0), 0U);
  EXPECT_EQ(Evict(&tracker, 1), 1U);
}

TEST(LoadTrackerTest, ARemovedGpuHoldsNothingAndLoadsNothing) {
  LoadTracker tracker = Tracker(2, 3);
  Give(&tracker, 0, 0);
  tracker.AddDemand(1, 5, 10);
  ASSERT_EQ(tracker.DecideLoad(0), 1U);
  tracker.RemoveGpu(0);
  EXPECT_FALSE(tracker.Holders(0).Contains(0));
  EXPECT_FALSE(tracker.Holders(1).Contains(0));
  EXPECT_EQ(tracker.Priority(1), 10) << "no GPU has it any more";
  tracker.LoadSucceeded(1, 0);
  tracker.LoadFailed(1, 0);
  EXPECT_FALSE(tracker.Holders(1).Contains(0));
  EXPECT_EQ(tracker.DecideLoad(0), kNoModel);
  EXPECT_EQ(Evict(&tracker, 0), kNoModel);
  EXPECT_EQ(tracker.DecideLoad(1), 1U) << "others go on";
}

}  // namespace
}  // namespace clockwork::controller
