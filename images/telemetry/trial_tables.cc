#include "images/telemetry/trial_tables.h"

#include <fmt/format.h>

#include "images/telemetry/first_pass.h"
#include "images/telemetry/later_passes.h"

namespace clockwork::telemetry {

Result<ProcessedTrial> ProcessLogs(const std::string& request_log, const std::string& action_log,
                                   const WindowOptions& window, std::int64_t bucket_seconds,
                                   const ScanOptions& scan) {
  const TrialSource source{request_log, action_log, window, bucket_seconds};
  TrialLogs logs;
  if (Status status = CountLogs(source, scan, &logs); !status.ok()) return status.error();
  if (logs.series().too_many_buckets()) {
    return RuntimeError(fmt::format("{} spans more than {} buckets of {} s; give a larger -b",
                                    request_log, kMaxBuckets, bucket_seconds));
  }
  if (Status status = RunLaterPasses(scan.threads, &logs); !status.ok()) return status.error();
  const TimeSeriesData data = logs.series().Data();
  TrialSummary summary;
  summary.peaks = FindPeaks(data);
  summary.request_rows = logs.requests.range.rows;
  summary.action_rows = logs.actions.range.rows;
  summary.dropped_rows = logs.requests.dropped_rows + logs.actions.dropped_rows;
  return ProcessedTrial{TimeSeriesTable(data), logs.cdf().Data(), summary};
}

}  // namespace clockwork::telemetry
