#include "images/telemetry/trial_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "images/common/base/time.h"
#include "images/common/telemetry/reader.h"
#include "images/telemetry/scan.h"
#include "images/telemetry/trial_counters.h"

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

// One log: its rows that count and what the threads made of them.
template <typename Row, typename Counter>
struct Log {
  LogScan<Row> scan = {};
  Range range = {};
  std::vector<Counter> counters = {};
  std::uint64_t dropped_rows = 0;

  bool kept() const {
    return std::all_of(counters.begin(), counters.end(),
                       [](const Counter& counter) { return counter.kept.complete(); });
  }
  // Goes through the log with these counters; the range is then what they saw.
  template <typename AnyCounter>
  Status Run(std::vector<AnyCounter>* with) {
    const auto counts = scan.Run(with);
    if (!counts.ok()) return counts.error();
    dropped_rows = counts->dropped_rows;
    range = range.Unseen();
    for (const AnyCounter& counter : *with) range.Merge(counter.range);
    return {};
  }
  // Goes through the log once more, for one who still needs the rows.
  template <typename Sink>
  Status RunFor(Sink* sink) const {
    std::vector<LaterCounter<Sink>> with = {{range.Unseen(), sink}};
    return scan.Run(&with).status();
  }
};

class TrialScan {
 public:
  TrialScan(std::string request_log, std::string action_log, const WindowOptions& window,
            std::int64_t bucket_seconds, const ScanOptions& options)
      : request_log_(std::move(request_log)),
        action_log_(std::move(action_log)),
        window_(window),
        bucket_seconds_(bucket_seconds),
        options_(options) {}

  Result<ProcessedTrial> Run() {
    if (Status status = FirstPass(); !status.ok()) return status.error();
    Merge();
    if (series().too_many_buckets()) {
      return RuntimeError(fmt::format("{} spans more than {} buckets of {} s; give a larger -b",
                                      request_log_, kMaxBuckets, bucket_seconds_));
    }
    series_done_ = series().EndPass();
    cdf().EndPass();
    for (auto tasks = LaterPass(); !tasks.empty(); tasks = LaterPass()) {
      if (Status status = RunTasks(tasks); !status.ok()) return status.error();
    }
    const TimeSeriesData data = series().Data();
    TrialSummary summary;
    summary.peaks = FindPeaks(data);
    summary.request_rows = requests_.range.rows;
    summary.action_rows = actions_.range.rows;
    summary.dropped_rows = requests_.dropped_rows + actions_.dropped_rows;
    return ProcessedTrial{TimeSeriesTable(data), cdf().Data(), summary};
  }

 private:
  using Task = std::function<Status()>;

  // After the first pass, all that was counted is with the first counter of the requests.
  TimeSeries& series() { return requests_.counters.front().series; }
  TailCdf& cdf() { return requests_.counters.front().cdf; }

  // Bucket 0 begins here: with the later of the logs' first times.
  Nanos Origin() const {
    const Nanos requests_ns = requests_.range.first_ns;
    const Nanos actions_ns = actions_.range.first_ns;
    return actions_ns == kNever ? requests_ns : std::max(requests_ns, actions_ns);
  }

  Status FirstPass() {
    Status requests_open = requests_.scan.Open(request_log_, options_.chunk_bytes);
    if (!requests_open.ok()) return requests_open;
    // Said only when nothing is wrong with the requests.
    Status actions_open = actions_.scan.Open(action_log_, options_.chunk_bytes);
    if (window_.lead_in_seconds == 0 && window_.duration_seconds == -1) {
      requests_.range.first_ns = FirstTimeAtBeginning<RequestRow>(request_log_);
      actions_.range.first_ns = FirstTimeAtBeginning<ActionRow>(action_log_);
    } else {
      if (Status status = FindRange(&requests_); !status.ok()) return status;
      if (!actions_open.ok()) return actions_open;
      if (Status status = FindRange(&actions_); !status.ok()) return status;
    }
    while (true) {
      const Nanos origin_ns = Origin();
      if (Status status = Count(&requests_, origin_ns, options_.kept_requests); !status.ok()) {
        return status;
      }
      if (!actions_open.ok()) return actions_open;
      if (Status status = Count(&actions_, origin_ns, options_.kept_actions); !status.ok()) {
        return status;
      }
      if (requests_.range.rows == 0) {
        return RuntimeError(fmt::format("{} holds no requests{}; nothing can be derived from it",
                                        request_log_,
                                        window_.lead_in_seconds > 0 ? " after the lead-in" : ""));
      }
      // Now the first times are known: a second time is the last.
      if (origin_ns == Origin()) return {};
    }
  }

