#include "images/client/core/summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace clockwork::client {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Two steps of two seconds with the factors 1 and 2.
StepSchedule Schedule() { return *MakeStepSchedule(8, {1, 2, 2}, 2); }

RunFacts Facts() { return {8, "synthetic seed 1", "v100-osdi20", "published", 4 * kSecond, ""}; }

// `count` requests of one step, sent `lag_ns` late and answered in time.
void Send(Ledger* ledger, std::size_t step, std::uint32_t first_id, int count, Nanos lag_ns) {
  for (int i = 0; i < count; ++i) {
    const std::uint32_t id = first_id + static_cast<std::uint32_t>(i);
    ledger->OnSent(id, step, 0, lag_ns);
    ledger->OnAnswer(id, 0, lag_ns + kMillisecond);
  }
}

TEST(SummaryTest, AFlawlessRunIsValid) {
  Ledger ledger(2);
  Send(&ledger, 0, 0, 100, 5 * kMicrosecond);
  Send(&ledger, 1, 100, 300, 20 * kMicrosecond);
  ledger.Close();
  const RunSummary summary = Summarise(ledger, Schedule(), Facts());
  EXPECT_TRUE(summary.valid);
  EXPECT_THAT(summary.invalid_reason, IsEmpty());
  EXPECT_EQ(summary.sent, 400U);
  EXPECT_EQ(summary.good, 400U);
  EXPECT_EQ(summary.offered_rps, 150);
  EXPECT_EQ(summary.good_rps, 150);
  EXPECT_EQ(summary.lag_p99_ns, 20 * kMicrosecond);
  ASSERT_EQ(summary.steps.size(), 2U);
  EXPECT_EQ(summary.steps[0].offered_rps, 50);
  EXPECT_EQ(summary.steps[0].factor, 1);
}

TEST(SummaryTest, TheBestStepGivesTheGoodput) {
  Ledger ledger(2);
  Send(&ledger, 0, 0, 100, 0);
  for (std::uint32_t id = 100; id < 400; ++id) {
    ledger.OnSent(id, 1, 0, 0);
    ledger.OnAnswer(id, 4, 1);
  }
  ledger.Close();
  const RunSummary summary = Summarise(ledger, Schedule(), Facts());
  EXPECT_TRUE(summary.valid) << "timed-out requests are a result, not a fault of the measurement";
  EXPECT_EQ(summary.good_rps, 50);
  EXPECT_EQ(summary.offered_rps, 150);
  EXPECT_EQ(summary.answered, 400U);
}

TEST(SummaryTest, ALagAboveOneMillisecondInAnyStepIsInvalid) {
  Ledger ledger(2);
  Send(&ledger, 0, 0, 97, 0);
  Send(&ledger, 0, 97, 3, 2 * kMillisecond);
  Send(&ledger, 1, 100, 1000, 0);
  ledger.Close();
  const RunSummary summary = Summarise(ledger, Schedule(), Facts());
  EXPECT_FALSE(summary.valid);
  EXPECT_THAT(summary.invalid_reason, HasSubstr("step 0"));
}

TEST(SummaryTest, ExactlyOneMillisecondIsStillValid) {
  Ledger ledger(2);
  Send(&ledger, 0, 0, 100, kMillisecond);
  ledger.Close();
  EXPECT_TRUE(Summarise(ledger, Schedule(), Facts()).valid);
}

TEST(SummaryTest, UnansweredAndUnsentRequestsAreInvalid) {
  Ledger ledger(2);
  Send(&ledger, 0, 0, 1000, 0);
  ledger.OnSent(5000, 1, 0, 0);
  ledger.OnUnsent(0, 0, 10);
  ledger.Close();
  const RunSummary summary = Summarise(ledger, Schedule(), Facts());
  EXPECT_FALSE(summary.valid);
  EXPECT_EQ(summary.unanswered, 1U);
  EXPECT_THAT(summary.invalid_reason, HasSubstr("1 requests were not answered"));
  EXPECT_THAT(summary.invalid_reason, HasSubstr("1 requests could not be sent"));
}

TEST(SummaryTest, ARunThatSentNothingIsInvalid) {
  Ledger ledger(2);
  ledger.Close();
  EXPECT_THAT(Summarise(ledger, Schedule(), Facts()).invalid_reason, HasSubstr("no request"));
}

