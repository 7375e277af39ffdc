#include "images/common/plan/time_series.h"

#include <gtest/gtest.h>

namespace clockwork::plan {
namespace {

TEST(FindPeakTest, TheFirstOfEqualPeaksCounts) {
  auto peak = FindPeak(
      "bucket\tgoodput\tthroughput\tbatchsize\n0\t1.5\t2\t1.0\n1\t3\t4.5\t6.5\n2\t3\t9\t7\n");
  ASSERT_TRUE(peak.ok()) << peak.error().message;
  EXPECT_EQ((*peak)->bucket, 1);
  EXPECT_DOUBLE_EQ((*peak)->goodput_rps, 3);
  EXPECT_DOUBLE_EQ((*peak)->throughput_rps, 4.5);
  EXPECT_DOUBLE_EQ((*peak)->mean_batch, 6.5);
}

TEST(ParseBucketsTest, AllRowsInOrder) {
  auto buckets =
      ParseBuckets("bucket\tgoodput\tthroughput\tbatchsize\n0\t1.5\t2\t1.0\n1\t3\t4.5\t6.5\n");
  ASSERT_TRUE(buckets.ok()) << buckets.error().message;
  ASSERT_EQ(buckets->size(), 2U);
  EXPECT_DOUBLE_EQ((*buckets)[0].goodput_rps, 1.5);
  EXPECT_DOUBLE_EQ((*buckets)[1].mean_batch, 6.5);
}

TEST(FindPeakTest, ATableWithoutRowsHasNone) {
  auto peak = FindPeak("bucket\tgoodput\tthroughput\tbatchsize\n");
  ASSERT_TRUE(peak.ok()) << peak.error().message;
  EXPECT_FALSE(peak->has_value());
}

TEST(FindPeakTest, BrokenTablesAreErrorsThatNameTheLine) {
  struct Case {
    const char* table;
    const char* message;
  };
  const Case cases[] = {
      {"", "the table is empty"},
      {"bucket\tthroughput\tbatchsize\n", "column goodput is missing"},
      {"bucket\tgoodput\tthroughput\tbatchsize\n0\t1\t2\t3\n1\t2\n", "line 3: the row is cut"},
      {"bucket\tgoodput\tthroughput\tbatchsize\n0\tx\t2\t3\n",
       "line 2: goodput: 'x' is not a number; give a decimal such as 0.5"}};
  for (const Case& each : cases) {
    auto peak = FindPeak(each.table);
    ASSERT_FALSE(peak.ok()) << each.table;
    EXPECT_EQ(peak.error().message, each.message);
  }
}

TEST(JoinAggregatesTest, OneRowPerConfigAndEmptyCellsForGaps) {
  auto table = JoinAggregates({{2, "num_models\tgoodput\tthroughput\n2\t1.5\t2.0\n"},
                               {4, std::nullopt},
                               {6, "num_models\tgoodput\tthroughput\n6\t4.5\t5.0\n"}});
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(*table, "num_models\tgoodput\tthroughput\n2\t1.5\t2.0\n4\t\t\n6\t4.5\t5.0\n");
}

TEST(JoinAggregatesTest, ATableWithoutItsRowIsAnError) {
  for (const char* bad : {"", "num_models\n", "other\n4\n"}) {
    auto table = JoinAggregates({{2, "num_models\n2\n"}, {4, bad}});
    ASSERT_FALSE(table.ok()) << bad;
    EXPECT_EQ(table.error().message, "the aggregate of N = 4 is no table of one row");
  }
}

}  // namespace
}  // namespace clockwork::plan
