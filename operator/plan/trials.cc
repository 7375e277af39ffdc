#include "operator/plan/trials.h"

#include <algorithm>

#include "operator/api/encode.h"
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
  plan.order = OrderOf(plan.worker_counts, plan.trials);
  for (PlannedTrial& trial : plan.order) {
    trial.load_steps = api::LoadSteps(spec.load, trial.workers);
    trial.load_ns = trial.load_steps * spec.load.period_seconds * kSecond;
    trial.deadline_ns = DeadlineNs(spec.deadlines, trial.load_ns, trial.workers);
  }
  return plan;
}

Filing MakeFiling(const api::ScalabilityExperiment& experiment) {
  const api::ExperimentSpec& spec = experiment.spec;
  Filing filing;
  filing.experiment = experiment.name;
  filing.measurement = api::MeasurementHash(spec);
  filing.worker_counts = api::WorkerCounts(spec.workers);
  filing.trials = spec.trials;
  filing.max_lag_us = spec.validity.max_client_lag_p99_microseconds;
  filing.summary_optional = !spec.images.client.empty();
  filing.spec = api::EncodeSpec(spec);
  return filing;
}

}  // namespace clockwork::plan