TEST(SummaryTest, ARunCutShortHasItsStepsSoFar) {
  Ledger ledger(2);
  Send(&ledger, 0, 0, 100, 0);
  ledger.Close();
  RunFacts facts = Facts();
  facts.elapsed_ns = kSecond;
  facts.cut_short_reason = "the controller went away";
  const RunSummary summary = Summarise(ledger, Schedule(), facts);
  EXPECT_FALSE(summary.valid);
  EXPECT_EQ(summary.invalid_reason, "the controller went away");
  ASSERT_EQ(summary.steps.size(), 1U);
  EXPECT_EQ(summary.steps[0].seconds, 1);
  EXPECT_EQ(summary.steps[0].offered_rps, 100);
}

TEST(SummaryTest, TheJsonHasEveryDocumentedKey) {
  Ledger ledger(2);
  Send(&ledger, 0, 0, 100, 5 * kMicrosecond);
  ledger.Close();
  const auto json = nlohmann::json::parse(SummaryJson(Summarise(ledger, Schedule(), Facts())));
  const auto expected = nlohmann::json::parse(R"({
    "valid": true, "invalidReason": "", "workers": 8, "sent": 100, "answered": 100, "good": 100,
    "unanswered": 0, "lagP99Us": 5.0, "lagMaxUs": 5.0, "offeredRps": 0.0, "goodRps": 50.0,
    "durationSeconds": 4.0, "trace": "synthetic seed 1", "zoo": "v100-osdi20",
    "modelOrder": "published",
    "steps": [{"step": 0, "factor": 1.0, "seconds": 2.0, "sent": 100, "answered": 100,
               "good": 100, "offeredRps": 50.0, "goodRps": 50.0, "lagP50Us": 5.0,
               "lagP99Us": 5.0, "lagMaxUs": 5.0},
              {"step": 1, "factor": 2.0, "seconds": 2.0, "sent": 0, "answered": 0,
               "good": 0, "offeredRps": 0.0, "goodRps": 0.0, "lagP50Us": 0.0,
               "lagP99Us": 0.0, "lagMaxUs": 0.0}]})");
  EXPECT_EQ(json, expected);
}

TEST(SummaryTest, TextThatIsNotUtf8DoesNotKeepTheSummaryFromBeingWritten) {
  Ledger ledger(2);
  ledger.Close();
  RunFacts facts = Facts();
  facts.zoo = "/zoo\xFF";
  EXPECT_TRUE(nlohmann::json::accept(SummaryJson(Summarise(ledger, Schedule(), facts))));
}

TEST(SummaryTest, TheProgressIsOneLineOfJson) {
  const std::string text =
      ProgressJson({2, 4, 1.125, 6100 * kMillisecond, 12 * kSecond, 15600, 9990, "running"});
  EXPECT_EQ(nlohmann::json::parse(text), nlohmann::json::parse(R"({
    "step": 2, "steps": 4, "factor": 1.125, "elapsedSeconds": 6.1, "totalSeconds": 12.0,
    "offeredRps": 15600.0, "goodRps": 9990.0, "phase": "running"})"));
  EXPECT_EQ(text.find('\n'), text.size() - 1);
}

TEST(SummaryTest, WithALimitItLeavesOutDetailsAndStaysJson) {
  RunSummary summary;
  summary.invalid_reason = std::string(3'000, 'x');
  summary.offered_rps = 5;
  for (int step = 0; step < 20; ++step) {
    summary.steps.emplace_back().offered_rps = 1234.5678;
  }
  const auto whole = nlohmann::json::parse(SummaryJson(summary));
  EXPECT_TRUE(whole["steps"][19].contains("lagP99Us"));
  const std::string rates = SummaryJson(summary, 4'096);
  EXPECT_LE(rates.size(), 4'096U);
  const auto with_rates = nlohmann::json::parse(rates);
  ASSERT_EQ(with_rates["steps"].size(), 20U);
  EXPECT_EQ(with_rates["steps"][19], nlohmann::json({{"offeredRps", 1235.0}}));
  const std::string short_text = SummaryJson(summary, 1'000);
  EXPECT_LE(short_text.size(), 1'000U);
  const auto shortest = nlohmann::json::parse(short_text);
  EXPECT_EQ(shortest["offeredRps"], 5.0);
  EXPECT_TRUE(shortest["steps"].empty());
}

}  // namespace
}  // namespace clockwork::client
