#pragma once

// The published measure of one trial: the largest goodput over its time buckets (spec/telemetry.md
// §2.6, §2.8), with what the other columns say in that bucket. Pure.

#include <cstddef>
#include <optional>
#include <string_view>

#include "images/common/base/result.h"

namespace clockwork::plan {

struct Peak {
  std::int64_t bucket = 0;  // as long as a load step, so also the load step, from 0
  double goodput_rps = 0;
  double throughput_rps = 0;  // all answers
  double mean_batch = 0;
};

// `table` is the text of a timeseries_data file. Nothing when it has no rows: a run of a single
// bucket has none, as the last bucket is always left out. Of equal peaks the first counts.
Result<std::optional<Peak>> FindPeak(std::string_view table);

}  // namespace clockwork::plan
