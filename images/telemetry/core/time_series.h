#pragma once

// What happened in each bucket of time (spec/telemetry.md §2.6), from the rows of both logs seen
// several times: the latency quantiles are exact, and the memory grows with the number of buckets
// and of models but not with that of rows (order_statistics.h). Pure.
//
//   TimeSeries series(t_min, bucket_seconds);
//   do {
//     for (each request row) series.Add(row);
//     for (each action row) series.Add(row);   // the first pass is enough
//   } while (!series.EndPass());
//   ... series.Data() ...
//
// The first pass may be shared among several that are merged, in any order, with the same result.
//
// Odd rules kept from the published scripts: rows up to one bucket before t_min count as bucket 0;
// the last bucket has no row; badput counts late successes only; goodput_p99 and its kin are about
// goodput divided by 0.99.

#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "images/common/base/int128.h"
#include "images/common/base/result.h"
#include "images/common/base/time.h"
#include "images/common/telemetry/rows.h"
#include "images/telemetry/core/quantile.h"
#include "images/telemetry/core/request_batch.h"
#include "images/telemetry/core/table.h"

namespace clockwork::telemetry {

// Five hours of one-second buckets, at some kilobytes each.
inline constexpr std::size_t kMaxBuckets = 20'000;

// Rates are per second, latencies in milliseconds; what the bucket does not have is 0.
struct TimeSeriesRow {
  std::int64_t bucket = 0;
  double t_minutes = 0;
  double throughput = 0;
  double goodput = 0;
  double badput = 0;
  double batchsize = 0;
  double coldstart = 0;
  double warmstart = 0;
  std::int64_t coldmodel = 0;
  std::int64_t models = 0;
  double latency_median = 0;
  double latency_p99 = 0;
  double latency_max = 0;
  double latency_p50_good = 0;
  double latency_p99_good = 0;
  double latency_max_good = 0;
  std::int64_t warmmodel = 0;
  double goodput_p99 = 0;
  double goodput_p95 = 0;
  double goodput_p90 = 0;
};

struct TimeSeriesData {
  std::vector<TimeSeriesRow> rows;  // ascending buckets, without the last
  // A bucket without any such model turns the counts of all buckets into floats.
  bool coldmodel_is_float = false;
  bool warmmodel_is_float = false;
};

Table TimeSeriesTable(const TimeSeriesData& data);

class TimeSeries {
 public:
  static constexpr std::uint32_t kNoBucket = UINT32_MAX;

  // `t_min_ns`: the later one of the two logs' first times.
  TimeSeries(Nanos t_min_ns, std::int64_t bucket_seconds);

  // Returns the row's bucket, counted in the order in which they came up; kNoBucket when there are
  // too many.
  std::uint32_t Add(const RequestRow& row);
  void Add(const ActionRow& row);  // nothing in later passes
  // The bucket of a request at this time, as Add returns it; there is such a bucket from now on.
  std::uint32_t BucketAt(Nanos t_ns) {
    return t_ns >= last_from_ns_ && t_ns < last_until_ns_ ? last_ : FindBucketAt(t_ns);
  }
  // In the first pass, as Add of all its rows, which are those of BucketAt.
  void Add(const RequestBatch& batch);
  // As Add in a later pass, of a row of that bucket: only this much of the row is needed again.
  void AddAgain(std::uint32_t bucket, std::uint64_t latency_ns, bool good);
  // Whether AddAgain has anything to learn from this in the next pass.
  bool Wants(std::uint32_t bucket, std::uint64_t latency_ns, bool good) const {
    const std::size_t cell = OrderStatistics::CellIndex(latency_ns, kFirstPassBits);
    const unsigned searches = good ? kWantsLatency | kWantsGoodLatency : kWantsLatency;
    return (buckets_[bucket]->wanted.Of(cell) & searches) != 0;
  }
  // As if what `other` has seen had been added here, in the first pass of both. Returns which
  // bucket each of its buckets has become, and leaves it empty.
  std::vector<std::uint32_t> Merge(TimeSeries* other);
  bool EndPass();

