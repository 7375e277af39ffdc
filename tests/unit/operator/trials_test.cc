#include "operator/plan/trials.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace clockwork::plan {
namespace {

api::ExperimentSpec SpecOf(std::vector<std::int64_t> workers, std::int64_t trials) {
  api::ExperimentSpec spec;
  spec.workers.values = std::move(workers);
  spec.trials = trials;
  return spec;
}

TEST(PlanTest, RunsAllWorkerCountsOfATrialBeforeTheNextTrial) {
  const Plan plan = MakePlan(SpecOf({2, 4, 6}, 2));
  std::vector<std::string> labels;
  for (const PlannedTrial& trial : plan.order) labels.push_back(TrialLabel(plan, trial));
  EXPECT_EQ(labels, (std::vector<std::string>{"N = 2, trial 1 of 2", "N = 4, trial 1 of 2",
                                              "N = 6, trial 1 of 2", "N = 2, trial 2 of 2",
                                              "N = 4, trial 2 of 2", "N = 6, trial 2 of 2"}));
}

TEST(PlanTest, TheConfigIsThePlaceInTheList) {
  const Plan plan = MakePlan(SpecOf({2, 4, 6}, 1));
  for (std::size_t i = 0; i < plan.order.size(); ++i) {
    EXPECT_EQ(plan.order[i].id, (TrialId{static_cast<std::int64_t>(i) + 1, 1}));
    EXPECT_EQ(ConfigOf(plan, plan.order[i].workers), plan.order[i].id.config);
  }
}

TEST(PlanTest, ThePublishedExperimentHasTenStepsOfAMinuteForEveryN) {
  const Plan plan = MakePlan(api::ExperimentSpec());
  ASSERT_EQ(plan.order.size(), 45U);
  for (const PlannedTrial& trial : plan.order) {
    EXPECT_EQ(trial.load_steps, 10) << trial.workers;
    EXPECT_EQ(trial.load_ns, 600 * kSecond);
    EXPECT_GT(trial.deadline_ns, trial.load_ns);
  }
  EXPECT_EQ(plan.order[3].workers, 40);
  EXPECT_EQ(plan.order[3].id.config, 4);
}

struct StepsCase {
  const char* description;
  double min;
  double max;
  double step;
  std::int64_t steps;
};

TEST(PlanTest, LoadStepsTable) {
  const StepsCase cases[] = {{"one factor", 1, 1, 2, 1},
                             {"the maximum itself is run", 0.5, 2, 2, 3},
                             {"beyond the maximum is not", 0.5, 1.99, 2, 2},
                             {"a step that jumps over the maximum", 1, 1.5, 10, 1},
                             {"five steps of the small experiment", 0.5, 2.6, 1.5, 5}};
  for (const StepsCase& each : cases) {
    api::ExperimentSpec spec = SpecOf({10}, 1);
    spec.load.factor_min.value = each.min;
    spec.load.factor_max.value = each.max;
    spec.load.factor_step.value = each.step;
    EXPECT_EQ(MakePlan(spec).order[0].load_steps, each.steps) << each.description;
  }
}

TEST(PlanTest, TheLeftPlotShowsFortyWorkersWhenMeasured) {
  EXPECT_EQ(MakePlan(SpecOf({10, 40, 50}, 1)).left_workers, 40);
  EXPECT_EQ(MakePlan(SpecOf({2, 10}, 1)).left_workers, 10);
  api::ExperimentSpec spec = SpecOf({10, 40, 50}, 1);
  spec.figures.left_workers = 50;
  EXPECT_EQ(MakePlan(spec).left_workers, 50);
}

TEST(PlanTest, AGivenDeadlineIsTaken) {
  api::ExperimentSpec spec = SpecOf({10}, 1);
  spec.deadlines.trial_seconds = 700;
  EXPECT_EQ(MakePlan(spec).order[0].deadline_ns, 700 * kSecond);
}

TEST(TreeTest, NamesAreThoseOfTheProgramsPage) {
  const TrialId id{4, 2};
  EXPECT_EQ(RequestLogFile(id), "trial-2/file=controller_4_request.tsv");
  EXPECT_EQ(ActionLogFile(id), "trial-2/file=controller_4_action.tsv");
  EXPECT_EQ(ManifestFile(id), "trial-2/file=controller_4_manifest.json");
  EXPECT_EQ(ClientSummaryFile(id), "trial-2/file=controller_4_client.json");
  EXPECT_EQ(TimeSeriesFile(id), "data/processed-data-trial-2/timeseries_data-4.tsv");
  EXPECT_EQ(TailFile(id), "data/processed-data-trial-2/client_tail_cdf_data-4.tsv");
  EXPECT_EQ(AggregateFile(2), "data/processed-data-trial-2/goodput_aggregate_data.tsv");
  EXPECT_EQ(LeftFigure(40), "data/11a_goodput_median_40_workers");
  EXPECT_EQ(RightFigure(), "data/11b_goodput_median_aggregate");
}

}  // namespace
}  // namespace clockwork::plan
