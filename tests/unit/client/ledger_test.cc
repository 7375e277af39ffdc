#include "images/client/core/ledger.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "images/client/core/splitmix.h"

namespace clockwork::client {
namespace {

struct BinCase {
  const char* name;
  std::int32_t status;
  Nanos latency_ns;
  std::uint64_t StepBook::*bin;
};

class LedgerBinTest : public ::testing::TestWithParam<BinCase> {};

TEST_P(LedgerBinTest, AnAnswerEndsInItsBinOnly) {
  Ledger ledger(2, 8);
  ledger.OnSent(5, 1, 1000, 3000);
  EXPECT_EQ(ledger.outstanding(), 1U);
  EXPECT_TRUE(ledger.OnAnswer(5, GetParam().status, 3000 + GetParam().latency_ns));
  ledger.Close();
  const StepBook& book = ledger.steps()[1];
  EXPECT_EQ(book.sent, 1U);
  EXPECT_EQ(book.*GetParam().bin, 1U);
  EXPECT_EQ(book.good + book.late + book.failed + book.unanswered, 1U);
  EXPECT_EQ(book.lag.max_ns(), 2000);
  EXPECT_EQ(ledger.steps()[0].sent, 0U);
}

INSTANTIATE_TEST_SUITE_P(Table, LedgerBinTest,
                         ::testing::Values(BinCase{"InTime", 0, kSloNs, &StepBook::good},
                                           BinCase{"Late", 0, kSloNs + 1, &StepBook::late},
                                           BinCase{"TimedOut", 4, 10, &StepBook::failed},
                                           BinCase{"Error", 1, 10, &StepBook::failed}),
                         [](const auto& test) { return test.param.name; });

TEST(LedgerTest, WhatIsNotAnsweredIsUnanswered) {
  Ledger ledger(1, 8);
  ledger.OnSent(0, 0, 0, 0);
  ledger.OnSent(1, 0, 0, 0);
  ledger.OnAnswer(0, 0, 5);
  ledger.Close();
  EXPECT_EQ(ledger.steps()[0].unanswered, 1U);
  EXPECT_EQ(ledger.outstanding(), 0U);
  EXPECT_FALSE(ledger.OnAnswer(1, 0, 6)) << "the books are closed";
}

TEST(LedgerTest, AnswersWithoutARequestAreCountedApart) {
  Ledger ledger(1, 8);
  ledger.OnSent(3, 0, 0, 0);
  EXPECT_FALSE(ledger.OnAnswer(4, 0, 1)) << "never sent";
  EXPECT_FALSE(ledger.OnAnswer(11, 0, 1)) << "same slot, other id";
  EXPECT_TRUE(ledger.OnAnswer(3, 0, 1));
  EXPECT_FALSE(ledger.OnAnswer(3, 0, 1)) << "answered twice";
  EXPECT_EQ(ledger.unmatched_answers(), 3U);
  EXPECT_EQ(ledger.steps()[0].good, 1U);
}

TEST(LedgerTest, AFullTablePushesTheOldestOut) {
  Ledger ledger(1, 4);
  for (std::uint32_t id = 0; id < 6; ++id) ledger.OnSent(id, 0, 0, 0);
  EXPECT_EQ(ledger.pushed_out(), 2U);
  EXPECT_EQ(ledger.outstanding(), 4U);
  EXPECT_FALSE(ledger.OnAnswer(0, 0, 1));
  EXPECT_TRUE(ledger.OnAnswer(5, 0, 1));
  ledger.Close();
  EXPECT_EQ(ledger.steps()[0].unanswered, 5U);
}

TEST(LedgerTest, UnsentRequestsShowAsLagAndNotAsSent) {
  Ledger ledger(1, 4);
  ledger.OnUnsent(0, 100, 5100);
  EXPECT_EQ(ledger.steps()[0].sent, 0U);
  EXPECT_EQ(ledger.steps()[0].unsent, 1U);
  EXPECT_EQ(ledger.steps()[0].lag.max_ns(), 5000);
}

TEST(LedgerTest, AnIntervalHoldsWhatHappenedSinceTheLastLook) {
  Ledger ledger(2, 8);
  ledger.OnSent(0, 0, 0, 7);
  ledger.OnSent(1, 1, 0, 9);
  ledger.OnAnswer(0, 0, 20);
  ledger.OnAnswer(1, 4, 20);
  const IntervalBook first = ledger.TakeInterval();
  EXPECT_EQ(first.sent, 2U);
  EXPECT_EQ(first.answered, 2U);
  EXPECT_EQ(first.good, 1U);
  EXPECT_EQ(first.lag.max_ns(), 9);
  const IntervalBook second = ledger.TakeInterval();
  EXPECT_EQ(second.sent + second.answered + second.good + second.lag.count(), 0U);
}

// Requests, answers, duplicates and losses at random: the bins always add up.
TEST(LedgerTest, EveryRequestEndsInExactlyOneBin) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SplitMix random(seed);
    Ledger ledger(3, 64);
    std::vector<std::uint64_t> sent(3);
    std::uint64_t accepted = 0;
    auto id = static_cast<std::uint32_t>(random.Below(2) == 0 ? 0 : UINT32_MAX - 500);
    Nanos now_ns = 0;
    for (int event = 0; event < 5000; ++event) {
      now_ns += static_cast<Nanos>(random.Below(10 * kMillisecond));
      if (random.Below(2) == 0) {
        const std::size_t step = random.Below(3);
        ++sent[step];
        ledger.OnSent(id++, step, now_ns - 10, now_ns);
      } else {
        const auto back = static_cast<std::uint32_t>(random.Below(80));
        if (ledger.OnAnswer(id - back, random.Below(4) == 0 ? 4 : 0, now_ns)) ++accepted;
      }
    }
    ledger.Close();
    std::uint64_t answered = 0;
    for (std::size_t step = 0; step < 3; ++step) {
      const StepBook& book = ledger.steps()[step];
      EXPECT_EQ(book.sent, sent[step]) << "seed " << seed;
      EXPECT_EQ(book.sent, book.answered() + book.unanswered) << "seed " << seed;
      EXPECT_EQ(book.lag.count(), book.sent) << "seed " << seed;
      answered += book.answered();
    }
    EXPECT_EQ(answered, accepted) << "seed " << seed;
  }
}

}  // namespace
}  // namespace clockwork::client
