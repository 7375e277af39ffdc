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
  // As Add in a later pass, of a row of that bucket: only this much of the row is needed again.
  void AddAgain(std::uint32_t bucket, std::uint64_t latency_ns, bool good);
  // Whether AddAgain has anything to learn from this in the next pass.
  bool Wants(std::uint32_t bucket, std::uint64_t latency_ns, bool good) const {
    const Bucket& at = *buckets_[bucket];
    return at.latency.Wants(latency_ns) || (good && at.good_latency.Wants(latency_ns));
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
  // How models were seen in a bucket.
  class Models {
   public:
    enum Way : std::size_t { kAny, kCold, kWarm, kWays };
    void See(std::int32_t model_id, bool cold, bool warm);
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

    Bucket();
    void Merge(const Bucket& other);
  };

  std::uint32_t BucketAt(Nanos t_ns);
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
};

}  // namespace clockwork::telemetry
