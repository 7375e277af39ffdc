#include "tests/bench/figure11_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/bench/sweep_row.h"

namespace clockwork::bench {
namespace {

using testing::AddTrial;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Row;
using ::testing::StartsWith;

TEST(GoodputTable, ThePublishedCurvesAreReadWhereTheyHaveAPoint) {
  const auto published =
      ParsePublished("workers,paper_goodput_rps,rerun_goodput_rps\n0,0,0.0\n10,10630,\n");
  ASSERT_EQ(published.size(), 1U);
  EXPECT_EQ(published[0].workers, 10);
  EXPECT_EQ(published[0].paper_rps, 10630);
  EXPECT_EQ(published[0].rerun_rps, std::nullopt);
}

TEST(GoodputTable, IsMarkdownAndTellsWhatIsNotValidBelow) {
  SweepRow row = Row(10, 9900, 10000);
  row.result.trials[0].lag_p99_us = 151.4;
  plan::TrialRecord& late = AddTrial(9800, "the client lagged", &row);
  late.lag_p99_us = 22'020;
  late.shed_requests = 12'345;
  AddTrial(9950, "", &row);
  const std::string text = RenderGoodput({row}, {{10, 10630, {}}});
  EXPECT_THAT(text, StartsWith("| N | paper | published re-run | ideal | ours: median "));
  EXPECT_THAT(text, HasSubstr("|\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
                              "| 10 | 10,630 | – | 10,000 | 9,925 (9,800 to 9,950) | 992 | "
                              "99.2 % | 0.15, 22, 0.00 | 1.23 % | 2 of 3 |\n"));
  EXPECT_THAT(text, HasSubstr("|\n\nNot valid:\n\n* N = 10, trial 2: the client lagged\n"));
}

TEST(GoodputTable, ListsWhatIsHeldAgainstAnNOnce) {
  SweepRow row = Row(10, 990, 1000, "late");
  EXPECT_THAT(RenderGoodput({row}, {}), Not(HasSubstr("* N = 10: ")));
  row.result.reason = "1 of 3 trials measured";
  EXPECT_THAT(RenderGoodput({row}, {}),
              HasSubstr("* N = 10, trial 1: late\n* N = 10: 1 of 3 trials measured\n"));
  EXPECT_THAT(RenderGoodput({Row(10, 990, 1000)}, {}), Not(HasSubstr("Not valid")));
}

TEST(CostTable, IsPerRequestAndMedianOfTheValidTrials) {
  SweepRow row = Row(10, 990, 1000);
  for (const double user_seconds : {2.0, 9.0}) {
    plan::TrialRecord& trial = AddTrial(990, user_seconds > 2 ? "late" : "", &row);
    trial.programs["client"] = {user_seconds, 1.5, 0, ""};
    trial.programs["controller"] = {0.25, 0.75, 3 << 20, ""};
  }
  EXPECT_THAT(RenderCosts({row}), HasSubstr("| 10 | 1.50 + 1.00 | 0.25 + 0.75 | – | 3.00 | 3 |\n"));
}

TEST(CostTable, APeakThatTheWorkerHasTooIsThatOfWhoStartedThem) {
  SweepRow row = Row(10, 990, 1000);
  EXPECT_THAT(RenderCosts({row}), HasSubstr("| 1.50 | – |\n"));
  row.result.trials[0].programs["controller"].peak_bytes = 44 << 20;
  row.result.trials[0].programs["worker_dummy"].peak_bytes = 44 << 20;
  EXPECT_THAT(RenderCosts({row}), HasSubstr("| ≤ 44 |\n"));
}

TEST(StepTable, SetsEachStepBesideTheIdealAndKeepsTheOneWithoutABucket) {
  SweepRow row = Row(40, 990, 1000);
  AddTrial(980, "", &row);
  AddTrial(700, "late", &row);
  row.ideal.steps = {{0.1, 1000, 999, 1}, {0.15, 2000, 1500, 6.5}};
  row.buckets = {{1, {{0, 980, 990, 1.2}}}, {2, {{0, 990, 990, 1.3}}}, {3, {{0, 700, 990, 9}}}};
  const std::string text = RenderSteps({Row(30, 1, 1), row});
  EXPECT_THAT(text, StartsWith("N = 40, by load step:\n\n| factor | offered | "));
  EXPECT_THAT(text, HasSubstr("| 0.10 | 1,000 | 985 (700 to 990) | 999 | 1.25 | 1.00 |\n"
                              "| 0.15 | 2,000 | – | 1,500 | – | 6.50 |\n\nOffered is "));
  EXPECT_EQ(RenderSteps({Row(30, 1, 1)}), "");
}

}  // namespace
}  // namespace clockwork::bench
