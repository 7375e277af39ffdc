#pragma once

// The tables of `telemetry process`. The published measure of one trial is the largest goodput over
// its time buckets (spec/telemetry.md §2.6, §2.8). Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "images/common/base/result.h"

namespace clockwork::plan {

struct Bucket {
  std::int64_t bucket = 0;  // as long as a load step, so also the load step, from 0
  double goodput_rps = 0;
  double throughput_rps = 0;  // all answers
  double mean_batch = 0;
};
using Peak = Bucket;  // the one of the largest goodput

// The buckets of a timeseries_data file, in its order: none of what was answered last, as the last
// bucket is always left out.
Result<std::vector<Bucket>> ParseBuckets(std::string_view table);

// Nothing when the table has no rows, as of a run of a single bucket. Of equal peaks the first
// counts.
Result<std::optional<Peak>> FindPeak(std::string_view table);

// Puts the aggregate tables of single configs (a heading and one row each) together to that of a
// whole trial, one row per worker count. A config without a table (null) has a row of empty cells,
// so that rows stay aligned over the trials.
struct AggregatePart {
  std::int64_t workers = 0;
  std::optional<std::string> table;
};
Result<std::string> JoinAggregates(const std::vector<AggregatePart>& parts);

}  // namespace clockwork::plan
