#include "operator/local/admission.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace clockwork::local {

Status CheckRunnableHere(const api::ExperimentSpec& spec) {
  if (spec.suspend)
    return UsageError("spec.suspend: is true; set it to false to run the experiment");
  if (spec.parallel_trials != 1) {
    return UsageError(
        "spec.parallelTrials: must be 1 on one machine, where trials would disturb each other");
  }
  return {};
}

std::vector<std::string> ClusterOnlyNotes(const api::ExperimentSpec& spec) {
  const api::ExperimentSpec defaults;
  std::vector<std::string> names;
  if (spec.placement != defaults.placement) names.emplace_back("placement");
  if (spec.images != defaults.images) names.emplace_back("images");
  if (spec.resources != defaults.resources) names.emplace_back("resources");
  if (spec.telemetry_claim_name != defaults.telemetry_claim_name)
    names.emplace_back("telemetryClaim");
  if (spec.ttl_seconds_after_finished) names.emplace_back("ttlSecondsAfterFinished");
  if (spec.cleanup != defaults.cleanup) names.emplace_back("cleanup");
  if (spec.worker_pods != defaults.worker_pods) names.emplace_back("workerPods");
  if (names.empty()) return {};
  return {fmt::format("only a cluster uses these fields of the experiment, ignored here: {}",
                      fmt::join(names, ", "))};
}

}  // namespace clockwork::local
