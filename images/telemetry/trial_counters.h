#pragma once

// What the threads that go through the two logs of a trial make of the rows: counters for a
// LogScan. One thread each.
//
// A counter may put rows off; Flush counts those that it has.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "images/common/base/time.h"
#include "images/common/telemetry/rows.h"
#include "images/telemetry/core/kept_rows.h"
#include "images/telemetry/core/request_batch.h"
#include "images/telemetry/core/tail_cdf.h"
#include "images/telemetry/core/time_series.h"

namespace clockwork::telemetry {

// The counters of the threads lie side by side, and each writes to its own for every row: so far
// apart that no two share what a core fetches at a time, a pair of cache lines.
inline constexpr std::size_t kCounterAlignment = 128;

// The rows of a log that count, by their time: how many there are, and the first t.
struct Range {
  Nanos start_ns = 0;
  Nanos end_ns = kNever;
  Nanos first_ns = kNever;
  std::uint64_t rows = 0;

  // Whether the row counts.
  bool See(Nanos t_ns) {
    if (t_ns < start_ns || t_ns > end_ns) return false;
    ++rows;
    first_ns = std::min(first_ns, t_ns);
    return true;
  }
  void Merge(const Range& other) {
    rows += other.rows;
    first_ns = std::min(first_ns, other.first_ns);
  }
  // The same range, nothing seen.
  Range Unseen() const { return {.start_ns = start_ns, .end_ns = end_ns}; }
};

struct alignas(kCounterAlignment) RangeCounter {
  Range range;

  template <typename Row>
  void Add(const Row& row) {
    range.See(row.t);
  }
};

// The first pass over the requests.
struct alignas(kCounterAlignment) RequestCounter {
  Range range;
  TimeSeries series;
  TailCdf cdf;
  KeptRequests kept;
  RequestBatch batch = {};  // rows not yet counted

  [[gnu::always_inline]] void Add(const RequestRow& row) {
    if (!range.See(row.t)) return;
    const std::uint32_t bucket = series.BucketAt(row.t);
    if (!batch.Takes(bucket, row)) return AddToNext(bucket, row);
    batch.Add(row);
  }
  void Flush() {
    series.Add(batch);
    cdf.Add(batch);
    kept.Append(batch.kept());
    batch.Begin(batch.bucket());
  }

 private:
  [[gnu::noinline]] void AddToNext(std::uint32_t bucket, const RequestRow& row) {
    Flush();
    batch.Begin(bucket);
    if (batch.Takes(bucket, row)) return batch.Add(row);
    kept.Add(series.Add(row), row);
    cdf.Add(row);
  }
};

// The first pass over the actions.
struct alignas(kCounterAlignment) ActionCounter {
  Range range;
  TimeSeries series;
  TailCdf cdf;
  KeptActions kept;

  void Add(const ActionRow& row) {
    if (!range.See(row.t)) return;
    series.Add(row);
    cdf.Add(row);
    kept.Add(row);
  }
};

// A later pass: hands the rows on to the one that still needs them.
template <typename Sink>
struct LaterCounter {
  Range range;
  Sink* sink;

  template <typename Row>
  void Add(const Row& row) {
    if (range.See(row.t)) sink->Add(row);
  }
};

}  // namespace clockwork::telemetry
