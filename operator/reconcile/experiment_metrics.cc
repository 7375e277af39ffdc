#include "operator/reconcile/experiment_metrics.h"

#include <map>
#include <string>

#include <nlohmann/json.hpp>

namespace clockwork::reconcile {
namespace {

using Labels = std::vector<prometheus::ClientMetric::Label>;

prometheus::MetricFamily Gauge(const char* name, const char* help) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = prometheus::MetricType::Gauge;
  return family;
}

void Add(prometheus::MetricFamily* family, Labels labels, double value) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = value;
  family->metric.push_back(std::move(metric));
}

// A number of the status; 0 when it has none. What a stranger wrote there is no number of ours.
double Number(const kube::Json& status, const char* field) {
  const auto found = status.find(field);
  return found != status.end() && found->is_number() ? found->get<double>() : 0;
}

struct Families {
  prometheus::MetricFamily trials =
      Gauge("clockwork_experiment_trials", "Trials of an experiment by what became of them.");
  prometheus::MetricFamily failures =
      Gauge("clockwork_experiment_attempts_failed", "Attempts at trials that failed.");
  prometheus::MetricFamily peak =
      Gauge("clockwork_experiment_peak_goodput_rps",
            "Largest median peak goodput so far, in requests per second.");

  void Append(const kube::Json& object, const kube::Json& status) {
    const Labels labels = {{"namespace", kube::MetadataText(object, "namespace")},
                           {"name", kube::MetadataText(object, "name")}};
    const std::pair<const char*, const char*> states[] = {{"total", "trialsTotal"},
                                                          {"done", "trialsDone"},
                                                          {"valid", "trialsValid"},
                                                          {"invalid", "trialsInvalid"}};
    for (const auto& [state, field] : states) {
      Labels with_state = labels;
      with_state.push_back({"state", state});
      Add(&trials, std::move(with_state), Number(status, field));
    }
    Add(&failures, labels, Number(status, "failures"));
    Add(&peak, labels, Number(status, "peakGoodputRps"));
  }
};

}  // namespace

ExperimentMetrics::ExperimentMetrics(std::function<std::vector<kube::ObjectPtr>()> experiments)
    : experiments_(std::move(experiments)) {}

std::vector<prometheus::MetricFamily> ExperimentMetrics::Collect() const {
  std::map<std::string, double> phases;
  Families families;
  std::size_t listed = 0;
  double unlisted = 0;
  for (const kube::ObjectPtr& object : experiments_()) {
    const auto found = object->find("status");
    const kube::Json none = kube::Json::object();
    const kube::Json& status = found != object->end() && found->is_object() ? *found : none;
    const auto phase = status.find("phase");
    ++phases[phase != status.end() && phase->is_string() ? phase->get<std::string>() : "Pending"];
    if (listed == kMaxMeasuredExperiments) {
      ++unlisted;
      continue;
    }
    ++listed;
    families.Append(*object, status);
  }
  prometheus::MetricFamily counts = Gauge("clockwork_experiments", "Experiments by phase.");
  for (const auto& [phase, count] : phases) Add(&counts, {{"phase", phase}}, count);
  prometheus::MetricFamily rest =
      Gauge("clockwork_experiments_unlisted",
            "Experiments without series of their own, for their number.");
  Add(&rest, {}, unlisted);
  return {counts, families.trials, families.failures, families.peak, rest};
}

}  // namespace clockwork::reconcile