  // From the log's first t plus the lead-in, for the duration.
  template <typename AnyLog>
  Status FindRange(AnyLog* log) const {
    std::vector<RangeCounter> counters(options_.threads);
    if (Status status = log->Run(&counters); !status.ok()) return status;
    log->range.start_ns = Later(log->range.first_ns, window_.lead_in_seconds);
    if (window_.duration_seconds != -1) {
      log->range.end_ns = Later(log->range.start_ns, window_.duration_seconds);
    }
    counters.assign(options_.threads, {log->range.Unseen()});
    return log->Run(&counters);
  }

  template <typename Row, typename Counter>
  Status Count(Log<Row, Counter>* log, Nanos origin_ns, std::size_t most_kept) const {
    log->counters.clear();
    for (std::size_t i = 0; i < options_.threads; ++i) {
      log->counters.push_back({.range = log->range.Unseen(),
                               .series = TimeSeries(origin_ns, bucket_seconds_),
                               .cdf = TailCdf(),
                               .kept = decltype(Counter::kept)(most_kept)});
    }
    return log->Run(&log->counters);
  }

  void Merge() {
    for (RequestCounter& counter : requests_.counters) {
      if (&counter == &requests_.counters.front()) continue;
      counter.kept.RenameBuckets(series().Merge(&counter.series));
      cdf().Merge(std::exchange(counter.cdf, TailCdf()));
    }
    for (ActionCounter& counter : actions_.counters) {
      series().Merge(&counter.series);
      cdf().Merge(std::exchange(counter.cdf, TailCdf()));
    }
  }

  // What is still to be done, by whom it may be done at the same time.
  std::vector<Task> LaterPass() {
    std::vector<Task> tasks;
    if (!series_done_) tasks.emplace_back([this] { return SeriesPass(); });
    if (!cdf().requests_done()) tasks.emplace_back([this] { return RequestTailPass(); });
    if (!cdf().actions_done()) tasks.emplace_back([this] { return ActionTailPass(); });
    return tasks;
  }

  Status RunTasks(const std::vector<Task>& tasks) const {
    std::vector<Status> outcomes(tasks.size());
    std::atomic<std::size_t> next = 0;
    RunInThreads(std::min(options_.threads, tasks.size()), [&](std::size_t /*thread*/) {
      for (std::size_t i = next++; i < tasks.size(); i = next++) outcomes[i] = tasks[i]();
    });
    for (const Status& outcome : outcomes) {
      if (!outcome.ok()) return outcome;
    }
    return {};
  }

  // Replaces `*left` by those of the kept requests, or of what is left of them, that are wanted.
  template <typename Wants>
  void Sift(std::optional<Column<KeptRequest>>* left, Wants wants) const {
    Column<KeptRequest> wanted;
    const auto sift = [&](const KeptRequest& row) { wanted.AddIf(row, wants(row)); };
    if (*left) {
      (*left)->ForEach(sift);
    } else {
      for (const RequestCounter& counter : requests_.counters) counter.kept.ForEach(sift);
    }
    *left = std::move(wanted);
  }

  Status SeriesPass() {
    Status status;
    if (requests_.kept()) {
      Sift(&series_left_, [this](const KeptRequest& row) {
        return series().Wants(row.bucket(), row.latency_ns(), row.good());
      });
      series_left_->ForEach([this](const KeptRequest& row) {
        series().AddAgain(row.bucket(), row.latency_ns(), row.good());
      });
    } else {
      status = requests_.RunFor(&series());
    }
    series_done_ = series().EndPass();
    return status;
  }

  Status RequestTailPass() {
    Status status;
    if (requests_.kept()) {
      Sift(&tail_left_, [this](const KeptRequest& row) { return cdf().Wants(row.Row()); });
      tail_left_->ForEach([this](const KeptRequest& row) { cdf().Add(row.Row()); });
    } else {
      status = requests_.RunFor(&cdf());
    }
    cdf().EndRequestPass();
    return status;
  }

  Status ActionTailPass() {
    Status status;
    if (actions_.kept()) {
      for (const ActionCounter& counter : actions_.counters) {
        counter.kept.ForEachRow([&](const ActionRow& row) { cdf().Add(row); });
      }
    } else {
      status = actions_.RunFor(&cdf());
    }
    cdf().EndActionPass();
    return status;
  }

  const std::string request_log_;
  const std::string action_log_;
  const WindowOptions window_;
  const std::int64_t bucket_seconds_;
  const ScanOptions options_;
  Log<RequestRow, RequestCounter> requests_;
  Log<ActionRow, ActionCounter> actions_;
  bool series_done_ = false;
  // What each of the two searches still needs, after its first sifting.
  std::optional<Column<KeptRequest>> series_left_;
  std::optional<Column<KeptRequest>> tail_left_;
};

}  // namespace

Result<ProcessedTrial> ProcessLogs(const std::string& request_log, const std::string& action_log,
                                   const WindowOptions& window, std::int64_t bucket_seconds,
                                   const ScanOptions& scan) {
  return TrialScan(request_log, action_log, window, bucket_seconds, scan).Run();
}

}  // namespace clockwork::telemetry
