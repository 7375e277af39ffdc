#include "operator/plan/trials.h"

#include <fmt/format.h>

#include <algorithm>

#include "operator/api/validate.h"

namespace clockwork::plan {
namespace {

constexpr std::int64_t kPublishedLeftWorkers = 40;
// What an attempt needs beside its load steps: starting, loading 61 models on N GPUs, stopping, and
// one pass over telemetry whose size grows with the load.
constexpr Nanos kStartAndStopNs = 180 * kSecond;
constexpr Nanos kPerWorkerNs = 100 * kMillisecond;
constexpr std::int64_t kLoadMultiple = 3;

Nanos DeadlineNs(const api::Deadlines& deadlines, Nanos load_ns, std::int64_t workers) {
  if (deadlines.trial_seconds) return *deadlines.trial_seconds * kSecond;
  return kLoadMultiple * load_ns + kStartAndStopNs + workers * kPerWorkerNs;
}

std::int64_t LeftWorkers(const api::Figures& figures, const std::vector<std::int64_t>& counts) {
  if (figures.left_workers) return *figures.left_workers;
  const bool published = std::binary_search(counts.begin(), counts.end(), kPublishedLeftWorkers);
  return published ? kPublishedLeftWorkers : counts.back();
}

}  // namespace

Plan MakePlan(const api::ExperimentSpec& spec) {
  Plan plan;
  plan.worker_counts = api::WorkerCounts(spec.workers);
  plan.trials = spec.trials;
  plan.left_workers = LeftWorkers(spec.figures, plan.worker_counts);
  for (std::int64_t trial = 1; trial <= spec.trials; ++trial) {
    std::int64_t config = 0;
    for (const std::int64_t workers : plan.worker_counts) {
      const std::int64_t steps = api::LoadSteps(spec.load, workers);
      const Nanos load_ns = steps * spec.load.period_seconds * kSecond;
      plan.order.push_back({.id = {++config, trial},
                            .workers = workers,
                            .load_steps = steps,
                            .load_ns = load_ns,
                            .deadline_ns = DeadlineNs(spec.deadlines, load_ns, workers)});
    }
  }
  return plan;
}

std::string TrialLabel(const Plan& plan, const PlannedTrial& trial) {
  return fmt::format("N = {}, trial {} of {}", trial.workers, trial.id.trial, plan.trials);
}

std::int64_t ConfigOf(const Plan& plan, std::int64_t workers) {
  const auto& counts = plan.worker_counts;
  return std::find(counts.begin(), counts.end(), workers) - counts.begin() + 1;
}

}  // namespace clockwork::plan
