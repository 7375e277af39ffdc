#include "tests/sim/cluster_simulation.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace clockwork::testing {
namespace {

using plan::cluster::ExperimentStatus;
using plan::cluster::Phase;

constexpr int kMaxTicks = 20'000;
constexpr int kSeeds = 60;

api::ScalabilityExperiment SmallExperiment() {
  api::ScalabilityExperiment experiment;
  experiment.name = "small";
  experiment.name_space = "ns";
  experiment.spec.workers.values = {2, 4};
  experiment.spec.trials = 3;
  experiment.spec.load.period_seconds = 2;
  experiment.spec.retries.attempts = 10;
  experiment.spec.retries.backoff_seconds = 1;
  return experiment;
}

// What must be the same however the run was disturbed.
std::vector<std::vector<std::int64_t>> Measured(const ExperimentStatus& status) {
  std::vector<std::vector<std::int64_t>> rows;
  for (const auto& result : status.results) {
    rows.push_back({result.workers, result.median_goodput_rps.value_or(-1)});
    rows.back().insert(rows.back().end(), result.goodput_rps.begin(), result.goodput_rps.end());
    rows.back().push_back(static_cast<std::int64_t>(result.invalid.size()));
  }
  return rows;
}

struct Variant {
  const char* name;
  ClusterFaults faults;
  std::int64_t worker_pods = 1;
  std::int64_t parallel_trials = 1;
  api::Cleanup cleanup = api::Cleanup::kOnSuccess;
  std::int64_t backoff_seconds = 1;
};

void PrintTo(const Variant& variant, std::ostream* out) { *out << variant.name; }

class ClusterSimulationTest : public ::testing::TestWithParam<Variant> {
 protected:
  static api::ScalabilityExperiment Experiment() {
    api::ScalabilityExperiment experiment = SmallExperiment();
    experiment.spec.worker_pods = GetParam().worker_pods;
    experiment.spec.parallel_trials = GetParam().parallel_trials;
    experiment.spec.cleanup = GetParam().cleanup;
    experiment.spec.retries.backoff_seconds = GetParam().backoff_seconds;
    return experiment;
  }
};

TEST(ClusterSimulationTest, UndisturbedEveryTrialTakesOneAttempt) {
  ClusterSimulation simulation(SmallExperiment(), {}, 1);
  ASSERT_TRUE(simulation.Run(kMaxTicks)) << simulation.Story();
  const ExperimentStatus& status = simulation.status();
  EXPECT_EQ(status.phase, Phase::kComplete);
  EXPECT_EQ(status.failures, 0);
  EXPECT_EQ(status.trials_valid, 6);
  ASSERT_TRUE(status.figures);
  EXPECT_EQ(status.figures->state, plan::cluster::FiguresState::kDrawn);
  EXPECT_EQ(status.figures->attempt, 1);
  const std::vector<std::vector<std::int64_t>> expected = {
      {2, SimulatedGoodput(2, 2), SimulatedGoodput(2, 1), SimulatedGoodput(2, 2),
       SimulatedGoodput(2, 3), 0},
      {4, SimulatedGoodput(4, 2), SimulatedGoodput(4, 1), SimulatedGoodput(4, 2),
       SimulatedGoodput(4, 3), 0}};
  EXPECT_EQ(Measured(status), expected);
}

TEST_P(ClusterSimulationTest, EndsLikeTheUndisturbedRun) {
  ClusterSimulation undisturbed(Experiment(), {}, 1);
  ASSERT_TRUE(undisturbed.Run(kMaxTicks)) << undisturbed.Story();
  std::int64_t crashes = 0;
  std::int64_t failures = 0;
  std::int64_t redrawings = 0;
  for (int seed = 1; seed <= kSeeds; ++seed) {
    ClusterSimulation simulation(Experiment(), GetParam().faults, static_cast<std::uint64_t>(seed));
    const bool ended = simulation.Run(kMaxTicks);
    ASSERT_EQ(simulation.violations(), std::vector<std::string>()) << "seed " << seed << "\n"
                                                                   << simulation.Story();
    ASSERT_TRUE(ended) << "seed " << seed << "\n" << simulation.Story();
    ASSERT_EQ(simulation.status().phase, Phase::kComplete) << simulation.Story();
    ASSERT_EQ(Measured(simulation.status()), Measured(undisturbed.status()))
        << "seed " << seed << "\n"
        << simulation.Story();
    ASSERT_TRUE(simulation.status().figures);
    ASSERT_EQ(simulation.status().figures->state, plan::cluster::FiguresState::kDrawn)
        << "seed " << seed << "\n"
        << simulation.Story();
    crashes += simulation.crash_count();
    redrawings += simulation.status().figures->attempt - 1;
    failures += simulation.status().failures;
  }
  // The faults do reach the operator, or the test would show nothing.
  EXPECT_EQ(crashes > 0, GetParam().faults.crashes);
  EXPECT_GT(failures, 0);
  EXPECT_GT(redrawings, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Variants, ClusterSimulationTest,
    ::testing::Values(
        Variant{"faults", {.budget = 8}},
        Variant{"lag", {.budget = 8, .lagging_views = true}, 1, 1, api::Cleanup::kOnSuccess, 0},
        Variant{"crashes", {.budget = 9, .crashes = true}},
        Variant{"all", {.budget = 9, .lagging_views = true, .crashes = true, .suspends = true}},
        Variant{"parallel",
                {.budget = 9, .lagging_views = true, .crashes = true, .suspends = true},
                2,
                3,
                api::Cleanup::kAlways,
                0},
        Variant{"kept",
                {.budget = 9, .lagging_views = true, .crashes = true, .suspends = true},
                2,
                1,
                api::Cleanup::kNever}),
    [](const auto& variant) { return std::string(variant.param.name); });

}  // namespace
}  // namespace clockwork::testing
