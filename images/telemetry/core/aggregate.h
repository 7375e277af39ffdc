#pragma once

// One line per experiment size: the largest values of its time series (spec/telemetry.md §2.8), as
// a table and, for the runner of experiments, as a summary of one trial. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "images/telemetry/core/table.h"
#include "images/telemetry/core/time_series.h"

namespace clockwork::telemetry {

// Largest values over the rows, each on its own. Nothing without rows: a run of one bucket has
// none.
struct Peaks {
  double goodput = 0;
  double goodput_p99 = 0;
  double goodput_p95 = 0;
  double goodput_p90 = 0;
  double throughput = 0;
  // Of the first row that has the largest goodput:
  double batchsize_at_goodput = 0;
  double throughput_at_goodput = 0;
  std::int64_t bucket_at_goodput = 0;
};
std::optional<Peaks> FindPeaks(const TimeSeriesData& data);

struct AggregateEntry {
  std::int64_t workers = 0;
  std::optional<Peaks> peaks;  // empty cells without
};
// num_models, as the column is called, holds the number of workers.
Table AggregateTable(const std::vector<AggregateEntry>& entries);

struct TrialSummary {
  std::int64_t config = 0;
  std::int64_t workers = 0;
  std::optional<Peaks> peaks;
  std::uint64_t request_rows = 0;  // that were looked at
  std::uint64_t action_rows = 0;
  std::uint64_t dropped_rows = 0;  // of both logs: a field is missing
};
// One line of JSON with its line end; goodputRps is the peak, offeredRps the largest throughput,
// meanBatch that of the peak's bucket; null without rows.
std::string EncodeTrialSummary(const TrialSummary& summary);

}  // namespace clockwork::telemetry
