#include "images/common/plan/filing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace clockwork::plan {
namespace {

using ::testing::HasSubstr;

constexpr const char* kEvidence =
    R"({"version": 1, "attempt": "exp-c2t3a1",
        "manifest": {"complete": true, "requestRows": 10, "actionRows": 5,
                     "droppedRequestRows": 0, "droppedActionRows": 0, "shedRequests": 3},
        "peak": {"bucket": 1, "goodputRps": 9988.5, "throughputRps": 9990.0, "meanBatch": 6.5,
                 "offeredRps": 15612.0},
        "client": {"valid": true, "invalidReason": "", "sent": 10, "answered": 10, "unanswered": 0,
                   "lagP99Us": 12.5, "offeredRps": 1.0, "trace": "synthetic", "zoo": "v100",
                   "modelOrder": "published"}})";

Filing AFiling() {
  Filing filing;
  filing.experiment = "exp";
  filing.measurement = "0123abcd";
  filing.uid = "u-1";
  filing.worker_counts = {2, 7};
  filing.trials = 3;
  filing.attempts = 2;
  filing.max_lag_us = 500;
  filing.spec = {{"trials", 3}};
  return filing;
}

TEST(FilingTest, IsReadAsItWasWritten) {
  Filing filing = AFiling();
  for (const bool optional : {false, true}) {
    filing.summary_optional = optional;
    const auto read = DecodeFiling(EncodeFiling(filing));
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(*read, filing);
  }
  EXPECT_THAT(EncodeFiling(filing), ::testing::Not(HasSubstr("\n")));
}

TEST(FilingTest, WhatIsNoneIsNamed) {
  for (const char* text : {"", "[]", "{", R"({"experiment": "exp"})"}) {
    const auto read = DecodeFiling(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_THAT(read.error().message, HasSubstr("CLOCKWORK_EXPERIMENT")) << text;
  }
}

TEST(FilingTest, ItsPlanHasAllTrialsInTheirOrder) {
  const Plan plan = PlanOf(AFiling());
  ASSERT_EQ(plan.order.size(), 6U);
  EXPECT_EQ(plan.order[0].id, (TrialId{1, 1}));
  EXPECT_EQ(plan.order[1].id, (TrialId{2, 1}));
  EXPECT_EQ(plan.order[1].workers, 7);
  EXPECT_EQ(plan.order[5].id, (TrialId{2, 3}));
}

TEST(FilingTest, ARecordIsWhatTheEvidenceSaysJudged) {
  Filing filing = AFiling();
  const auto record = RecordOf(kEvidence, {2, 3}, filing);
  ASSERT_TRUE(record.ok()) << record.error().message;
  EXPECT_TRUE(record->valid) << record->reason;
  EXPECT_EQ(record->workers, 7);
  EXPECT_EQ(record->attempts, 2);
  EXPECT_EQ(record->goodput_rps, 9988.5);
  EXPECT_EQ(record->offered_rps, 15612.0);
  EXPECT_EQ(record->trace, "synthetic");
  EXPECT_EQ(record->shed_requests, 3);
  std::string untold = kEvidence;
  untold.replace(untold.find("shedRequests"), 12, "other");
  EXPECT_EQ(RecordOf(untold, {2, 3}, filing)->shed_requests, 0) << "an earlier version's";
  untold.replace(untold.find("offeredRps"), 10, "something");
  EXPECT_EQ(RecordOf(untold, {2, 3}, filing)->offered_rps, 9990.0) << "all answers";
  filing.max_lag_us = 12;
  EXPECT_FALSE(RecordOf(kEvidence, {2, 3}, filing)->valid) << "it lagged by 12.5 us";
}

TEST(FilingTest, ARecordIsOfTheTrialOfItsExperiment) {
  Filing filing = AFiling();
  const PlannedTrial trial = PlanOf(filing).order[1];
  const TrialRecord record = *RecordOf(kEvidence, trial.id, filing);
  EXPECT_EQ(DecodeRecord(EncodeRecord(record))->uid, "u-1");
  EXPECT_TRUE(IsOf(record, trial, filing));
  EXPECT_FALSE(IsOf(record, PlanOf(filing).order[0], filing));
  TrialRecord of_before = record;
  of_before.uid.clear();
  EXPECT_TRUE(IsOf(*DecodeRecord(EncodeRecord(of_before)), trial, filing)) << "has none to compare";
  filing.uid = "u-2";
  EXPECT_FALSE(IsOf(record, trial, filing)) << "deleted, and made again";
  filing.uid = "u-1";
  filing.measurement = "other";
  EXPECT_FALSE(IsOf(record, trial, filing));
}

TEST(FilingTest, EvidenceOfNoUseAndTrialsThatAreNotPlannedAreErrors) {
  for (const char* text : {"", "{}", "[]", R"({"error": "no logs"})"}) {
    EXPECT_FALSE(RecordOf(text, {1, 1}, AFiling()).ok()) << text;
  }
  EXPECT_FALSE(RecordOf(kEvidence, {0, 1}, AFiling()).ok());
  EXPECT_FALSE(RecordOf(kEvidence, {3, 1}, AFiling()).ok());
}

TEST(FilingTest, ARecordOfAnotherExperimentIsToldFromOurs) {
  const Filing filing = AFiling();
  const PlannedTrial trial = PlanOf(filing).order[5];
  const TrialRecord ours = *RecordOf(kEvidence, {2, 3}, filing);
  EXPECT_TRUE(IsOf(ours, trial, filing));
  TrialRecord other = ours;
  other.measurement = "4567cdef";
  EXPECT_FALSE(IsOf(other, trial, filing));
  other = ours;
  other.workers = 8;
  EXPECT_FALSE(IsOf(other, trial, filing));
  EXPECT_FALSE(IsOf(ours, PlanOf(filing).order[0], filing));
}

}  // namespace
}  // namespace clockwork::plan
