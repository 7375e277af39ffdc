#include "images/telemetry/core/time_series.h"

#include <algorithm>

#include "images/telemetry/core/number_format.h"

namespace clockwork::telemetry {
namespace {

// Cells of the first pass: 128 per doubling, a few kilobytes per bucket. Each bucket has few wanted
// ranks, so that coarse cells do.
constexpr int kFirstPassBits = 7;
constexpr double kNanosPerMilli = 1e6;
constexpr double kSecondsPerMinute = 60;
// Model numbers below have a byte each; the controller counts models from 0.
constexpr std::int32_t kSmallIds = 1 << 16;

const std::vector<double>& Quantiles() {
  static const std::vector<double> kQuantiles = {0.5, 0.99};
  return kQuantiles;
}

double QuantileMs(const QuantileSearch& search, std::size_t index) {
  if (search.count() == 0) return 0;
  const QuantileSearch::Neighbours at = search.At(index);
  return GroupedQuantile(static_cast<double>(at.below), static_cast<double>(at.above),
                         at.fraction) /
         kNanosPerMilli;
}

// The rate that `goodput` would be part of if this share of it were missing, as published.
double WithMissing(double goodput, double badput, double share) {
  return goodput + std::min(goodput * share, badput);
}

bool IsGood(const RequestRow& row) { return row.result == 0 && row.deadline_met; }

}  // namespace

void TimeSeries::Models::See(std::int32_t model_id, bool cold, bool warm) {
  std::uint8_t* seen = nullptr;
  if (model_id >= 0 && model_id < kSmallIds) {
    const auto id = static_cast<std::size_t>(model_id);
    if (id >= small_ids_.size()) small_ids_.resize(std::max(id + 1, small_ids_.size() * 2));
    seen = &small_ids_[id];
  } else {
    seen = &other_ids_[model_id];
  }
  const bool is[kWays] = {true, cold, warm};
  for (std::size_t way = 0; way < kWays; ++way) {
    const unsigned bit = 1U << way;
    if (!is[way] || (*seen & bit) != 0) continue;
    *seen = static_cast<std::uint8_t>(*seen | bit);
    ++counts_[way];
  }
}

TimeSeries::Bucket::Bucket()
    : latency(kFirstPassBits, GroupedPosition), good_latency(kFirstPassBits, GroupedPosition) {}

TimeSeries::TimeSeries(Nanos t_min_ns, std::int64_t bucket_seconds)
    : t_min_ns_(t_min_ns),
      bucket_seconds_(bucket_seconds),
      bucket_ns_(static_cast<double>(bucket_seconds) * 1e9) {}

TimeSeries::Bucket* TimeSeries::BucketAt(Nanos t_ns) {
  const auto index = static_cast<std::int64_t>(static_cast<double>(t_ns - t_min_ns_) / bucket_ns_);
  if (last_ != nullptr && index == last_index_) return last_;
  if (buckets_.size() >= kMaxBuckets && !buckets_.contains(index)) {
    too_many_buckets_ = true;
    return nullptr;
  }
  last_index_ = index;
  last_ = &buckets_[index];
  return last_;
}

void TimeSeries::Add(const RequestRow& row) {
  Bucket* bucket = BucketAt(row.t);
  if (bucket == nullptr) return;
  const auto latency = static_cast<std::uint64_t>(row.latency);
  bucket->latency.Add(latency);
  if (IsGood(row)) bucket->good_latency.Add(latency);
  if (!first_pass_) return;
  const bool success = row.result == 0;
  bucket->requests += 1;
  bucket->successes += success ? 1 : 0;
  bucket->good += IsGood(row) ? 1 : 0;
  bucket->cold += success && row.is_coldstart ? 1 : 0;
  bucket->models.See(row.model_id, success && row.is_coldstart, success && row.arrival_count > 0);
}

void TimeSeries::Add(const ActionRow& row) {
  if (!first_pass_ || row.action_type != kActionInfer) return;
  Bucket* bucket = BucketAt(row.t);
  if (bucket == nullptr) return;
  const auto batch = static_cast<double>(row.batch_size);
  bucket->batch_sum += batch;
  bucket->batch_square_sum += batch * batch;
}

bool TimeSeries::EndPass() {
  first_pass_ = false;
  bool done = true;
  for (auto& [index, bucket] : buckets_) {
    done = bucket.latency.EndPass(Quantiles()) && done;
    done = bucket.good_latency.EndPass(Quantiles()) && done;
  }
  return done;
}

TimeSeriesRow TimeSeries::Row(std::int64_t index, const Bucket& bucket) const {
  const auto rate = [this](std::int64_t count) {
    return static_cast<double>(count) / static_cast<double>(bucket_seconds_);
  };
  TimeSeriesRow row;
  row.bucket = index;
  row.t_minutes = static_cast<double>(index * bucket_seconds_) / kSecondsPerMinute;
  row.throughput = rate(bucket.requests);
  row.goodput = rate(bucket.good);
  row.badput = rate(bucket.successes);
  row.batchsize = bucket.batch_sum == 0 ? 0 : bucket.batch_square_sum / bucket.batch_sum;
  row.coldstart = rate(bucket.cold);
  row.warmstart = rate(bucket.successes - bucket.cold);
  row.coldmodel = bucket.models.count(Models::kCold);
  row.models = bucket.models.count(Models::kAny);
  row.latency_median = QuantileMs(bucket.latency, 0);
  row.latency_p99 = QuantileMs(bucket.latency, 1);
  row.latency_max = static_cast<double>(bucket.latency.max()) / kNanosPerMilli;
  row.latency_p50_good = QuantileMs(bucket.good_latency, 0);
  row.latency_p99_good = QuantileMs(bucket.good_latency, 1);
  row.latency_max_good = static_cast<double>(bucket.good_latency.max()) / kNanosPerMilli;
  row.warmmodel = bucket.models.count(Models::kWarm);
  row.goodput_p99 = WithMissing(row.goodput, row.badput, 1 / 99.0);
  row.goodput_p95 = WithMissing(row.goodput, row.badput, 5 / 95.0);
  row.goodput_p90 = WithMissing(row.goodput, row.badput, 10 / 90.0);
  return row;
}

TimeSeriesData TimeSeries::Data() const {
  TimeSeriesData data;
  for (const auto& [index, bucket] : buckets_) {
    data.rows.push_back(Row(index, bucket));
    data.coldmodel_is_float |= data.rows.back().coldmodel == 0;
    data.warmmodel_is_float |= data.rows.back().warmmodel == 0;
  }
  // After the gaps have been looked for: one in the last bucket counts.
  if (!data.rows.empty()) data.rows.pop_back();
  return data;
}

Table TimeSeriesTable(const TimeSeriesData& data) {
  const auto count = [](std::int64_t value, bool is_float) {
    return is_float ? FormatFloat(static_cast<double>(value)) : FormatInteger(value);
  };
  Table table;
  table.columns = {"bucket",           "t",           "throughput",       "request_rate",
                   "goodput",          "badput",      "batchsize",        "coldstart",
                   "warmstart",        "coldmodel",   "models",           "latency_median",
                   "latency_p99",      "latency_max", "latency_p50_good", "latency_p99_good",
                   "latency_max_good", "warmmodel",   "goodput_p99",      "goodput_p95",
                   "goodput_p90"};
  for (const TimeSeriesRow& row : data.rows) {
    table.rows.push_back(
        {FormatInteger(row.bucket),         FormatFloat(row.t_minutes),
         FormatFloat(row.throughput),       FormatFloat(row.throughput),
         FormatFloat(row.goodput),          FormatFloat(row.badput),
         FormatFloat(row.batchsize),        FormatFloat(row.coldstart),
         FormatFloat(row.warmstart),        count(row.coldmodel, data.coldmodel_is_float),
         FormatInteger(row.models),         FormatFloat(row.latency_median),
         FormatFloat(row.latency_p99),      FormatFloat(row.latency_max),
         FormatFloat(row.latency_p50_good), FormatFloat(row.latency_p99_good),
         FormatFloat(row.latency_max_good), count(row.warmmodel, data.warmmodel_is_float),
         FormatFloat(row.goodput_p99),      FormatFloat(row.goodput_p95),
         FormatFloat(row.goodput_p90)});
  }
  return table;
}

}  // namespace clockwork::telemetry
