#pragma once

// Gauges of the experiments themselves, computed from the caches whenever they are asked for:
//   clockwork_experiments{phase}                              how many there are
//   clockwork_experiment_trials{namespace,name,state}         state: total, done, valid, invalid
//   clockwork_experiment_attempts_failed{namespace,name}
//   clockwork_experiment_peak_goodput_rps{namespace,name}     of what has been measured
// At most kMaxMeasuredExperiments experiments have series of their own;
// clockwork_experiments_unlisted says how many have not. Any thread.

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <functional>
#include <vector>

#include "operator/kube/store.h"

namespace clockwork::reconcile {

inline constexpr std::size_t kMaxMeasuredExperiments = 1'000;

class ExperimentMetrics : public prometheus::Collectable {
 public:
  // `experiments` returns the objects as the API server has them.
  explicit ExperimentMetrics(std::function<std::vector<kube::ObjectPtr>()> experiments);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  std::function<std::vector<kube::ObjectPtr>()> experiments_;
};

}  // namespace clockwork::reconcile
