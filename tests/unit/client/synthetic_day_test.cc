#include "images/client/core/synthetic_day.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "images/client/core/mapping.h"

namespace clockwork::client {
namespace {

// Sums over the whole day, computed once.
class SyntheticDayTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    day_ = new SyntheticDay(1);
    sums_ = new std::vector<std::uint64_t>(kSyntheticFunctions);
    minutes_ = new std::vector<std::uint64_t>(kMinutesPerDay);
    for (std::uint32_t minute = 0; minute < kMinutesPerDay; ++minute) {
      for (std::uint32_t function = 0; function < kSyntheticFunctions; ++function) {
        const std::uint32_t count = day_->Count(function, minute);
        (*sums_)[function] += count;
        (*minutes_)[minute] += count;
      }
    }
  }
  static void TearDownTestSuite() {
    delete day_;
    delete sums_;
    delete minutes_;
  }

  // Share of all calls that the busiest `rank` functions make, of the counts themselves.
  static double ShareAt(std::size_t rank) {
    std::uint64_t calls = 0;
    for (std::size_t i = 0; i < rank; ++i) calls += (*sums_)[i];
    return static_cast<double>(calls) / static_cast<double>(kSyntheticDayCalls);
  }

  // Calls per second of an hour as a multiple of the day's mean.
  static double HourToMean(std::size_t hour) {
    std::uint64_t calls = 0;
    for (std::size_t minute = hour * 60; minute < (hour + 1) * 60; ++minute) {
      calls += (*minutes_)[minute];
    }
    return static_cast<double>(calls) * 24 / static_cast<double>(kSyntheticDayCalls);
  }

  static const SyntheticDay* day_;
  static std::vector<std::uint64_t>* sums_;
  static std::vector<std::uint64_t>* minutes_;
};
const SyntheticDay* SyntheticDayTest::day_ = nullptr;
std::vector<std::uint64_t>* SyntheticDayTest::sums_ = nullptr;
std::vector<std::uint64_t>* SyntheticDayTest::minutes_ = nullptr;

TEST_F(SyntheticDayTest, HasThePublishedNumberOfFunctions) {
  EXPECT_EQ(day_->functions(), 46'413U);
  EXPECT_GT(*std::min_element(sums_->begin(), sums_->end()), 0U);
}

TEST_F(SyntheticDayTest, HasThePublishedSharesOfCalls) {
  EXPECT_NEAR(ShareAt(1), 0.135, 1e-5);
  EXPECT_NEAR(ShareAt(3), 0.302, 1e-5);
  EXPECT_NEAR(ShareAt(10), 0.44, 1e-5);
  EXPECT_NEAR(ShareAt(46), 0.70, 1e-5);
  EXPECT_NEAR(ShareAt(464), 0.93, 1e-5);
  EXPECT_NEAR(ShareAt(4641), 0.995, 1e-5);
  EXPECT_EQ(ShareAt(kSyntheticFunctions), 1.0);
}

TEST_F(SyntheticDayTest, SharesLieOnStraightLinesBetweenThePublishedOnes) {
  // Half-way in the logarithm of the rank between 1 and 4 lies 2, which is on the line 1..3.
  EXPECT_NEAR(ShareAt(2), 0.22438, 1e-4);
  EXPECT_NEAR(ShareAt(100), 0.70 * 1.10017, 1e-3);
}

TEST_F(SyntheticDayTest, TheFirstZooModelGetsItsPublishedShare) {
  constexpr std::size_t kModels = 61UL * 66;
  std::uint64_t calls = 0;
  for (std::size_t function = 0; function < kSyntheticFunctions; ++function) {
    if (ModelOfFunction(function, kSyntheticFunctions, kModels) < 66) calls += (*sums_)[function];
  }
  EXPECT_NEAR(static_cast<double>(calls) / static_cast<double>(kSyntheticDayCalls), 0.944, 5e-4);
}

TEST_F(SyntheticDayTest, TheFirstMinutesHaveThePublishedRates) {
  const std::uint64_t rates[] = {11'150, 9'969, 9'551, 9'801, 9'362, 9'795, 10'363, 11'102};
  for (std::size_t minute = 0; minute < std::size(rates); ++minute) {
    EXPECT_EQ((*minutes_)[minute], rates[minute] * 60) << minute;
  }
}

TEST_F(SyntheticDayTest, FunctionsOfAMinuteAddUpToItsTotal) {
  for (std::uint32_t minute = 0; minute < kMinutesPerDay; ++minute) {
    ASSERT_EQ((*minutes_)[minute], day_->MinuteTotal(minute)) << minute;
  }
}

TEST_F(SyntheticDayTest, TheDayHasThePublishedMean) {
  std::uint64_t calls = 0;
  for (const std::uint64_t minute : *minutes_) calls += minute;
  EXPECT_EQ(calls, 10'331ULL * 86'400);
}

TEST_F(SyntheticDayTest, HoursRiseAndFallAsPublished) {
  for (std::size_t hour = 0; hour < 24; ++hour) {
    EXPECT_GE(HourToMean(hour), 0.9129) << hour;
    EXPECT_LE(HourToMean(hour), 1.0881) << hour;
  }
  EXPECT_NEAR(HourToMean(13), 1.088, 1e-4);
  EXPECT_NEAR(HourToMean(4), 0.913, 1e-4);
}

TEST_F(SyntheticDayTest, FunctionsAreNumberedByPopularity) {
  // Neighbours whose shares differ by less than the dealing does may change places.
  constexpr std::uint64_t kChance = 200;
  for (std::size_t function = 1; function < kSyntheticFunctions; ++function) {
    ASSERT_GE((*sums_)[function - 1] + kChance, (*sums_)[function]) << function;
  }
}

TEST_F(SyntheticDayTest, RareFunctionsAreCalledInRandomMinutes) {
  const auto last = static_cast<std::uint32_t>(kSyntheticFunctions - 1);
  std::vector<std::uint32_t> busy;
  for (std::uint32_t minute = 0; minute < kMinutesPerDay; ++minute) {
    ASSERT_LE(day_->Count(last, minute), 1U);
    if (day_->Count(last, minute) == 1) busy.push_back(minute);
  }
  EXPECT_NEAR(static_cast<double>(busy.size()), 42, 25);
  EXPECT_LT(busy.front(), kMinutesPerDay / 3);
  EXPECT_GT(busy.back(), 2 * kMinutesPerDay / 3);
}

TEST_F(SyntheticDayTest, ASeedGivesOneDayAndAnotherSeedAnother) {
  const SyntheticDay same(1);
  const SyntheticDay other(2);
  bool differs = false;
  for (std::uint32_t minute = 0; minute < kMinutesPerDay; ++minute) {
    ASSERT_EQ(same.Count(30'000, minute), day_->Count(30'000, minute));
    differs = differs || other.Count(30'000, minute) != day_->Count(30'000, minute);
  }
  EXPECT_TRUE(differs);
  EXPECT_EQ(day_->Description(), "synthetic seed 1");
}

}  // namespace
}  // namespace clockwork::client
