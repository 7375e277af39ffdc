#pragma once

// From the written form to the type: defaults filled in, every rule checked. Pure. All that is
// wrong is reported at once, one sentence per line, each starting with the path of its field, e.g.
// `spec.load.factorStep: must be greater than 1`. Errors are usage errors.

#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "images/common/base/result.h"
#include "operator/api/scalability_experiment.h"

namespace clockwork::api {

// `status` is accepted and ignored, so that what a cluster returns can be read back.
Result<ScalabilityExperiment> DecodeExperiment(const nlohmann::json& document);

// The text of a YAML or JSON file (yaml_document.h says what is accepted).
Result<ScalabilityExperiment> ParseExperiment(std::string_view text);

}  // namespace clockwork::api
