#include "images/telemetry/core/quantile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace clockwork::telemetry {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(GroupedQuantileTest, LiesBetweenNeighbours) {
  const QuantilePosition position = GroupedPosition(122, 0.99);
  EXPECT_EQ(position.below, 119U);
  EXPECT_EQ(position.above, 120U);
  EXPECT_NEAR(GroupedQuantile(10, 20, position.fraction), 17.9, 1e-9);
}

TEST(GroupedQuantileTest, OfOneValueIsThatValue) {
  const QuantilePosition position = GroupedPosition(1, 0.99);
  EXPECT_EQ(position.below, 0U);
  EXPECT_EQ(position.above, 0U);
  EXPECT_EQ(GroupedQuantile(5, 5, position.fraction), 5);
}

TEST(GroupedQuantileTest, IsTheLowerOneWhenExact) {
  const QuantilePosition position = GroupedPosition(3, 0.5);
  EXPECT_EQ(position.below, 1U);
  EXPECT_EQ(GroupedQuantile(5, kInfinity, position.fraction), 5);
}

TEST(ColumnQuantileTest, ReachesTheLastValueFromBelowAndStaysThere) {
  const QuantilePosition last = ColumnPosition(10, 1);
  EXPECT_EQ(last.below, 9U);
  EXPECT_EQ(last.above, 9U);
  EXPECT_EQ(ColumnQuantile(7, 7, last.fraction), 7);
  const QuantilePosition single = ColumnPosition(1, 0);
  EXPECT_EQ(single.below, 0U);
  EXPECT_EQ(single.fraction, 1);
}

TEST(ColumnQuantileTest, KeepsTheSignOfZeroInTheUpperHalf) {
  EXPECT_FALSE(std::signbit(ColumnQuantile(-0.0, -0.0, 0)));
  EXPECT_FALSE(std::signbit(ColumnQuantile(-0.0, -0.0, 0.49)));
  EXPECT_TRUE(std::signbit(ColumnQuantile(-0.0, -0.0, 0.5)));
  EXPECT_TRUE(std::signbit(ColumnQuantile(-0.0, -0.0, 1)));
}

TEST(ColumnQuantileTest, TreatsInfinitiesAsArithmeticDoes) {
  EXPECT_TRUE(std::isnan(ColumnQuantile(kInfinity, kInfinity, 0.3)));
  EXPECT_TRUE(std::isnan(ColumnQuantile(kInfinity, kInfinity, 1)));
  EXPECT_TRUE(std::isnan(ColumnQuantile(1, kInfinity, 0)));
  EXPECT_EQ(ColumnQuantile(1, kInfinity, 0.3), kInfinity);
}

TEST(QuantileSearchTest, FindsTheNeighboursOfSeveralQuantiles) {
  QuantileSearch search(7, ColumnPosition);
  const std::vector<double> quantiles = {0, 0.25, 0.26, 1};
  do {
    for (std::uint64_t key = 0; key < 10'001; ++key) search.Add(key * 7919 % 10'001 * 1'000);
  } while (!search.EndPass(quantiles));
  EXPECT_EQ(search.count(), 10'001U);
  EXPECT_EQ(search.At(0).below, 0U);
  EXPECT_EQ(search.At(1).below, 2'500'000U);
  EXPECT_EQ(search.At(1).above, 2'501'000U);
  EXPECT_EQ(search.At(2).below, 2'600'000U);
  EXPECT_EQ(search.At(3).above, 10'000'000U);
}

TEST(QuantileSearchTest, WithoutKeysThereIsNothingToLookFor) {
  QuantileSearch search(7, GroupedPosition);
  EXPECT_TRUE(search.EndPass({0.5}));
  EXPECT_EQ(search.count(), 0U);
}

}  // namespace
}  // namespace clockwork::telemetry
