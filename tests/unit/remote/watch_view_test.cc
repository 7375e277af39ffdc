#include "operator/remote/watch_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/remote/remote_objects.h"

namespace clockwork::remote {
namespace {

using plan::cluster::ActiveTrial;
using plan::cluster::Phase;
using plan::cluster::TrialStep;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// N = 1 is measured once, and the second of its trials is under way since 1000 s.
RemoteExperiment Running() {
  RemoteExperiment experiment = MakeRemote();
  auto& status = experiment.status;
  status.phase = Phase::kRunning;
  status.trials_total = 4;
  status.trials_done = 1;
  status.results = {{1, {900, -1}, {1, 0}, {}, {}}, {2, {-1, -1}, {0, 0}, {}, {}}};
  ActiveTrial trial;
  trial.id = {1, 2};
  trial.workers = 1;
  trial.step = TrialStep::kMeasuring;
  trial.start_ns = 1000 * kSecond;
  status.active = {trial};
  return experiment;
}

TEST(WatchView, SaysWhichTrialDoesWhat) {
  const auto view = ViewOf(Running(), 1000 * kSecond);
  EXPECT_EQ(view.experiment, "x");
  EXPECT_EQ(view.trial, "N = 1, trial 2 of 2");
  EXPECT_EQ(view.phase, "measuring");
  EXPECT_EQ(view.trials_done, 1U);
  EXPECT_EQ(view.trials_total, 4U);
  EXPECT_NEAR(view.fraction, 0.25, 1e-9);
}

TEST(WatchView, TimePassesWhileATrialRunsButNeverPassesTheTrial) {
  const RemoteExperiment experiment = Running();
  const Nanos trial_ns =
      plan::MakePlan(experiment.experiment.spec).order.front().load_ns + kOverheadNs;
  EXPECT_EQ(ViewOf(experiment, 1000 * kSecond).remaining_ns, 3 * trial_ns);
  EXPECT_EQ(ViewOf(experiment, 1010 * kSecond).remaining_ns, 3 * trial_ns - 10 * kSecond);
  EXPECT_EQ(ViewOf(experiment, 90'000 * kSecond).remaining_ns, 2 * trial_ns);
  EXPECT_EQ(ViewOf(experiment, 0).remaining_ns, 3 * trial_ns) << "clocks differ";
}

TEST(WatchView, NamesWhatHoldsATrialUp) {
  RemoteExperiment experiment = Running();
  experiment.status.active[0].step = TrialStep::kWorkers;
  experiment.status.active[0].attempt = 2;
  experiment.status.active[0].reason = "ImagePullBackOff";
  experiment.status.active[0].message = "no such image";
  const auto view = ViewOf(experiment, 0);
  EXPECT_EQ(view.phase, "starting the workers; ImagePullBackOff: no such image");
  EXPECT_EQ(view.attempt, 2);
}

TEST(WatchView, WithoutAStatusThereIsAViewAllTheSame) {
  const auto view = ViewOf(MakeRemote(), 0);
  EXPECT_EQ(view.trial, "Pending");
  EXPECT_EQ(view.phase, "no operator has looked at it yet");
  EXPECT_EQ(view.trials_done, 0U);
  EXPECT_NEAR(view.fraction, 0, 1e-9);
  RemoteExperiment odd = MakeRemote();
  odd.status.trials_done = 1'000'000;
  EXPECT_NEAR(ViewOf(odd, 0).fraction, 1, 1e-9);
}

TEST(WatchView, WhatMayBeOldSaysSo) {
  EXPECT_EQ(ViewOf(Running(), 0, false).phase, "no word from the API server; the last: measuring");
}

TEST(WatchView, TheFiguresAreTheLastThing) {
  RemoteExperiment experiment = MakeRemote();
  experiment.status.figures.emplace();
  EXPECT_EQ(ViewOf(experiment, 0).phase, "drawing the figures");
}

TEST(WatchNews, AreWhatHasChanged) {
  const RemoteExperiment before = Running();
  EXPECT_THAT(NewsSince(before, before), IsEmpty());
  RemoteExperiment after = before;
  after.status.results[0].goodput_rps[1] = 950;
  after.status.results[0].attempts[1] = 1;
  after.status.results[0].invalid = {2};
  after.status.results[1].attempts[0] = 1;
  after.status.active[0].reason = "Unschedulable";
  after.status.active[0].message = "0/3 nodes";
  after.status.phase = Phase::kFailed;
  after.status.message = "gave up";
  EXPECT_THAT(NewsSince(before, after), ElementsAre("N = 1, trial 2 of 2: 950 r/s good; NOT VALID",
                                                    "N = 2, trial 1 of 2: attempt 1 failed",
                                                    "Unschedulable: 0/3 nodes", "Failed: gave up"));
}

TEST(WatchNews, AMeasurementThatIsRepeatedIsNewsEachTime) {
  RemoteExperiment before = Running();
  before.status.results[0].invalid = {1};
  RemoteExperiment after = before;
  after.status.results[0].attempts[0] = 2;
  after.status.results[0].invalid = {};
  EXPECT_THAT(NewsSince(before, after), ElementsAre("N = 1, trial 1 of 2: 900 r/s good"));
}

TEST(WatchNews, TheFirstStatusIsAllNews) {
  EXPECT_THAT(NewsSince(MakeRemote(), Running()),
              ElementsAre("N = 1, trial 1 of 2: 900 r/s good", HasSubstr("Running")));
}

TEST(WatchResults, HoldTheMediansAndWhatIsMissing) {
  RemoteExperiment experiment = Running();
  experiment.status.results[0].goodput_rps = {900, 1000};
  experiment.status.results[0].invalid = {2};
  experiment.status.results[0].median_goodput_rps = 900;  // the operator's, of valid trials
  experiment.status.results.pop_back();
  const auto results = ResultsOf(experiment);
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].median_goodput_rps, 900);
  EXPECT_EQ(results[0].reason, "1 of 2 trials are not valid");
  EXPECT_FALSE(results[1].median_goodput_rps);
  EXPECT_EQ(results[1].reason, "2 of 2 trials are not measured");
  EXPECT_FALSE(results[1].valid);
}

TEST(WatchEnd, IsWhenNothingIsStartedAnyMore) {
  plan::cluster::ExperimentStatus status;
  status.phase = Phase::kComplete;
  EXPECT_FALSE(IsOver(status)) << "the figures may be drawn yet";
  status.completion_ns = 5;
  EXPECT_TRUE(IsOver(status));
  status.phase = Phase::kRunning;
  EXPECT_FALSE(IsOver(status));
}

}  // namespace
}  // namespace clockwork::remote
