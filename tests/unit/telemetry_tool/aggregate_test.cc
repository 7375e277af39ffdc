#include "images/telemetry/core/aggregate.h"

#include <gtest/gtest.h>

namespace clockwork::telemetry {
namespace {

TimeSeriesRow Row(double goodput, double throughput, double batchsize) {
  TimeSeriesRow row;
  row.goodput = goodput;
  row.throughput = throughput;
  row.batchsize = batchsize;
  row.goodput_p99 = 10 - goodput;
  return row;
}

TEST(FindPeaksTest, TakesEachMaximumOnItsOwn) {
  TimeSeriesData data;
  data.rows = {Row(1, 2, 1.5), Row(4, 5, 6.5), Row(3, 9, 7.5), Row(4, 1, 2)};
  const auto peaks = FindPeaks(data);
  ASSERT_TRUE(peaks);
  EXPECT_EQ(peaks->goodput, 4);
  EXPECT_EQ(peaks->throughput, 9);
  EXPECT_EQ(peaks->goodput_p99, 9);
  EXPECT_EQ(peaks->batchsize_at_goodput, 6.5);
}

TEST(FindPeaksTest, WithoutGoodputTheFirstBucketCounts) {
  TimeSeriesData data;
  data.rows = {Row(0, 2, 1.5), Row(0, 5, 6.5)};
  EXPECT_EQ(FindPeaks(data)->batchsize_at_goodput, 1.5);
}

TEST(AggregateTableTest, ARunOfOneBucketHasEmptyCells) {
  EXPECT_FALSE(FindPeaks({}));
  EXPECT_EQ(EncodeTable(AggregateTable({{10, std::nullopt}, {20, Peaks{1, 2, 3, 4, 5, 6}}})),
            "num_models\tgoodput\tgoodput_p99\tgoodput_p95\tgoodput_p90\tthroughput\n"
            "10\t\t\t\t\t\n"
            "20\t1.0\t2.0\t3.0\t4.0\t5.0\n");
}

TEST(TrialSummaryTest, IsTheDocumentedJson) {
  EXPECT_EQ(EncodeTrialSummary({3, 30, Peaks{1.5, 2, 3, 4, 5, 6}, 7, 8, 9}),
            R"({"config":3,"workers":30,"goodputRps":1.5,"offeredRps":5.0,"meanBatch":6.0,)"
            R"("requestRows":7,"actionRows":8,"droppedRows":9})"
            "\n");
  EXPECT_EQ(EncodeTrialSummary({1, 2, std::nullopt, 7, 8, 0}),
            R"({"config":1,"workers":2,"goodputRps":null,"offeredRps":null,"meanBatch":null,)"
            R"("requestRows":7,"actionRows":8,"droppedRows":0})"
            "\n");
}

}  // namespace
}  // namespace clockwork::telemetry
