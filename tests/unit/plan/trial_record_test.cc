#include "images/common/plan/trial_record.h"

#include <gtest/gtest.h>

#include <string>

namespace clockwork::plan {
namespace {

// A trial with nothing to object to.
Evidence GoodEvidence() {
  Evidence evidence;
  evidence.client.valid = true;
  evidence.client.sent = 1000;
  evidence.client.answered = 1000;
  evidence.client.lag_p99_us = 20;
  evidence.client.offered_rps = 300;
  evidence.client.step_offered_rps = {100, 200, 300};
  evidence.client.zoo = "v100-osdi20";
  evidence.manifest.complete = true;
  evidence.manifest.request_rows = 1000;
  evidence.manifest.action_rows = 400;
  evidence.manifest.shed_requests = 30;
  evidence.peak = Peak{1, 180, 190, 6.5};
  return evidence;
}

TrialRecord Judged(const Evidence& evidence, std::int64_t max_lag_us = 1000) {
  TrialRecord record;
  Judge(evidence, max_lag_us, &record);
  return record;
}

TEST(JudgeTest, AGoodTrialIsValidAndCarriesItsNumbers) {
  const TrialRecord record = Judged(GoodEvidence());
  EXPECT_TRUE(record.valid);
  EXPECT_EQ(record.reason, "");
  EXPECT_DOUBLE_EQ(record.goodput_rps, 180);
  EXPECT_DOUBLE_EQ(record.offered_rps, 200);  // in the load step of the peak
  EXPECT_DOUBLE_EQ(record.mean_batch, 6.5);
  EXPECT_DOUBLE_EQ(record.lag_p99_us, 20);
  EXPECT_EQ(record.request_rows, 1000);
  EXPECT_EQ(record.action_rows, 400);
  EXPECT_EQ(record.shed_requests, 30) << "to shed is no reason against a trial";
  EXPECT_EQ(record.zoo, "v100-osdi20");
}

TEST(JudgeTest, EachObjectionMakesItInvalid) {
  struct Case {
    void (*spoil)(Evidence*);
    const char* reason;
  };
  const Case cases[] = {
      {[](Evidence* e) { e->client.lag_p99_us = 1500; },
       "the client lagged 1500 us behind its schedule (p99; 1000 us are allowed)"},
      {[](Evidence* e) { e->client.unanswered = 3; }, "3 of 1000 requests were not answered"},
      {[](Evidence* e) {
         e->client.valid = false;
         e->client.invalid_reason = "tired";
       },
       "the client calls its run invalid: tired"},
      {[](Evidence* e) { e->manifest.complete = false; },
       "the controller did not complete its telemetry"},
      {[](Evidence* e) { e->manifest.dropped_action_rows = 2; },
       "the controller dropped 2 rows of telemetry"},
      {[](Evidence* e) { e->manifest.request_rows = 999; },
       "the controller logged 999 requests, but 1000 were sent"},
      {[](Evidence* e) { e->peak.reset(); },
       "the run is too short to measure: give at least two load steps"}};
  for (const Case& each : cases) {
    Evidence evidence = GoodEvidence();
    each.spoil(&evidence);
    const TrialRecord record = Judged(evidence);
    EXPECT_FALSE(record.valid) << each.reason;
    EXPECT_EQ(record.reason, each.reason);
  }
}

TEST(JudgeTest, TheExperimentsOwnBoundOnTheLagDecides) {
  Evidence evidence = GoodEvidence();
  evidence.client.lag_p99_us = 1500;
  evidence.client.valid = false;
  evidence.client.invalid_reason = "the client lagged behind its schedule in step 1: p99 1500 us";
  EXPECT_TRUE(Judged(evidence, 2000).valid);
  // It decides about the lag alone.
  evidence.client.invalid_reason += "; 3 requests could not be sent in time";
  EXPECT_FALSE(Judged(evidence, 2000).valid);
  evidence.client.invalid_reason = "stopped by a signal before its end";
  EXPECT_FALSE(Judged(evidence, 2000).valid);
  evidence.client.invalid_reason = "the client lagged behind its schedule in step 1: p99 1500 us";
  evidence.client.lag_p99_us = 500;
  evidence.client.valid = true;
  EXPECT_FALSE(Judged(evidence, 400).valid);
}

TEST(JudgeTest, APeakAfterTheLastStepTakesTheMeasuredThroughput) {
  Evidence evidence = GoodEvidence();
  evidence.peak->bucket = 3;
  EXPECT_DOUBLE_EQ(Judged(evidence).offered_rps, 190);
}

TEST(TrialRecordTest, DecodingWhatWasEncodedGivesTheSame) {
  TrialRecord record = Judged(GoodEvidence());
  record.measurement = "0123456789abcdef";
  record.id = {4, 2};
  record.workers = 40;
  record.attempts = 2;
  record.duration_seconds = 12.25;
  record.programs["client"] = {1.5, 0.25, 1 << 20, ""};
  record.programs["controller"] = {2, 3, 4, "controller 0.1.0 (abc)"};
  record.goodput_rps = 0.1 + 0.2;  // every digit counts
  auto decoded = DecodeRecord(EncodeRecord(record));
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(*decoded, record);
}

TEST(TrialRecordTest, ARecordOfAnEarlierVersionIsOne) {
  std::string text = EncodeRecord(TrialRecord());
  for (const std::string field : {"\"programs\": {},", "\"shedRequests\": 0,"}) {
    ASSERT_NE(text.find(field), std::string::npos) << field;
    text.erase(text.find(field), field.size());
  }
  auto decoded = DecodeRecord(text);
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(*decoded, TrialRecord());
}

TEST(TrialRecordTest, WhatIsNoRecordIsAnError) {
  const std::string good = EncodeRecord(TrialRecord());
  for (const std::string& text :
       {std::string(), std::string("{}"), good.substr(0, good.size() / 2), std::string("[1]"),
        std::string(good).replace(good.find("\"valid\": false"), 14, "\"valid\": \"no\"  ")}) {
    EXPECT_FALSE(DecodeRecord(text).ok()) << text;
  }
}

}  // namespace
}  // namespace clockwork::plan
