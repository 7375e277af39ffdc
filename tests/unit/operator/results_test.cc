#include "images/common/plan/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "operator/plan/trials.h"

namespace clockwork::plan {
namespace {

using Json = nlohmann::ordered_json;
using Records = std::vector<std::optional<TrialRecord>>;

Plan PlanOf(std::vector<std::int64_t> workers, std::int64_t trials) {
  api::ExperimentSpec spec;
  spec.workers.values = std::move(workers);
  spec.trials = trials;
  return MakePlan(spec);
}

TrialRecord RecordOf(const PlannedTrial& trial, double goodput_rps) {
  TrialRecord record;
  record.id = trial.id;
  record.workers = trial.workers;
  record.attempts = 1;
  record.valid = true;
  record.goodput_rps = goodput_rps;
  record.offered_rps = 2 * goodput_rps;
  record.mean_batch = 6;
  record.lag_p99_us = goodput_rps / 100;
  return record;
}

// A record for every trial of the plan: goodput 1000 · N + 10 · trial.
Records AllRecords(const Plan& plan) {
  Records records;
  for (const PlannedTrial& trial : plan.order) {
    records.emplace_back(RecordOf(trial, 1000.0 * static_cast<double>(trial.workers) +
                                             10.0 * static_cast<double>(trial.id.trial)));
  }
  return records;
}

TEST(MedianTest, Table) {
  struct Case {
    std::vector<double> values;
    std::optional<double> median;
  };
  const Case cases[] = {{{}, std::nullopt},  {{5}, 5},      {{1, 2}, 1.5}, {{3, 1, 2}, 2},
                        {{4, 1, 3, 2}, 2.5}, {{7, 7, 7}, 7}};
  for (const Case& each : cases) EXPECT_EQ(Median(each.values), each.median);
}

TEST(MedianOfTest, OfTheValidTrialsThatSayAnything) {
  std::vector<TrialRecord> trials(4);
  for (std::size_t i = 0; i < trials.size(); ++i) trials[i].goodput_rps = static_cast<double>(i);
  const TrialValue but_the_first = [](const TrialRecord& trial) {
    return trial.goodput_rps > 0 ? std::optional(trial.goodput_rps) : std::nullopt;
  };
  EXPECT_EQ(MedianOf(trials, &TrialRecord::goodput_rps), 1.5);  // none is valid
  EXPECT_EQ(MedianOf(trials, but_the_first), 2);
  trials[0].valid = trials[3].valid = true;
  EXPECT_EQ(MedianOf(trials, &TrialRecord::goodput_rps), 1.5);
  EXPECT_EQ(MedianOf(trials, but_the_first), 3);
  EXPECT_EQ(MedianOf({}, but_the_first), std::nullopt);
}

TEST(GroupedTest, Table) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999.6), "1,000");
  EXPECT_EQ(Grouped(1234567), "1,234,567");
}

TEST(SummarizeTest, MediansOverTheTrialsOfEachN) {
  const Plan plan = PlanOf({2, 4}, 3);
  const auto results = Summarize(plan, AllRecords(plan));
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].workers, 2);
  EXPECT_EQ(results[0].config, 1);
  EXPECT_DOUBLE_EQ(results[0].median_goodput_rps.value(), 2020);
  EXPECT_DOUBLE_EQ(results[1].median_goodput_rps.value(), 4020);
  EXPECT_DOUBLE_EQ(results[1].median_offered_rps.value(), 8040);
  EXPECT_DOUBLE_EQ(results[1].max_lag_p99_us.value(), 40.3);
  EXPECT_TRUE(results[0].valid);
  ASSERT_EQ(results[1].trials.size(), 3U);
  EXPECT_EQ(results[1].trials[2].id, (TrialId{2, 3}));
}

