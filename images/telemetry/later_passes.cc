#include "images/telemetry/later_passes.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <utility>
#include <vector>

#include "images/telemetry/parallel.h"

namespace clockwork::telemetry {
namespace {

class LaterPasses {
 public:
  LaterPasses(std::size_t threads, TrialLogs* logs) : threads_(threads), logs_(logs) {}

  Status Run() {
    series_done_ = logs_->series().EndPass();
    logs_->cdf().EndPass();
    if (logs_->requests.kept() && !(series_done_ && logs_->cdf().requests_done())) Sift();
    for (auto tasks = Tasks(); !tasks.empty(); tasks = Tasks()) {
      if (Status status = RunTasks(tasks); !status.ok()) return status;
    }
    return {};
  }

 private:
  using Task = std::function<Status()>;

  // What is still to be done, by whom it may be done at the same time.
  std::vector<Task> Tasks() {
    std::vector<Task> tasks;
    if (!series_done_) tasks.emplace_back([this] { return SeriesPass(); });
    if (!logs_->cdf().requests_done()) tasks.emplace_back([this] { return RequestTailPass(); });
    if (!logs_->cdf().actions_done()) tasks.emplace_back([this] { return ActionTailPass(); });
    return tasks;
  }

  Status RunTasks(const std::vector<Task>& tasks) const {
    std::vector<Status> outcomes(tasks.size());
    std::atomic<std::size_t> next = 0;
    RunInThreads(std::min(threads_, tasks.size()), [&](std::size_t /*thread*/) {
      for (std::size_t i = next++; i < tasks.size(); i = next++) outcomes[i] = tasks[i]();
    });
    for (const Status& outcome : outcomes) {
      if (!outcome.ok()) return outcome;
    }
    return {};
  }

  // Leaves of the kept requests those that any of the searches wants, by as many threads as have
  // kept them: nearly all are of no interest any more.
  void Sift() {
    const std::vector<RequestCounter>& counters = logs_->requests.counters;
    left_.resize(counters.size());
    RunInThreads(counters.size(), [&](std::size_t thread) {
      Column<KeptRequest> left;
      counters[thread].kept.Select(
          [this](const KeptRequest& row) { return SeriesWants(row) || TailWants(row); }, &left);
      left_[thread] = std::move(left);
    });
  }

  bool SeriesWants(const KeptRequest& row) const {
    return logs_->series().Wants(row.bucket(), row.latency_ns(), row.good());
  }
  bool TailWants(const KeptRequest& row) const {
    return logs_->cdf().Wants(row.latency_ns(), row.cold(), row.hot());
  }

  Status SeriesPass() {
    Status status;
    if (logs_->requests.kept()) {
      for (const Column<KeptRequest>& left : left_) {
        left.ForEach([this](const KeptRequest& row) {
          if (!SeriesWants(row)) return;
          logs_->series().AddAgain(row.bucket(), row.latency_ns(), row.good());
        });
      }
    } else {
      status = logs_->requests.RunFor(&logs_->series());
    }
    series_done_ = logs_->series().EndPass();
    return status;
  }

  Status RequestTailPass() {
    Status status;
    if (logs_->requests.kept()) {
      for (const Column<KeptRequest>& left : left_) {
        left.ForEach([this](const KeptRequest& row) {
          if (TailWants(row)) logs_->cdf().Add(row.Row());
        });
      }
    } else {
      status = logs_->requests.RunFor(&logs_->cdf());
    }
    logs_->cdf().EndRequestPass();
    return status;
  }

  Status ActionTailPass() {
    Status status;
    if (logs_->actions.kept()) {
      for (const ActionCounter& counter : logs_->actions.counters) {
        counter.kept.ForEachRow([&](const ActionRow& row) { logs_->cdf().Add(row); });
      }
    } else {
      status = logs_->actions.RunFor(&logs_->cdf());
    }
    logs_->cdf().EndActionPass();
    return status;
  }

  const std::size_t threads_;
  TrialLogs* const logs_;
  bool series_done_ = false;
  std::vector<Column<KeptRequest>> left_;  // of each counter's, by Sift
};

}  // namespace

Status RunLaterPasses(std::size_t threads, TrialLogs* logs) {
  return LaterPasses(threads, logs).Run();
}

}  // namespace clockwork::telemetry
