#include "tests/bench/figure11_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/bench/sweep_row.h"

namespace clockwork::bench {
namespace {

using ::testing::HasSubstr;
using testing::Row;

TEST(Sweep, TheKneeIsTheFirstBelowTheIdealAndSaysWhatItRestsOn) {
  struct Case {
    std::vector<SweepRow> rows;
    const char* said;
  };
  const Case cases[] = {
      {{Row(10, 960, 1000), Row(20, 1899, 2000), Row(30, 0, 3000, "late")},
       "Knee: N = 20 is the first below 95 % of the ideal.\n"},
      {{Row(10, 960, 1000)}, "Knee: none up to N = 10.\n"},
      {{Row(10, 960, 1000, "late"), Row(20, 1960, 2000), Row(30, 0, 3000, "late")},
       "Knee: N = 30 is the first below 95 % of the ideal.\n"
       "It rests on N = 10, 30, too, without a valid trial.\n"},
      {{Row(10, 960, 1000), Row(20, 1960, 2000, "late")},
       "Knee: none up to N = 20.\nIt rests on N = 20, too, without a valid trial.\n"}};
  for (const Case& each : cases) EXPECT_EQ(RenderKnee(each.rows), each.said);
}

TEST(Sweep, ALineOfJsonHasWhatTheResultHas) {
  const auto json = ToJson(Row(10, 990, 1000));
  EXPECT_EQ(json["workers"], 10);
  EXPECT_EQ(json["idealRps"], 1000.0);
  EXPECT_EQ(json["ofIdeal"], 0.99);
  EXPECT_EQ(json["trials"][0]["sent"], 1'000'000);
  EXPECT_EQ(json["trials"][0]["programs"]["client"]["userSeconds"], 1.0);
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
  EXPECT_THAT(Caption({{three}, 5}, ""), HasSubstr("; 3 trials, load steps of 5 s. "));
  EXPECT_THAT(Caption({{one}, 5}, ""), HasSubstr("; 1 trial, load"));
  for (const char* caveat : {"synthetic day", "fitted to the paper's N = 40", "emulated GPUs",
                             "all three programs on one machine over loopback", "32 cores"}) {
    EXPECT_THAT(Caption({{one}, 5}, ""), HasSubstr(caveat));
  }
  const std::string both = Caption({{three, one}, 5}, "here: a laptop");
  EXPECT_THAT(both, HasSubstr("1 to 3 trials, "));
  EXPECT_THAT(both, ::testing::EndsWith("; here: a laptop"));
}

}  // namespace
}  // namespace clockwork::bench