  // More than kMaxBuckets, and rows were left out.
  bool too_many_buckets() const { return too_many_buckets_; }
  // Requires that EndPass was true.
  TimeSeriesData Data() const;

 private:
  // Cells of the first pass: 512 per doubling, some kilobytes per bucket. Each bucket has few
  // wanted ranks, so that coarse cells do.
  static constexpr int kFirstPassBits = 9;
  static constexpr std::uint8_t kWantsLatency = 1;
  static constexpr std::uint8_t kWantsGoodLatency = 2;

  // How models were seen in a bucket.
  class Models {
   public:
    enum Way : std::size_t { kAny, kCold, kWarm, kWays };
    void See(std::int32_t model_id, bool cold, bool warm) {
      See(model_id, 1U << kAny | unsigned{cold} << kCold | unsigned{warm} << kWarm);
    }
    // `ways`: a bit per way.
    void See(std::int32_t model_id, unsigned ways) {
      const auto id = static_cast<std::uint32_t>(model_id);
      // Nearly every row says nothing new.
      if (id < small_ids_.size() && (ways & ~unsigned{small_ids_[id]}) == 0) return;
      Count(SeenOf(model_id), ways);
    }
    void Merge(const Models& other);
    std::int64_t count(Way way) const { return counts_[way]; }

   private:
    std::uint8_t* SeenOf(std::int32_t model_id);
    void Count(std::uint8_t* seen, unsigned ways);

    std::vector<std::uint8_t> small_ids_;  // bit per way
    std::unordered_map<std::int32_t, std::uint8_t> other_ids_;
    std::int64_t counts_[kWays] = {};
  };
  struct Bucket {
    std::int64_t requests = 0;
    std::int64_t successes = 0;
    std::int64_t good = 0;
    std::int64_t cold = 0;
    Int128 batch_sum = 0;
    Int128 batch_square_sum = 0;
    Models models;
    QuantileSearch latency;  // in the first pass: of those that are not good
    QuantileSearch good_latency;
    WantedCells wanted;  // by the two, in the next pass

    Bucket();
    void Merge(const Bucket& other);
  };

  std::uint32_t FindBucketAt(Nanos t_ns);
  void RememberSpan(Nanos since_ns);
  std::uint32_t BucketOf(std::int64_t index);
  TimeSeriesRow Row(std::int64_t index, const Bucket& bucket) const;

  Nanos t_min_ns_;
  std::int64_t bucket_seconds_;
  double bucket_ns_;
  bool first_pass_ = true;
  bool too_many_buckets_ = false;
  std::vector<std::unique_ptr<Bucket>> buckets_;
  std::map<std::int64_t, std::uint32_t> positions_;  // of buckets_, by index
  // The bucket of the last row, which is nearly always that of the next.
  std::int64_t last_index_ = 0;
  std::uint32_t last_ = kNoBucket;
  // Times from here on and before there are certainly in that bucket; empty: unknown.
  Nanos last_from_ns_ = 0;
  Nanos last_until_ns_ = 0;
};

inline std::uint32_t TimeSeries::Add(const RequestRow& row) {
  const std::uint32_t position = BucketAt(row.t);
  if (position == kNoBucket) return position;
  const auto latency = static_cast<std::uint64_t>(row.latency);
  const bool success = row.result == 0;
  const bool good = success && row.deadline_met;
  if (!first_pass_) {
    AddAgain(position, latency, good);
    return position;
  }
  const bool cold = success && row.is_coldstart;
  Bucket& bucket = *buckets_[position];
  (good ? bucket.good_latency : bucket.latency).Add(latency);
  bucket.requests += 1;
  bucket.successes += success ? 1 : 0;
  bucket.good += good ? 1 : 0;
  bucket.cold += cold ? 1 : 0;
  bucket.models.See(row.model_id, cold, success && row.arrival_count > 0);
  return position;
}

}  // namespace clockwork::telemetry
