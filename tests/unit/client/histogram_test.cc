#include "images/client/core/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "images/client/core/splitmix.h"

namespace clockwork::client {
namespace {

TEST(HistogramTest, AnEmptyOneHasNothing) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.max_ns(), 0);
  EXPECT_EQ(histogram.QuantileNs(0.99), 0);
}

TEST(HistogramTest, EveryValueKeepsThePromisedPrecision) {
  std::vector<Nanos> values;
  for (Nanos value = 0; value < 300; ++value) values.push_back(value);
  for (int bit = 8; bit < 40; ++bit) {
    const Nanos power = Nanos{1} << bit;
    for (const Nanos value : {power - 1, power, power + 1, power + power / 3}) {
      values.push_back(value);
    }
  }
  for (const Nanos value : values) {
    Histogram histogram;
    histogram.Record(value);
    histogram.Record(Histogram::kEndNs - 1);  // keeps the maximum from hiding the bucket's end
    const Nanos reported = histogram.QuantileNs(0.5);
    EXPECT_GE(reported, value);
    EXPECT_LE(reported, value + value / 64) << value;
    if (value < 128) {
      EXPECT_EQ(reported, value);
    }
  }
}

TEST(HistogramTest, QuantilesAgreeWithSortedValues) {
  SplitMix random(3);
  Histogram histogram;
  std::vector<Nanos> values;
  for (int i = 0; i < 10'000; ++i) {
    const auto value = static_cast<Nanos>(random.Next() >> (24 + random.Below(30)));
    values.push_back(value);
    histogram.Record(value);
  }
  std::sort(values.begin(), values.end());
  for (const double fraction : {0.001, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const Nanos exact = values[static_cast<std::size_t>(std::ceil(fraction * 10'000)) - 1];
    EXPECT_GE(histogram.QuantileNs(fraction), exact);
    EXPECT_LE(histogram.QuantileNs(fraction), exact + exact / 64);
  }
  EXPECT_EQ(histogram.max_ns(), values.back());
}

TEST(HistogramTest, WhatIsOutOfRangeIsCountedAndNotLost) {
  Histogram histogram;
  histogram.Record(-5);
  histogram.Record(Histogram::kEndNs);
  histogram.Record(kNever);
  EXPECT_EQ(histogram.count(), 3U);
  EXPECT_EQ(histogram.out_of_range(), 2U);
  EXPECT_EQ(histogram.QuantileNs(0.3), 0);
  EXPECT_EQ(histogram.QuantileNs(0.99), kNever);
}

TEST(HistogramTest, MergingIsRecordingTogether) {
  Histogram one;
  Histogram two;
  Histogram both;
  for (Nanos value = 1; value < 1'000'000'000'000'000; value = value * 3 / 2 + 1) {
    (value % 2 == 0 ? one : two).Record(value);
    both.Record(value);
  }
  one.Merge(two);
  EXPECT_EQ(one.count(), both.count());
  EXPECT_EQ(one.out_of_range(), both.out_of_range());
  EXPECT_EQ(one.max_ns(), both.max_ns());
  for (int percent = 1; percent <= 100; ++percent) {
    const double fraction = percent / 100.0;
    EXPECT_EQ(one.QuantileNs(fraction), both.QuantileNs(fraction));
  }
}

}  // namespace
}  // namespace clockwork::client
