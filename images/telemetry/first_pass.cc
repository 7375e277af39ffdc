#include "images/telemetry/first_pass.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "images/common/base/time.h"
#include "images/common/telemetry/reader.h"

namespace clockwork::telemetry {
namespace {

// Batches of rows at the beginning of a log of which the smallest t is taken for that of the log,
// until its end has been seen: a controller writes rows in nearly the order of their t.
constexpr int kFirstBatches = 8;

Nanos Later(Nanos t_ns, std::int64_t seconds) {
  const Nanos span_ns = seconds * kSecond;
  return t_ns > kNever - span_ns ? kNever : t_ns + span_ns;
}

template <typename Row>
Nanos FirstTimeAtBeginning(const std::string& path) {
  Nanos first_ns = kNever;
  LogReader<Row> reader;
  std::vector<Row> rows;
  // Whatever is wrong is said by those who read the whole log.
  if (!reader.Open(path).ok()) return first_ns;
  for (int i = 0; i < kFirstBatches && reader.Next(&rows).ok(); ++i) {
    for (const Row& row : rows) first_ns = std::min(first_ns, row.t);
  }
  return first_ns;
}

class FirstPass {
 public:
  FirstPass(const TrialSource& source, const ScanOptions& options, TrialLogs* logs)
      : source_(source), options_(options), logs_(logs) {}

  Status Run() {
    Status requests_open = logs_->requests.scan.Open(source_.request_log, options_.chunk_bytes);
    if (!requests_open.ok()) return requests_open;
    // Said only when nothing is wrong with the requests.
    Status actions_open = logs_->actions.scan.Open(source_.action_log, options_.chunk_bytes);
    if (source_.window.lead_in_seconds == 0 && source_.window.duration_seconds == -1) {
      logs_->requests.range.first_ns = FirstTimeAtBeginning<RequestRow>(source_.request_log);
      logs_->actions.range.first_ns = FirstTimeAtBeginning<ActionRow>(source_.action_log);
    } else {
      if (Status status = FindRange(&logs_->requests); !status.ok()) return status;
      if (!actions_open.ok()) return actions_open;
      if (Status status = FindRange(&logs_->actions); !status.ok()) return status;
    }
    while (true) {
      const Nanos origin_ns = Origin();
      if (Status status = Count(&logs_->requests, origin_ns, options_.kept_requests);
          !status.ok()) {
        return status;
      }
      if (!actions_open.ok()) return actions_open;
      if (Status status = Count(&logs_->actions, origin_ns, options_.kept_actions); !status.ok()) {
        return status;
      }
      if (logs_->requests.range.rows == 0) {
        return RuntimeError(fmt::format(
            "{} holds no requests{}; nothing can be derived from it", source_.request_log,
            source_.window.lead_in_seconds > 0 ? " after the lead-in" : ""));
      }
      // Now the first times are known: a second time is the last.
      if (origin_ns == Origin()) return {};
    }
  }

  void Merge() {
    for (RequestCounter& counter : logs_->requests.counters) {
      if (&counter == &logs_->requests.counters.front()) continue;
      counter.kept.RenameBuckets(logs_->series().Merge(&counter.series));
      logs_->cdf().Merge(std::exchange(counter.cdf, TailCdf()));
    }
    for (ActionCounter& counter : logs_->actions.counters) {
      logs_->series().Merge(&counter.series);
      logs_->cdf().Merge(std::exchange(counter.cdf, TailCdf()));
    }
  }

 private:
  // Bucket 0 begins here: with the later of the logs' first times.
  Nanos Origin() const {
    const Nanos requests_ns = logs_->requests.range.first_ns;
    const Nanos actions_ns = logs_->actions.range.first_ns;
    return actions_ns == kNever ? requests_ns : std::max(requests_ns, actions_ns);
  }

  // From the log's first t plus the lead-in, for the duration.
  template <typename AnyLog>
  Status FindRange(AnyLog* log) const {
    std::vector<RangeCounter> counters(options_.threads);
    if (Status status = log->Run(&counters); !status.ok()) return status;
    log->range.start_ns = Later(log->range.first_ns, source_.window.lead_in_seconds);
    if (source_.window.duration_seconds != -1) {
      log->range.end_ns = Later(log->range.start_ns, source_.window.duration_seconds);
    }
    counters.assign(options_.threads, {log->range.Unseen()});
    return log->Run(&counters);
  }

  template <typename Row, typename Counter>
  Status Count(CountedLog<Row, Counter>* log, Nanos origin_ns, std::size_t most_kept) const {
    log->counters.clear();
    for (std::size_t i = 0; i < options_.threads; ++i) {
      log->counters.push_back({.range = log->range.Unseen(),
                               .series = TimeSeries(origin_ns, source_.bucket_seconds),
                               .cdf = TailCdf(),
                               .kept = decltype(Counter::kept)(most_kept)});
    }
    return log->Run(&log->counters);
  }

  const TrialSource& source_;
  const ScanOptions& options_;
  TrialLogs* const logs_;
};

}  // namespace

Status CountLogs(const TrialSource& source, const ScanOptions& options, TrialLogs* logs) {
  FirstPass pass(source, options, logs);
  Status status = pass.Run();
  if (status.ok()) pass.Merge();
  return status;
}

}  // namespace clockwork::telemetry
