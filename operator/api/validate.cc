#include "operator/api/validate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "images/common/base/parse.h"
#include "operator/api/object_names.h"

namespace clockwork::api {
namespace {

constexpr double kFactorPerWorker = 0.125;
constexpr std::size_t kMaxQuantityBytes = 32;
constexpr std::size_t kMaxNamespaceBytes = 63;

using Errors = std::vector<std::string>;

// The rules about load steps compare factorMin * factorStep^k with factorMax. manifests/crd does
// the same in CEL, multiplication by multiplication, so that both round alike. The client
// multiplies factors scaled by N, which round otherwise: a step this close above factorMax (of more
// than any rounding of kMaxLoadSteps products) may take place and is counted.
constexpr double kEdge = 1.000000001;

// step^k for k below 1,024: the product over the binary digits of k.
double Power(double step, std::int64_t k) {
  double square = step;
  double power = 1;
  for (std::int64_t digit = 1; digit <= 512; digit *= 2) {
    if ((k / digit) % 2 == 1) power = power * square;
    square = square * square;
  }
  return power;
}

double TenthPower(double s) { return s * s * s * s * s * s * s * s * s * s; }

bool TooManySteps(const Load& load) {
  const double power = TenthPower(TenthPower(TenthPower(load.factor_step.value)));
  return !(load.factor_min.value * power > load.factor_max.value * kEdge);
}

// Whether the load has at most k steps.
bool EndsWithin(const Load& load, std::int64_t k) {
  return k >= 1 && (k >= kMaxLoadSteps || load.factor_min.value * Power(load.factor_step.value, k) >
                                              load.factor_max.value * kEdge);
}

template <typename... Args>
void Fail(Errors* errors, std::string_view path, fmt::format_string<Args...> format,
          Args&&... args) {
  errors->push_back(fmt::format("{}: {}", path, fmt::format(format, std::forward<Args>(args)...)));
}

void CheckName(std::string_view path, std::string_view text, std::size_t max_bytes,
               Errors* errors) {
  if (IsDnsLabel(text) && text.size() <= max_bytes) return;
  Fail(errors, path,
       "must be 1 to {} characters of a-z, 0-9 and '-' that start and end with a letter or digit",
       max_bytes);
}

void CheckWorkers(const Workers& workers, Errors* errors) {
  if (workers.values.empty()) {
    const WorkerRange& range = workers.range;
    if (range.max < range.min) {
      return Fail(errors, "spec.workers.range.max", "must not be less than min ({})", range.min);
    }
    const std::int64_t count = (range.max - range.min) / range.step + 1;
    if (count > kMaxWorkerCounts) {
      Fail(errors, "spec.workers.range.step", "gives {} worker counts; at most {} are allowed",
           count, kMaxWorkerCounts);
    }
    return;
  }
  for (std::size_t i = 1; i < workers.values.size(); ++i) {
    if (workers.values[i] > workers.values[i - 1]) continue;
    Fail(errors, fmt::format("spec.workers.values[{}]", i),
         "must be greater than the one before it ({}): the list is ascending",
         workers.values[i - 1]);
  }
}

void CheckLoad(const Load& load, Errors* errors) {
  const std::size_t before = errors->size();
  if (load.factor_min.value <= 0) Fail(errors, "spec.load.factorMin", "must be greater than 0");
  if (load.factor_max.value < load.factor_min.value) {
    Fail(errors, "spec.load.factorMax", "must not be less than factorMin ({})",
         load.factor_min.text);
  }
  if (load.factor_step.value <= 1) Fail(errors, "spec.load.factorStep", "must be greater than 1");
  if (errors->size() != before) return;
  if (TooManySteps(load)) {
    Fail(errors, "spec.load.factorStep",
         "gives more than {} load steps between factorMin and factorMax; give a larger one",
         kMaxLoadSteps);
  }
}

void CheckModelsAndTrace(const Models& models, const Trace& trace, Errors* errors) {
  const bool built_in = models.zoo == "v100-osdi20" || models.zoo == "h100";
  if (!built_in && !models.zoo.starts_with('/')) {
    Fail(errors, "spec.models.zoo",
         "must be v100-osdi20, h100 or an absolute directory, not \"{}\"", models.zoo);
  }
  if (trace.source == TraceSource::kAzureFunctions2019 && !trace.directory.starts_with('/')) {
    Fail(errors, "spec.trace.directory",
         "must be the absolute directory of the trace's files when source is AzureFunctions2019");
  }
  if (trace.source == TraceSource::kSynthetic && !trace.directory.empty()) {
    Fail(errors, "spec.trace.directory",
         "is only for source AzureFunctions2019; leave it out or change source");
  }
}

void CheckTrialDeadline(const ExperimentSpec& spec, Errors* errors) {
  if (!spec.deadlines.trial_seconds) return;
  const std::int64_t period = spec.load.period_seconds;
  const auto ends_before = [&](std::int64_t seconds) {
    return EndsWithin(spec.load, (seconds + period - 1) / period - 1);
  };
  if (ends_before(*spec.deadlines.trial_seconds)) return;
  std::int64_t steps = 1;
  while (!EndsWithin(spec.load, steps)) ++steps;
  Fail(errors, "spec.deadlines.trialSeconds",
       "must be greater than the {} s that the load steps of one trial take", steps * period);
}

void CheckFit(const ExperimentSpec& spec, const std::vector<std::int64_t>& counts, Errors* errors) {
  const std::int64_t trials = spec.trials * static_cast<std::int64_t>(counts.size());
  if (trials > kMaxTrialsInAll) {
    Fail(errors, "spec.trials",
         "gives {} trials in all, of {} worker counts; at most {} are allowed", trials,
         counts.size(), kMaxTrialsInAll);
  }
  const auto& left = spec.figures.left_workers;
  if (left && std::find(counts.begin(), counts.end(), *left) == counts.end()) {
    Fail(errors, "spec.figures.leftWorkers", "must be one of the worker counts ({})",
         counts.size() <= 20 ? fmt::format("{}", fmt::join(counts, ", "))
                             : fmt::format("{} to {}", counts.front(), counts.back()));
  }
  if (spec.worker_pods > counts.front()) {
    Fail(errors, "spec.workerPods", "must not be greater than the smallest worker count ({})",
         counts.front());
  }
  CheckTrialDeadline(spec, errors);
}

bool IsQuantity(std::string_view text) {
  if (text.size() > kMaxQuantityBytes) return false;
  const std::size_t digits = text.find_first_not_of("0123456789.");
  const std::string_view number = text.substr(0, digits);
  if (number.empty() || !ParseDecimal("", number).ok()) return false;
  if (digits == std::string_view::npos) return true;
  constexpr std::string_view kSuffixes[] = {"m",  "k",  "M",  "G",  "T",  "P", "E",
                                            "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  return std::find(std::begin(kSuffixes), std::end(kSuffixes), text.substr(digits)) !=
         std::end(kSuffixes);
}

void CheckQuantities(std::string_view path, const TextMap& quantities, Errors* errors) {
  for (const auto& [name, quantity] : quantities) {
    if (IsQuantity(quantity)) continue;
    Fail(errors, fmt::format("{}.{}", path, name),
         "must be a quantity such as \"500m\" or \"2Gi\", not "
         "\"{}\"",
         quantity);
  }
}

// An empty name stands for a default.
void CheckObjectName(std::string_view path, std::string_view what, std::string_view text,
                     Errors* errors) {
  if (text.empty() || IsObjectName(text)) return;
  Fail(errors, path,
       "must be the name of {}: a-z, 0-9, '-' and '.', with a letter or digit at both ends", what);
}

void CheckLabelValue(std::string_view path, std::string_view value, Errors* errors) {
  if (IsLabelValue(value)) return;
  Fail(errors, path,
       "must be the value of a label: up to 63 letters, digits, '-', '_' and '.', with a letter or "
       "digit at both ends");
}

void CheckPlacement(std::string_view path, const RolePlacement& placement, Errors* errors) {
  for (const auto& [key, value] : placement.node_selector) {
    const std::string entry = fmt::format("{}.nodeSelector.{}", path, key);
    if (!IsLabelKey(key)) {
      Fail(errors, entry, "is no key of a label: write for example clockwork.dev/role");
    }
    CheckLabelValue(entry, value, errors);
  }
  for (std::size_t i = 0; i < placement.tolerations.size(); ++i) {
    const Toleration& toleration = placement.tolerations[i];
    const std::string entry = fmt::format("{}.tolerations[{}]", path, i);
    if (!toleration.key.empty() && !IsLabelKey(toleration.key)) {
      Fail(errors, entry + ".key", "must be the key of a taint, such as clockwork.dev/role");
    }
    CheckLabelValue(entry + ".value", toleration.value, errors);
  }
}

void CheckNames(const ExperimentSpec& spec, Errors* errors) {
  CheckObjectName("spec.telemetryClaim.name", "a claim in the experiment's own namespace",
                  spec.telemetry_claim_name, errors);
  CheckObjectName("spec.priorityClassName", "a priority class", spec.priority_class_name, errors);
  CheckObjectName("spec.telemetryStorageClassName", "a storage class",
                  spec.telemetry_storage_class_name, errors);
  for (std::size_t i = 0; i < spec.image_pull_secrets.size(); ++i) {
    const std::string path = fmt::format("spec.imagePullSecrets[{}]", i);
    if (spec.image_pull_secrets[i].empty()) Fail(errors, path, "must be the name of a secret");
    CheckObjectName(path, "a secret", spec.image_pull_secrets[i], errors);
  }
}

void CheckClusterFields(const ExperimentSpec& spec, Errors* errors) {
  CheckNames(spec, errors);
  CheckPlacement("spec.placement.worker", spec.placement.worker, errors);
  CheckPlacement("spec.placement.controller", spec.placement.controller, errors);
  CheckPlacement("spec.placement.client", spec.placement.client, errors);
  if (!IsQuantity(spec.telemetry_claim_size)) {
    Fail(errors, "spec.telemetryClaimSize", "must be a quantity such as \"10Gi\", not \"{}\"",
         spec.telemetry_claim_size);
  } else if (spec.telemetry_claim_size.find_first_of("123456789") == std::string::npos) {
    Fail(errors, "spec.telemetryClaimSize", "must be greater than 0; write for example \"10Gi\"");
  }
  const std::pair<const char*, const RoleResources*> roles[] = {
      {"worker", &spec.resources.worker},
      {"controller", &spec.resources.controller},
      {"client", &spec.resources.client},
      {"collector", &spec.resources.collector}};
  for (const auto& [role, resources] : roles) {
    CheckQuantities(fmt::format("spec.resources.{}.requests", role), resources->requests, errors);
    CheckQuantities(fmt::format("spec.resources.{}.limits", role), resources->limits, errors);
  }
}

}  // namespace

std::int64_t LoadSteps(const Load& load, std::int64_t workers) {
  const double end = load.factor_max.value * kFactorPerWorker * static_cast<double>(workers);
  double current = load.factor_min.value * kFactorPerWorker * static_cast<double>(workers);
  // The first step is always run; each further one only while its factor is within the maximum.
  std::int64_t steps = 1;
  while (steps <= kMaxLoadSteps && (current *= load.factor_step.value) <= end) ++steps;
  return steps;
}

std::vector<std::string> Validate(const ScalabilityExperiment& experiment) {
  const ExperimentSpec& spec = experiment.spec;
  Errors errors;
  CheckName("metadata.name", experiment.name, kMaxNameBytes, &errors);
  if (!experiment.name_space.empty()) {
    CheckName("metadata.namespace", experiment.name_space, kMaxNamespaceBytes, &errors);
  }
  CheckWorkers(spec.workers, &errors);
  const std::vector<std::int64_t> counts = WorkerCounts(spec.workers);
  CheckLoad(spec.load, &errors);
  CheckModelsAndTrace(spec.models, spec.trace, &errors);
  CheckClusterFields(spec, &errors);
  // What must fit the list of N and the load steps needs both to be in order.
  if (errors.empty()) CheckFit(spec, counts, &errors);
  return errors;
}

}  // namespace clockwork::api