TEST(SummarizeTest, AnInvalidTrialMarksItsNAndCountsOnlyWhereNoneIsValid) {
  const Plan plan = PlanOf({2, 4}, 3);
  Records records = AllRecords(plan);
  records[2]->valid = false;
  records[2]->reason = "late";
  const auto results = Summarize(plan, records);
  EXPECT_FALSE(results[0].valid);
  EXPECT_EQ(results[0].reason, "trial 2: late");
  // Without the invalid one in the middle, and of the trial before it.
  records[2]->goodput_rps = 9'999;
  EXPECT_DOUBLE_EQ(Summarize(plan, records)[0].median_goodput_rps.value(), 2020);
  records[4]->valid = false;
  EXPECT_DOUBLE_EQ(Summarize(plan, records)[0].median_goodput_rps.value(), 2010);
  records[0]->valid = false;
  EXPECT_DOUBLE_EQ(Summarize(plan, records)[0].median_goodput_rps.value(), 2030);
  EXPECT_TRUE(results[1].valid);
}

TEST(SummarizeTest, AMissingTrialMarksItsN) {
  const Plan plan = PlanOf({2}, 2);
  Records records = AllRecords(plan);
  records[1].reset();
  auto results = Summarize(plan, records);
  EXPECT_FALSE(results[0].valid);
  EXPECT_EQ(results[0].reason, "1 of 2 trials measured");
  EXPECT_DOUBLE_EQ(results[0].median_goodput_rps.value(), 2010);
  records[0].reset();
  results = Summarize(plan, records);
  EXPECT_FALSE(results[0].median_goodput_rps.has_value());
}

TEST(RenderTableTest, ShowsMediansPerGpuAndValidity) {
  const Plan plan = PlanOf({2, 10}, 1);
  Records records = AllRecords(plan);
  records[0].reset();
  EXPECT_EQ(
      RenderTable(Summarize(plan, records)),
      "     N   goodput r/s    per GPU   offered r/s  mean batch  lag p99 us  valid\n"
      "     2             -          -             -           -           -  no: 0 of 1 trials "
      "measured\n"
      "    10        10,010     1001.0        20,020        6.00         100  yes\n");
}

TEST(EncodeResultTest, HasTheFixedShape) {
  const Plan plan = PlanOf({2, 4}, 1);
  const Json spec = {{"trials", 1}};
  const Json machine = {{"cores", 2}};
  const ResultContext context{"small", "00ff", &spec, &machine, {"data/a.pdf"}, true};
  const Json json = Json::parse(EncodeResult(Summarize(plan, AllRecords(plan)), plan, context));
  EXPECT_EQ(json["experiment"], "small");
  EXPECT_EQ(json["machine"], machine);
  EXPECT_EQ(json["spec"], spec);
  EXPECT_EQ(json["measurement"], "00ff");
  EXPECT_EQ(json["complete"], true);
  EXPECT_EQ(json["figures"], Json::array({"data/a.pdf"}));
  ASSERT_EQ(json["results"].size(), 2U);
  const Json& result = json["results"][1];
  EXPECT_EQ(result["workers"], 4);
  EXPECT_EQ(result["medianGoodputRps"], 4010.0);
  EXPECT_EQ(result["valid"], true);
  const Json& trial = result["trials"][0];
  EXPECT_EQ(trial["goodputRps"], 4010.0);
  EXPECT_EQ(trial["offeredRps"], 8020.0);
  EXPECT_EQ(trial["meanBatch"], 6.0);
  EXPECT_EQ(trial["lagP99Us"], 40.1);
  EXPECT_EQ(trial["valid"], true);
  EXPECT_EQ(trial["attempts"], 1);
  EXPECT_EQ(trial["shedRequests"], 0);
}

TEST(EncodeResultTest, AnUnfinishedExperimentSaysSo) {
  const Plan plan = PlanOf({2, 4}, 1);
  Records records = AllRecords(plan);
  records[1].reset();
  const Json json = Json::parse(EncodeResult(Summarize(plan, records), plan, ResultContext()));
  EXPECT_EQ(json["complete"], false);
  EXPECT_TRUE(json["results"][1]["medianGoodputRps"].is_null());
  EXPECT_EQ(json["results"][1]["trials"], Json::array());
}

}  // namespace
}  // namespace clockwork::plan
