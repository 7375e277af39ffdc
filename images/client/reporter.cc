#include "images/client/reporter.h"

#include <algorithm>
#include <utility>

#include "images/client/core/summary.h"
#include "images/common/base/file.h"
#include "images/common/base/log.h"

namespace clockwork::client {

Reporter::Reporter(std::string progress_file, const StepSchedule& schedule)
    : progress_file_(std::move(progress_file)), schedule_(schedule) {}

Status Reporter::Loading() { return WriteProgress(0, 0, 0, "loading"); }

void Reporter::Running(Nanos elapsed_ns, const IntervalBook& interval) {
  const double seconds = static_cast<double>(std::max<Nanos>(elapsed_ns - last_ns_, 1)) / kSecond;
  last_ns_ = elapsed_ns;
  const double sent_rps = static_cast<double>(interval.sent) / seconds;
  const double good_rps = static_cast<double>(interval.good) / seconds;
  const std::size_t step = schedule_.StepAt(elapsed_ns);
  LogInfo(
      "step {}/{} factor {:.4g}: sent {:.0f}/s, answered {:.0f}/s, good {:.0f}/s, lag p50 {} us, "
      "p99 {} us, max {} us",
      step + 1, schedule_.steps.size(), schedule_.steps[step].factor, sent_rps,
      static_cast<double>(interval.answered) / seconds, good_rps,
      interval.lag.QuantileNs(0.50) / kMicrosecond, interval.lag.QuantileNs(0.99) / kMicrosecond,
      interval.lag.max_ns() / kMicrosecond);
  const Status status = WriteProgress(elapsed_ns, sent_rps, good_rps,
                                      elapsed_ns < schedule_.TotalNs() ? "running" : "draining");
  if (!status.ok() && !write_failed_) {
    write_failed_ = true;
    LogWarning("{}; the run goes on without", status.error().message);
  }
}

Status Reporter::WriteProgress(Nanos elapsed_ns, double offered_rps, double good_rps,
                               std::string_view phase) const {
  if (progress_file_.empty()) return {};
  Progress progress;
  progress.step = schedule_.StepAt(elapsed_ns);
  progress.steps = schedule_.steps.size();
  progress.factor = schedule_.steps[progress.step].factor;
  progress.elapsed_ns = std::min(elapsed_ns, schedule_.TotalNs());
  progress.total_ns = schedule_.TotalNs();
  progress.offered_rps = offered_rps;
  progress.good_rps = good_rps;
  progress.phase = phase;
  // Waiting for a disk would show as lag.
  return WriteFileAtomically(progress_file_, ProgressJson(progress), Durability::kUnsynced);
}

}  // namespace clockwork::client
