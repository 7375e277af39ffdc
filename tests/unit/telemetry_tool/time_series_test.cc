#include "images/telemetry/core/time_series.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace clockwork::telemetry {
namespace {

constexpr Nanos kT0 = 1'600'000'000 * kSecond;

RequestRow Good(Nanos t, Nanos latency = 5 * kMillisecond, std::int32_t model = 1) {
  return {.t = t, .model_id = model, .latency = latency, .deadline_met = true, .arrival_count = 2};
}
RequestRow TimedOut(Nanos t) {
  return {.t = t, .result = 4, .model_id = 1, .latency = 95 * kMillisecond, .arrival_count = 2};
}
RequestRow Late(Nanos t) {
  return {.t = t, .model_id = 1, .latency = 101 * kMillisecond, .arrival_count = 2};
}
RequestRow Cold(Nanos t, std::int32_t model = 1) {
  RequestRow row = Good(t, 20 * kMillisecond, model);
  row.arrival_count = 0;
  row.is_coldstart = true;
  return row;
}
ActionRow Action(Nanos t, std::int32_t batch, std::int32_t type = kActionInfer,
                 std::int32_t status = 0) {
  return {.t = t, .action_type = type, .status = status, .batch_size = batch};
}

TimeSeriesData Series(const std::vector<RequestRow>& requests,
                      const std::vector<ActionRow>& actions, std::int64_t bucket_seconds = 10,
                      Nanos t_min = kT0) {
  TimeSeries series(t_min, bucket_seconds);
  do {
    for (const auto& row : requests) series.Add(row);
    for (const auto& row : actions) series.Add(row);
  } while (!series.EndPass());
  return series.Data();
}

// A request so late that its bucket is the one that is dropped.
RequestRow Closing() { return Good(kT0 + 1000 * kSecond); }

TEST(TimeSeriesTest, CountsByOutcome) {
  const auto data = Series({Good(kT0), Late(kT0), TimedOut(kT0), Cold(kT0, 3), Closing()}, {});
  ASSERT_EQ(data.rows.size(), 1U);
  const TimeSeriesRow& row = data.rows.front();
  EXPECT_EQ(row.throughput, 0.4);
  EXPECT_EQ(row.goodput, 0.2);
  EXPECT_EQ(row.badput, 0.3);
  EXPECT_EQ(row.coldstart, 0.1);
  EXPECT_EQ(row.warmstart, 0.2);
  EXPECT_EQ(row.models, 2);
  EXPECT_EQ(row.coldmodel, 1);
  EXPECT_EQ(row.warmmodel, 1);
  EXPECT_EQ(row.goodput_p99, 0.2 + 0.2 * (1 / 99.0));
  EXPECT_EQ(row.latency_max, 101);
  EXPECT_EQ(row.latency_max_good, 20);
}

TEST(TimeSeriesTest, RowsShortlyBeforeTheStartAreTruncatedIntoBucketZero) {
  const auto data = Series({Good(kT0 - 9 * kSecond), Good(kT0 - 11 * kSecond), Good(kT0 + kSecond),
                            Good(kT0 + 10 * kSecond), Closing()},
                           {});
  ASSERT_EQ(data.rows.size(), 3U);
  EXPECT_EQ(data.rows[0].bucket, -1);
  EXPECT_EQ(data.rows[1].bucket, 0);
  EXPECT_EQ(data.rows[1].throughput, 0.2);
  EXPECT_EQ(data.rows[2].bucket, 1);
  EXPECT_EQ(data.rows[2].t_minutes, 10.0 / 60);
}

TEST(TimeSeriesTest, OneBucketAloneLeavesNoRow) {
  EXPECT_TRUE(Series({Good(kT0)}, {Action(kT0, 8)}).rows.empty());
}

TEST(TimeSeriesTest, BatchSizeIsWeightedOverInferActionsOfAnyStatus) {
  const auto data = Series({Good(kT0), Closing()},
                           {Action(kT0, 1), Action(kT0, 4, kActionInfer, 45),
                            Action(kT0, 100, kActionLoad), Action(kT0, 100, kActionEvict)});
  EXPECT_EQ(data.rows.front().batchsize, 17.0 / 5);
}

TEST(TimeSeriesTest, ABucketOfInferActionsAloneHasARow) {
  const auto data = Series({Good(kT0), Closing()}, {Action(kT0 + 30 * kSecond, 2),
                                                    Action(kT0 + 60 * kSecond, 2, kActionLoad)});
  ASSERT_EQ(data.rows.size(), 2U);
  EXPECT_EQ(data.rows[1].bucket, 3);
  EXPECT_EQ(data.rows[1].batchsize, 2);
  EXPECT_EQ(data.rows[1].throughput, 0);
  EXPECT_EQ(data.rows[1].latency_p99, 0);
}

TEST(TimeSeriesTest, GapsMakeModelCountsFloatEvenInTheDroppedBucket) {
  const auto cell = [](const TimeSeriesData& data, const char* column) {
    const Table table = TimeSeriesTable(data);
    const auto found = std::find(table.columns.begin(), table.columns.end(), column);
    return table.rows[0][static_cast<std::size_t>(found - table.columns.begin())];
  };
  const RequestRow cold_end = Cold(kT0 + 1000 * kSecond);
  const auto whole = Series({Cold(kT0), Good(kT0), cold_end, Closing()}, {});
  EXPECT_EQ(cell(whole, "coldmodel"), "1");
  EXPECT_EQ(cell(whole, "warmmodel"), "1");
  EXPECT_EQ(cell(whole, "models"), "1");
  const auto no_cold_end = Series({Cold(kT0), Good(kT0), Closing()}, {});
  EXPECT_EQ(cell(no_cold_end, "coldmodel"), "1.0");
  EXPECT_EQ(cell(no_cold_end, "warmmodel"), "1");
  const auto no_warm_end = Series({Cold(kT0), Good(kT0), cold_end}, {});
  EXPECT_EQ(cell(no_warm_end, "warmmodel"), "1.0");
  EXPECT_EQ(cell(Series({TimedOut(kT0), Closing()}, {}), "coldmodel"), "0.0");
  EXPECT_EQ(cell(Series({TimedOut(kT0), Closing()}, {}), "latency_p50_good"), "0.0");
}

TEST(TimeSeriesTest, QuantilesAreExact) {
  std::mt19937_64 random(11);
  std::vector<RequestRow> rows = {Closing()};
  std::vector<Nanos> latencies;
  for (int i = 0; i < 30'001; ++i) {
    latencies.push_back(static_cast<Nanos>(random() % 3 == 0 ? 7'000'000 : random() % 90'000'000));
    rows.push_back(Good(kT0 + i, latencies.back()));
  }
  std::sort(latencies.begin(), latencies.end());
  const auto data = Series(rows, {});
  EXPECT_EQ(data.rows[0].latency_median, static_cast<double>(latencies[15'000]) / 1e6);
  EXPECT_EQ(data.rows[0].latency_p99, static_cast<double>(latencies[29'700]) / 1e6);
  EXPECT_EQ(data.rows[0].latency_p99_good, data.rows[0].latency_p99);
}

TEST(TimeSeriesTest, CountsModelsOfAnyNumberOnce) {
  const auto data =
      Series({Good(kT0, 1, 0), Good(kT0, 1, 65'535), Good(kT0, 1, 65'536), Good(kT0, 1, -1),
              Good(kT0, 1, INT32_MAX), Good(kT0, 1, -1), Good(kT0, 1, 0), Closing()},
             {});
  EXPECT_EQ(data.rows[0].models, 5);
  EXPECT_EQ(data.rows[0].warmmodel, 5);
}

TEST(TimeSeriesTest, SaysWhenThereAreTooManyBuckets) {
  TimeSeries series(kT0, 1);
  for (std::size_t i = 0; i < kMaxBuckets; ++i) {
    series.Add(Good(kT0 + static_cast<Nanos>(i) * kSecond));
  }
  EXPECT_FALSE(series.too_many_buckets());
  series.Add(Good(kT0));
  EXPECT_FALSE(series.too_many_buckets());
  series.Add(Good(kT0 - 5 * kSecond));
  EXPECT_TRUE(series.too_many_buckets());
}

}  // namespace
}  // namespace clockwork::telemetry
