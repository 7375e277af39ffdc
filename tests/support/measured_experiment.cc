#include "tests/support/measured_experiment.h"

#include <utility>

namespace clockwork::testing {
namespace {

using nlohmann::json;

std::string AttemptOf(const PodFacts& pod) { return pod.name.substr(0, pod.name.rfind('-')); }

// N of a collector's trial: its config is the place of N in the experiment's list.
std::int64_t WorkersOf(const PodFacts& pod, const ExperimentLookup& lookup) {
  const std::string owner =
      pod.pod.at("metadata").at("ownerReferences").at(0).at("name").get<std::string>();
  const auto experiment = lookup(pod.name_space, owner);
  if (!experiment) return 0;
  return experiment->at("spec")
      .at("workers")
      .at("values")
      .at(static_cast<std::size_t>(pod.config - 1))
      .get<std::int64_t>();
}

}  // namespace

std::int64_t GoodputOf(std::int64_t workers, std::int64_t trial) { return workers * 1000 + trial; }

std::string EvidenceText(const PodFacts& collector, std::int64_t goodput_rps) {
  const json evidence = {{"attempt", AttemptOf(collector)},
                         {"manifest",
                          {{"complete", true},
                           {"requestRows", 100},
                           {"actionRows", 50},
                           {"droppedRequestRows", 0},
                           {"droppedActionRows", 0}}},
                         {"peak",
                          {{"bucket", 1},
                           {"goodputRps", goodput_rps},
                           {"throughputRps", goodput_rps},
                           {"meanBatch", 6.5}}},
                         {"client",
                          {{"valid", true},
                           {"invalidReason", ""},
                           {"sent", 100},
                           {"unanswered", 0},
                           {"lagP99Us", 10.0}}}};
  return evidence.dump();
}

json SmallExperiment(const std::string& name, std::vector<std::int64_t> workers,
                     std::int64_t trials) {
  return {
      {"apiVersion", "clockwork.dev/v1alpha1"},
      {"kind", "ScalabilityExperiment"},
      {"metadata", {{"name", name}, {"namespace", kMeasuredNamespace}}},
      {"spec",
       {{"workers", {{"values", std::move(workers)}}},
        {"trials", trials},
        {"load",
         {{"factorMin", "0.5"}, {"factorMax", "1.2"}, {"factorStep", "1.5"}, {"periodSeconds", 1}}},
        {"retries", {{"attempts", 3}, {"backoffSeconds", 0}}}}}};
}

json RoleNode(const std::string& role) {
  return {{"apiVersion", "v1"},
          {"kind", "Node"},
          {"metadata", {{"name", role + "-node"}, {"labels", {{kRoleLabel, role}}}}},
          {"status", {{"conditions", {{{"type", "Ready"}, {"status", "True"}}}}}}};
}

void Measure(PodDouble* pods, ExperimentLookup lookup) {
  pods->Message("client", [](const PodFacts&) { return std::string(R"({"valid":true})"); });
  pods->Message("collector", [lookup = std::move(lookup)](const PodFacts& pod) {
    return EvidenceText(pod, GoodputOf(WorkersOf(pod, lookup), pod.trial));
  });
}

}  // namespace clockwork::testing
