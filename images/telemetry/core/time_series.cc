#include "images/telemetry/core/time_series.h"

#include <algorithm>

#include "images/telemetry/core/number_format.h"

namespace clockwork::telemetry {
namespace {

// Keys that all buckets together may keep in a later pass (4 MiB), so that it may be the last one.
constexpr std::size_t kKeptKeys = std::size_t{1} << 19;
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
         static_cast<double>(kMillisecond);
}

// The rate that `goodput` would be part of if this share of it were missing, as published.
double WithMissing(double goodput, double badput, double share) {
  return goodput + std::min(goodput * share, badput);
}

}  // namespace

std::uint8_t* TimeSeries::Models::SeenOf(std::int32_t model_id) {
  if (model_id < 0 || model_id >= kSmallIds) return &other_ids_[model_id];
  const auto id = static_cast<std::size_t>(model_id);
  if (id >= small_ids_.size()) small_ids_.resize(std::max(id + 1, small_ids_.size() * 2));
  return &small_ids_[id];
}

// `ways`: a bit per way.
void TimeSeries::Models::Count(std::uint8_t* seen, unsigned ways) {
  const unsigned news = ways & ~unsigned{*seen};
  if (news == 0) return;
  *seen = static_cast<std::uint8_t>(*seen | news);
  for (std::size_t way = 0; way < kWays; ++way) counts_[way] += (news >> way) & 1;
}

void TimeSeries::Models::Merge(const Models& other) {
  for (std::size_t id = 0; id < other.small_ids_.size(); ++id) {
    Count(SeenOf(static_cast<std::int32_t>(id)), other.small_ids_[id]);
  }
  for (const auto& [id, ways] : other.other_ids_) Count(SeenOf(id), ways);
}

TimeSeries::Bucket::Bucket()
    : latency(kFirstPassBits, GroupedPosition), good_latency(kFirstPassBits, GroupedPosition) {}

TimeSeries::TimeSeries(Nanos t_min_ns, std::int64_t bucket_seconds)
    : t_min_ns_(t_min_ns),
      bucket_seconds_(bucket_seconds),
      bucket_ns_(static_cast<double>(bucket_seconds) * 1e9) {}

void TimeSeries::Bucket::Merge(const Bucket& other) {
  requests += other.requests;
  successes += other.successes;
  good += other.good;
  cold += other.cold;
  batch_sum += other.batch_sum;
  batch_square_sum += other.batch_square_sum;
  models.Merge(other.models);
  latency.Merge(other.latency);
  good_latency.Merge(other.good_latency);
}

std::uint32_t TimeSeries::FindBucketAt(Nanos t_ns) {
  const auto index = static_cast<std::int64_t>(static_cast<double>(t_ns - t_min_ns_) / bucket_ns_);
  if (index == last_index_ && last_ != kNoBucket) return last_;
  last_ = BucketOf(index);
  last_index_ = index;
  RememberSpan(t_ns - t_min_ns_);
  return last_;
}

// Inside the span the quotient is so far from the next whole number that it cannot be rounded to
// it: spans of this many nanoseconds are exact as doubles, and so nearly are the quotients.
void TimeSeries::RememberSpan(Nanos since_ns) {
  constexpr Nanos kMaxExactNs = Nanos{1} << 52;
  constexpr Nanos kMarginNs = kMicrosecond;
  last_from_ns_ = last_until_ns_ = 0;
  if (last_ == kNoBucket || last_index_ < 0 || since_ns > kMaxExactNs || t_min_ns_ > kNever / 2) {
    return;
  }
  const Nanos bucket_ns = bucket_seconds_ * kSecond;
  // What is up to a bucket before the first one belongs to it.
  const Nanos from_ns = last_index_ == 0 ? -bucket_ns : last_index_ * bucket_ns;
  last_from_ns_ = t_min_ns_ + from_ns + kMarginNs;
  last_until_ns_ = t_min_ns_ + (last_index_ + 1) * bucket_ns - kMarginNs;
}

std::uint32_t TimeSeries::BucketOf(std::int64_t index) {
  const auto found = positions_.find(index);
  if (found != positions_.end()) return found->second;
  if (buckets_.size() >= kMaxBuckets) {
    too_many_buckets_ = true;
    return kNoBucket;
  }
  const auto position = static_cast<std::uint32_t>(buckets_.size());
  positions_[index] = position;
  buckets_.push_back(std::make_unique<Bucket>());
  return position;
}

