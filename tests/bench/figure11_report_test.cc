#include "tests/bench/figure11_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clockwork::bench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

SweepRow Row(std::int64_t workers, double goodput_rps, double ideal_rps, std::string reason = "") {
  plan::TrialRecord trial;
  trial.goodput_rps = goodput_rps;
  trial.sent = 1'000'000;
  trial.programs["client"] = {1, 0.5, 0, ""};
  SweepRow row;
  row.result.workers = workers;
  row.result.median_goodput_rps = goodput_rps;
  row.result.valid = reason.empty();
  row.result.reason = std::move(reason);
  row.result.trials = {trial};
  row.ideal_rps = ideal_rps;
  return row;
}

TEST(Sweep, ThePublishedCurvesAreReadWhereTheyHaveAPoint) {
  const auto published =
      ParsePublished("workers,paper_goodput_rps,rerun_goodput_rps\n0,0,0.0\n10,10630,\n");
  ASSERT_EQ(published.size(), 1U);
  EXPECT_EQ(published[0].workers, 10);
  EXPECT_EQ(published[0].paper_rps, 10630);
  EXPECT_EQ(published[0].rerun_rps, std::nullopt);
}

TEST(Sweep, TheTableMarksWhatIsNotValid) {
  const std::string text = RenderSweep(
      {Row(10, 990, 1000), Row(20, 1500, 2000, "trial 1: the client lagged")}, {{10, 1063, {}}});
  EXPECT_THAT(text, HasSubstr("1063"));
  EXPECT_THAT(text, HasSubstr("99.0%"));
  EXPECT_THAT(text, HasSubstr("1.50 + 0.00 + 0.00"));
  EXPECT_THAT(text, HasSubstr("NO: trial 1: the client lagged"));
}

TEST(Sweep, TheKneeIsTheFirstBelowTheIdeal) {
  EXPECT_EQ(Knee({Row(10, 960, 1000), Row(20, 1899, 2000), Row(30, 0, 3000)}), 20);
  EXPECT_EQ(Knee({Row(10, 960, 1000)}), std::nullopt);
}

TEST(Sweep, ALineOfJsonHasWhatTheResultHas) {
  const auto json = ToJson(Row(10, 990, 1000));
  EXPECT_EQ(json["workers"], 10);
  EXPECT_EQ(json["idealRps"], 1000.0);
  EXPECT_EQ(json["ofIdeal"], 0.99);
  EXPECT_EQ(json["trials"][0]["sent"], 1'000'000);
  EXPECT_EQ(json["trials"][0]["programs"]["client"]["userSeconds"], 1.0);
}

TEST(Sweep, TheTablesForThePlotterHaveAColumnPerTrial) {
  SweepRow two = Row(20, 1980, 2000);
  two.result.trials.push_back(two.result.trials[0]);
  EXPECT_EQ(AggregateTable({Row(10, 990, 1000), two}),
            "num_models\tgoodput0\tgoodput1\tgoodput_median\n0\t0.0\t0.0\t0.0\n10\t990\t\t990\n"
            "20\t1980\t1980\t1980\n");
  EXPECT_EQ(IdealTable({Row(10, 990, 1000)}), "workers,goodput_rps\n0,0\n10,1000\n");
}

SweepRow MeasuredBy(std::int64_t workers, const std::vector<std::string>& versions) {
  SweepRow row = Row(workers, 1, 1);
  row.result.trials.clear();
  for (const std::string& version : versions) {
    plan::TrialRecord& trial = row.result.trials.emplace_back();
    trial.id.trial = static_cast<std::int64_t>(row.result.trials.size());
    trial.programs["client"].version = "client " + version;
  }
  return row;
}

TEST(Sweep, SaysWhichVersionsMeasuredWhat) {
  EXPECT_EQ(RenderVersions({MeasuredBy(10, {"1 (a)", "1 (a)"}), MeasuredBy(20, {"1 (a)"})}),
            "Measured by 1 (a).\n");
  EXPECT_EQ(
      RenderVersions({MeasuredBy(10, {"1 (a)", "1 (b)", "1 (b)"}), MeasuredBy(20, {"1 (b)"})}),
      "NOT ALL OF ONE VERSION:\n"
      "  measured by 1 (a): N = 10 (trial 1)\n"
      "  measured by 1 (b): N = 10 (trials 2, 3), 20\n");
}

TEST(Sweep, TheCaptionSaysHowManyTrialsThereAre) {
  const SweepRow one = MeasuredBy(10, {"a"});
  const SweepRow three = MeasuredBy(20, {"a", "a", "a"});
  EXPECT_THAT(Caption({{three}, 5}, ""), HasSubstr("3 trials, load steps of 5 s"));
  EXPECT_THAT(Caption({{one}, 5}, ""), HasSubstr("1 trial, "));
  const std::string both = Caption({{three, one}, 5}, "here: a laptop");
  EXPECT_THAT(both, HasSubstr("1 to 3 trials, "));
  EXPECT_THAT(both, ::testing::EndsWith("; here: a laptop"));
}

}  // namespace
}  // namespace clockwork::bench
