#include "operator/remote/watch_view.h"

#include <fmt/format.h>

#include <algorithm>

namespace clockwork::remote {
namespace {

using plan::cluster::ActiveTrial;
using plan::cluster::ExperimentStatus;
using plan::cluster::Phase;
using plan::cluster::StatusResult;
using plan::cluster::TrialStep;

constexpr std::int64_t kNotMeasured = -1;

const char* Doing(TrialStep step) {
  switch (step) {
    case TrialStep::kBackoff:
      return "waits before the next attempt";
    case TrialStep::kSuspended:
      return "suspended";
    case TrialStep::kPreparing:
      return "preparing";
    case TrialStep::kWorkers:
      return "starting the workers";
    case TrialStep::kController:
      return "starting the controller";
    case TrialStep::kClient:
      return "starting the client";
    case TrialStep::kMeasuring:
      return "measuring";
    case TrialStep::kStopping:
      return "stopping the controller";
    case TrialStep::kCollecting:
      return "collecting the telemetry";
  }
  return "";
}

std::string WithReason(std::string text, const std::string& reason, const std::string& message) {
  if (!reason.empty()) text += fmt::format("; {}: {}", reason, message);
  return text;
}

std::string Label(const plan::Plan& plan, std::int64_t workers, std::int64_t trial) {
  plan::PlannedTrial planned;
  planned.workers = workers;
  planned.id.trial = trial;
  return plan::TrialLabel(plan, planned);
}

const StatusResult* Find(const ExperimentStatus& status, std::int64_t workers) {
  for (const StatusResult& result : status.results) {
    if (result.workers == workers) return &result;
  }
  return nullptr;
}

std::int64_t At(const std::vector<std::int64_t>& list, std::size_t index, std::int64_t otherwise) {
  return index < list.size() ? list[index] : otherwise;
}

bool IsInvalid(const StatusResult& result, std::size_t index) {
  const auto trial = static_cast<std::int64_t>(index) + 1;
  return std::find(result.invalid.begin(), result.invalid.end(), trial) != result.invalid.end();
}

// Of one N: which trials are measured now that were not, and which attempts have failed.
void AddTrialNews(const plan::Plan& plan, const StatusResult* before, const StatusResult& after,
                  std::vector<std::string>* news) {
  const StatusResult none;
  const StatusResult& was = before == nullptr ? none : *before;
  for (std::size_t i = 0; i < after.goodput_rps.size(); ++i) {
    const std::string label = Label(plan, after.workers, static_cast<std::int64_t>(i) + 1);
    const std::int64_t goodput = after.goodput_rps[i];
    const std::int64_t tried = At(after.attempts, i, 0);
    const bool again = tried > At(was.attempts, i, 0);
    const bool measured =
        goodput != kNotMeasured && (again || goodput != At(was.goodput_rps, i, kNotMeasured));
    if (measured) {
      news->push_back(fmt::format("{}: {} r/s good{}", label, goodput,
                                  IsInvalid(after, i) ? "; NOT VALID" : ""));
    } else if (again) {
      news->push_back(fmt::format("{}: attempt {} failed", label, tried));
    }
  }
}

std::string Blocker(const ExperimentStatus& status) {
  for (const ActiveTrial& trial : status.active) {
    if (!trial.reason.empty()) return fmt::format("{}: {}", trial.reason, trial.message);
  }
  if (status.figures && !status.figures->reason.empty()) {
    return fmt::format("{}: {}", status.figures->reason, status.figures->message);
  }
  return "";
}

}  // namespace

bool IsOver(const ExperimentStatus& status) {
  return status.completion_ns.has_value() &&
         (status.phase == Phase::kComplete || status.phase == Phase::kFailed);
}

local::ProgressView ViewOf(const RemoteExperiment& experiment, Nanos now_ns, bool current) {
  const ExperimentStatus& status = experiment.status;
  const plan::Plan plan = plan::MakePlan(experiment.experiment.spec);
  const Nanos trial_ns = plan.order.front().load_ns + kOverheadNs;
  local::ProgressView view;
  view.experiment = experiment.experiment.name;
  view.trials_total = plan.order.size();
  view.trials_done = std::min(
      view.trials_total, static_cast<std::size_t>(std::max<std::int64_t>(0, status.trials_done)));
  view.trial = std::string(plan::cluster::NameOf(status.phase));
  view.phase = status.message.empty() ? "no operator has looked at it yet" : status.message;
  Nanos spent_ns = 0;
  if (!status.active.empty()) {
    const ActiveTrial& trial = status.active.front();
    view.trial = Label(plan, trial.workers, trial.id.trial);
    view.attempt = trial.attempt;
    view.phase = WithReason(Doing(trial.step), trial.reason, trial.message);
    const bool runs = trial.step > TrialStep::kPreparing;
    if (runs) spent_ns = std::clamp<Nanos>(now_ns - trial.start_ns, 0, trial_ns);
  } else if (status.figures && !status.completion_ns) {
    view.phase = WithReason("drawing the figures", status.figures->reason, status.figures->message);
  }
  if (!current) view.phase = "no word from the API server; the last: " + view.phase;
  const auto left = static_cast<Nanos>(view.trials_total - view.trials_done);
  view.remaining_ns = std::max<Nanos>(0, left * trial_ns - spent_ns);
  view.fraction = 1 - static_cast<double>(view.remaining_ns) /
                          static_cast<double>(static_cast<Nanos>(view.trials_total) * trial_ns);
  return view;
}

std::vector<std::string> NewsSince(const RemoteExperiment& before, const RemoteExperiment& after) {
  const plan::Plan plan = plan::MakePlan(after.experiment.spec);
  std::vector<std::string> news;
  for (const StatusResult& result : after.status.results) {
    AddTrialNews(plan, Find(before.status, result.workers), result, &news);
  }
  const std::string blocker = Blocker(after.status);
  if (!blocker.empty() && blocker != Blocker(before.status)) news.push_back(blocker);
  if (after.status.phase != before.status.phase) {
    news.push_back(
        fmt::format("{}: {}", plan::cluster::NameOf(after.status.phase), after.status.message));
  }
  return news;
}

std::vector<plan::WorkersResult> ResultsOf(const RemoteExperiment& experiment) {
  const plan::Plan plan = plan::MakePlan(experiment.experiment.spec);
  std::vector<plan::WorkersResult> results;
  for (const std::int64_t workers : plan.worker_counts) {
    plan::WorkersResult& row = results.emplace_back();
    row.workers = workers;
    row.config = plan::ConfigOf(plan, workers);
    const StatusResult* result = Find(experiment.status, workers);
    std::size_t measured = 0;
    std::size_t invalid = 0;
    if (result != nullptr) {
      row.median_goodput_rps = result->median_goodput_rps;
      measured = result->goodput_rps.size() -
                 static_cast<std::size_t>(std::count(result->goodput_rps.begin(),
                                                     result->goodput_rps.end(), kNotMeasured));
      invalid = result->invalid.size();
    }
    const auto trials = static_cast<std::size_t>(plan.trials);
    if (measured < trials) {
      row.reason = fmt::format("{} of {} trials are not measured", trials - measured, trials);
    } else if (invalid > 0) {
      row.reason = fmt::format("{} of {} trials are not valid", invalid, trials);
    }
    row.valid = row.reason.empty();
  }
  return results;
}

}  // namespace clockwork::remote
