#include "images/telemetry/core/aggregate.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "images/telemetry/core/number_format.h"

namespace clockwork::telemetry {

std::optional<Peaks> FindPeaks(const TimeSeriesData& data) {
  if (data.rows.empty()) return std::nullopt;
  Peaks peaks;
  const auto best = std::max_element(
      data.rows.begin(), data.rows.end(),
      [](const TimeSeriesRow& a, const TimeSeriesRow& b) { return a.goodput < b.goodput; });
  peaks.batchsize_at_goodput = best->batchsize;
  peaks.throughput_at_goodput = best->throughput;
  peaks.bucket_at_goodput = best->bucket;
  for (const TimeSeriesRow& row : data.rows) {
    peaks.goodput = std::max(peaks.goodput, row.goodput);
    peaks.goodput_p99 = std::max(peaks.goodput_p99, row.goodput_p99);
    peaks.goodput_p95 = std::max(peaks.goodput_p95, row.goodput_p95);
    peaks.goodput_p90 = std::max(peaks.goodput_p90, row.goodput_p90);
    peaks.throughput = std::max(peaks.throughput, row.throughput);
  }
  return peaks;
}

Table AggregateTable(const std::vector<AggregateEntry>& entries) {
  Table table;
  table.columns = {"num_models",  "goodput",     "goodput_p99",
                   "goodput_p95", "goodput_p90", "throughput"};
  for (const AggregateEntry& entry : entries) {
    std::vector<std::string>& row = table.rows.emplace_back();
    row.push_back(FormatInteger(entry.workers));
    if (const auto& peaks = entry.peaks) {
      for (const double value : {peaks->goodput, peaks->goodput_p99, peaks->goodput_p95,
                                 peaks->goodput_p90, peaks->throughput}) {
        row.push_back(FormatFloat(value));
      }
    }
    row.resize(table.columns.size());
  }
  return table;
}

std::string EncodeTrialSummary(const TrialSummary& summary) {
  const auto number = [&summary](double Peaks::*member) {
    return summary.peaks ? nlohmann::ordered_json((*summary.peaks).*member)
                         : nlohmann::ordered_json();
  };
  const nlohmann::ordered_json json = {{"config", summary.config},
                                       {"workers", summary.workers},
                                       {"goodputRps", number(&Peaks::goodput)},
                                       {"offeredRps", number(&Peaks::throughput)},
                                       {"meanBatch", number(&Peaks::batchsize_at_goodput)},
                                       {"requestRows", summary.request_rows},
                                       {"actionRows", summary.action_rows},
                                       {"droppedRows", summary.dropped_rows}};
  return json.dump() + "\n";
}

}  // namespace clockwork::telemetry
