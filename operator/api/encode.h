#pragma once

// From the type to the written form, with every default spelled out. Pure. Decoding what was
// encoded gives the same experiment.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "operator/api/scalability_experiment.h"

namespace clockwork::api {

// Fields in the order of the type's declaration.
nlohmann::ordered_json EncodeExperiment(const ScalabilityExperiment& experiment);
nlohmann::ordered_json EncodeSpec(const ExperimentSpec& spec);
// As in a pod's spec.
nlohmann::ordered_json EncodeToleration(const Toleration& toleration);

// The parts of a spec that decide what is measured; two specs that agree in them share their
// trials. Left out: retries, deadlines, figures, suspend and all that only a cluster uses.
nlohmann::ordered_json EncodeMeasurement(const ExperimentSpec& spec);

// Sixteen hexadecimal digits over EncodeMeasurement (FNV-1a, 64 bits): tells two measurements
// apart, is no protection against forgery.
std::string MeasurementHash(const ExperimentSpec& spec);

}  // namespace clockwork::api
