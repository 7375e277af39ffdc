#include "operator/plan/cluster/trial_book.h"

#include <algorithm>
#include <cmath>

#include "images/common/plan/results.h"

namespace clockwork::plan::cluster {
namespace {

constexpr std::int64_t kMaxCount = 1'000'000;

std::size_t Index(std::int64_t from_one) { return static_cast<std::size_t>(from_one - 1); }

StatusResult& ResultOf(TrialId id, ExperimentStatus* status) {
  return status->results[Index(id.config)];
}

// The entry of this N with one sensible value per trial.
StatusResult Fitted(std::int64_t workers, std::int64_t trials,
                    const std::vector<StatusResult>& results) {
  StatusResult result;
  const auto found = std::find_if(results.begin(), results.end(),
                                  [workers](const auto& each) { return each.workers == workers; });
  if (found != results.end()) result = *found;
  result.workers = workers;
  result.goodput_rps.resize(static_cast<std::size_t>(trials), -1);
  result.attempts.resize(static_cast<std::size_t>(trials), 0);
  for (std::int64_t& rps : result.goodput_rps) {
    rps = std::clamp<std::int64_t>(rps, -1, kMaxGoodputRps);
  }
  for (std::int64_t& count : result.attempts) count = std::clamp<std::int64_t>(count, 0, kMaxCount);
  std::sort(result.invalid.begin(), result.invalid.end());
  result.invalid.erase(std::unique(result.invalid.begin(), result.invalid.end()),
                       result.invalid.end());
  std::erase_if(result.invalid, [&result, trials](std::int64_t trial) {
    return trial < 1 || trial > trials || result.goodput_rps[Index(trial)] < 0;
  });
  return result;
}

bool IsValid(const StatusResult& result, std::int64_t trial) {
  return result.goodput_rps[Index(trial)] >= 0 &&
         !std::binary_search(result.invalid.begin(), result.invalid.end(), trial);
}

void SetMedian(StatusResult* result) {
  std::vector<double> measured;
  std::vector<double> valid;
  for (std::int64_t trial = 1; Index(trial) < result->goodput_rps.size(); ++trial) {
    const std::int64_t rps = result->goodput_rps[Index(trial)];
    if (rps >= 0) measured.push_back(static_cast<double>(rps));
    if (IsValid(*result, trial)) valid.push_back(static_cast<double>(rps));
  }
  const std::optional<double> median = Median(valid.empty() ? measured : valid);
  result->median_goodput_rps.reset();
  if (median) result->median_goodput_rps = std::llround(*median);
}

}  // namespace

void FitToPlan(const Plan& plan, ExperimentStatus* status) {
  std::vector<StatusResult> results;
  for (const std::int64_t workers : plan.worker_counts) {
    results.push_back(Fitted(workers, plan.trials, status->results));
  }
  status->results = std::move(results);
  std::vector<ActiveTrial> active;
  for (const ActiveTrial& each : status->active) {
    const bool planned = each.id.config >= 1 && each.id.trial >= 1 &&
                         each.id.trial <= plan.trials &&
                         Index(each.id.config) < plan.worker_counts.size() &&
                         plan.worker_counts[Index(each.id.config)] == each.workers;
    const bool twice = std::any_of(active.begin(), active.end(),
                                   [&each](const auto& other) { return other.id == each.id; });
    if (planned && !twice) active.push_back(each);
  }
  status->active = std::move(active);
}

void LeaveOutEmptyResults(ExperimentStatus* status) {
  std::erase_if(status->results, [](const StatusResult& result) {
    const auto is_zero = [](std::int64_t count) { return count == 0; };
    return !result.median_goodput_rps &&
           std::all_of(result.attempts.begin(), result.attempts.end(), is_zero);
  });
}

std::vector<TrialState> TrialStates(const Plan& plan, const ExperimentStatus& status) {
  std::vector<TrialState> states;
  for (const PlannedTrial& trial : plan.order) {
    const StatusResult& result = status.results[Index(trial.id.config)];
    const std::size_t index = Index(trial.id.trial);
    states.push_back({.recorded = result.goodput_rps[index] >= 0,
                      .valid = IsValid(result, trial.id.trial),
                      .attempts = result.attempts[index]});
  }
  return states;
}

void BookFailure(TrialId id, ExperimentStatus* status) {
  ++ResultOf(id, status).attempts[Index(id.trial)];
}

void BookMeasurement(TrialId id, const Measurement& measurement, ExperimentStatus* status) {
  StatusResult& result = ResultOf(id, status);
  ++result.attempts[Index(id.trial)];
  result.goodput_rps[Index(id.trial)] = measurement.goodput_rps;
  std::erase(result.invalid, id.trial);
  if (measurement.valid) return;
  result.invalid.insert(std::lower_bound(result.invalid.begin(), result.invalid.end(), id.trial),
                        id.trial);
}

std::int64_t AttemptsOf(TrialId id, const ExperimentStatus& status) {
  return status.results[Index(id.config)].attempts[Index(id.trial)];
}

void Count(const Plan& plan, std::int64_t attempts, ExperimentStatus* status) {
  status->trials_total = static_cast<std::int64_t>(plan.order.size());
  status->trials_done = status->trials_valid = status->trials_invalid = status->failures = 0;
  for (const TrialState& state : TrialStates(plan, *status)) {
    const bool is_valid = state.recorded && state.valid;
    const bool done = is_valid || state.attempts >= attempts;
    status->trials_done += done ? 1 : 0;
    status->trials_valid += is_valid ? 1 : 0;
    status->trials_invalid += done && state.recorded && !state.valid ? 1 : 0;
    status->failures += std::max<std::int64_t>(state.attempts - (is_valid ? 1 : 0), 0);
  }
  status->peak_goodput_rps.reset();
  status->peak_workers.reset();
  for (StatusResult& result : status->results) {
    SetMedian(&result);
    if (result.median_goodput_rps.value_or(-1) <= status->peak_goodput_rps.value_or(-1)) continue;
    status->peak_goodput_rps = result.median_goodput_rps;
    status->peak_workers = result.workers;
  }
  status->current_workers = status->active.empty() ? 0 : status->active.front().workers;
}

}  // namespace clockwork::plan::cluster