void TimeSeries::Add(const RequestBatch& batch) {
  static_assert(RequestBatch::kSeen == 1U << Models::kAny);
  static_assert(RequestBatch::kCold == 1U << Models::kCold);
  static_assert(RequestBatch::kWarm == 1U << Models::kWarm);
  constexpr unsigned kAllWays = RequestBatch::kSeen | RequestBatch::kCold | RequestBatch::kWarm;
  if (batch.size() == 0) return;
  Bucket& bucket = *buckets_[batch.bucket()];
  std::int64_t successes = 0;
  std::int64_t good = 0;
  std::int64_t cold = 0;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const unsigned ways = batch.ways()[i];
    successes += (ways & RequestBatch::kSuccess) != 0 ? 1 : 0;
    cold += (ways & RequestBatch::kCold) != 0 ? 1 : 0;
    bucket.models.See(batch.model_ids()[i], ways & kAllWays);
  }
  QuantileSearch* const searches[] = {&bucket.latency, &bucket.good_latency};
  for (const KeptRequest& row : batch.kept()) {
    good += row.good() ? 1 : 0;
    searches[row.good() ? 1 : 0]->Count<kFirstPassBits>(row.latency_ns());
  }
  bucket.requests += static_cast<std::int64_t>(batch.size());
  bucket.successes += successes;
  bucket.good += good;
  bucket.cold += cold;
}

void TimeSeries::AddAgain(std::uint32_t bucket, std::uint64_t latency_ns, bool good) {
  buckets_[bucket]->latency.Add(latency_ns);
  if (good) buckets_[bucket]->good_latency.Add(latency_ns);
}

void TimeSeries::Add(const ActionRow& row) {
  if (!first_pass_ || row.action_type != kActionInfer) return;
  const std::uint32_t position = BucketAt(row.t);
  if (position == kNoBucket) return;
  const Int128 batch = row.batch_size;
  buckets_[position]->batch_sum += batch;
  buckets_[position]->batch_square_sum += batch * batch;
}

std::vector<std::uint32_t> TimeSeries::Merge(TimeSeries* other) {
  too_many_buckets_ |= other->too_many_buckets_;
  std::vector<std::uint32_t> became(other->buckets_.size(), kNoBucket);
  for (const auto& [index, position] : other->positions_) {
    const std::uint32_t merged = BucketOf(index);
    if (merged != kNoBucket) buckets_[merged]->Merge(*other->buckets_[position]);
    other->buckets_[position].reset();
    became[position] = merged;
  }
  other->positions_.clear();
  other->buckets_.clear();
  other->last_ = kNoBucket;
  other->last_from_ns_ = other->last_until_ns_ = 0;
  return became;
}

bool TimeSeries::EndPass() {
  const std::size_t kept_keys = kKeptKeys / std::max<std::size_t>(2 * buckets_.size(), 1);
  bool done = true;
  for (const auto& bucket : buckets_) {
    if (first_pass_) bucket->latency.Merge(bucket->good_latency);
    done = bucket->latency.EndPass(Quantiles(), kept_keys) && done;
    done = bucket->good_latency.EndPass(Quantiles(), kept_keys) && done;
    bucket->wanted.Clear();
    bucket->latency.MarkWanted(kWantsLatency, &bucket->wanted);
    bucket->good_latency.MarkWanted(kWantsGoodLatency, &bucket->wanted);
  }
  first_pass_ = false;
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
  if (bucket.batch_sum != 0) {
    row.batchsize =
        static_cast<double>(bucket.batch_square_sum) / static_cast<double>(bucket.batch_sum);
  }
  row.coldstart = rate(bucket.cold);
  row.warmstart = rate(bucket.successes - bucket.cold);
  row.coldmodel = bucket.models.count(Models::kCold);
  row.models = bucket.models.count(Models::kAny);
  row.latency_median = QuantileMs(bucket.latency, 0);
  row.latency_p99 = QuantileMs(bucket.latency, 1);
  row.latency_max = static_cast<double>(bucket.latency.max()) / static_cast<double>(kMillisecond);
  row.latency_p50_good = QuantileMs(bucket.good_latency, 0);
  row.latency_p99_good = QuantileMs(bucket.good_latency, 1);
  row.latency_max_good =
      static_cast<double>(bucket.good_latency.max()) / static_cast<double>(kMillisecond);
  row.warmmodel = bucket.models.count(Models::kWarm);
  row.goodput_p99 = WithMissing(row.goodput, row.badput, 1 / 99.0);
  row.goodput_p95 = WithMissing(row.goodput, row.badput, 5 / 95.0);
  row.goodput_p90 = WithMissing(row.goodput, row.badput, 10 / 90.0);
  return row;
}

TimeSeriesData TimeSeries::Data() const {
  TimeSeriesData data;
  for (const auto& [index, position] : positions_) {
    data.rows.push_back(Row(index, *buckets_[position]));
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
