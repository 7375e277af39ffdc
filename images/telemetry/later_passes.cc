#include "images/telemetry/later_passes.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <optional>
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

  // Replaces `*left` by those of the kept requests, or of what is left of them, that are wanted.
  template <typename Wants>
  void Sift(std::optional<Column<KeptRequest>>* left, Wants wants) const {
    Column<KeptRequest> wanted;
    const auto sift = [&](const KeptRequest& row) { wanted.AddIf(row, wants(row)); };
    if (*left) {
      (*left)->ForEach(sift);
    } else {
      for (const RequestCounter& counter : logs_->requests.counters) counter.kept.ForEach(sift);
    }
    *left = std::move(wanted);
  }

  Status SeriesPass() {
    Status status;
    if (logs_->requests.kept()) {
      Sift(&series_left_, [this](const KeptRequest& row) {
        return logs_->series().Wants(row.bucket(), row.latency_ns(), row.good());
      });
      series_left_->ForEach([this](const KeptRequest& row) {
        logs_->series().AddAgain(row.bucket(), row.latency_ns(), row.good());
      });
    } else {
      status = logs_->requests.RunFor(&logs_->series());
    }
    series_done_ = logs_->series().EndPass();
    return status;
  }

  Status RequestTailPass() {
    Status status;
    if (logs_->requests.kept()) {
      Sift(&tail_left_, [this](const KeptRequest& row) {
        return logs_->cdf().Wants(row.latency_ns(), row.cold(), row.hot());
      });
      tail_left_->ForEach([this](const KeptRequest& row) { logs_->cdf().Add(row.Row()); });
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
  // What each of the two searches still needs, after its first sifting.
  std::optional<Column<KeptRequest>> series_left_;
  std::optional<Column<KeptRequest>> tail_left_;
};

}  // namespace

Status RunLaterPasses(std::size_t threads, TrialLogs* logs) {
  return LaterPasses(threads, logs).Run();
}

}  // namespace clockwork::telemetry
