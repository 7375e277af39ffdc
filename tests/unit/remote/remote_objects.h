#pragma once

// An experiment as a cluster has it, for tests.

#include <nlohmann/json.hpp>

#include "operator/api/decode.h"
#include "operator/remote/cluster.h"

namespace clockwork::remote {

// N = 1 and 2, two trials each; `spec` is added.
inline RemoteExperiment MakeRemote(nlohmann::json spec = nlohmann::json::object()) {
  spec["workers"] = {{"values", {1, 2}}};
  spec["trials"] = 2;
  RemoteExperiment experiment;
  experiment.experiment = *api::DecodeExperiment({{"apiVersion", "clockwork.dev/v1alpha1"},
                                                  {"kind", "ScalabilityExperiment"},
                                                  {"metadata", {{"name", "x"}}},
                                                  {"spec", spec}});
  experiment.name_space = "lab";
  experiment.uid = "u-1";
  return experiment;
}

}  // namespace clockwork::remote
