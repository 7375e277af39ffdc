#pragma once

// A small experiment and what a PodDouble's pods report of it, so that tests of the operator know
// the medians beforehand. The same on any API server.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/pod_double/pod_double.h"

namespace clockwork::testing {

inline constexpr const char* kMeasuredNamespace = "lab";

// A trial's result, unlike any other's: N * 1000 + trial.
std::int64_t GoodputOf(std::int64_t workers, std::int64_t trial);

// What `telemetry file-trial` reports of a valid trial.
std::string EvidenceText(const PodFacts& collector, std::int64_t goodput_rps);

// N of `workers`, `trials` trials each, short steps, attempts without pauses in between.
nlohmann::json SmallExperiment(const std::string& name, std::vector<std::int64_t> workers = {1, 2},
                               std::int64_t trials = 2);

// A node that is ready for one role.
nlohmann::json RoleNode(const std::string& role);

// An experiment by namespace and name; called in the double's thread.
using ExperimentLookup =
    std::function<std::optional<nlohmann::json>(const std::string&, const std::string&)>;

// Lets the double's clients and collectors report valid trials with the goodput of GoodputOf.
void Measure(PodDouble* pods, ExperimentLookup lookup);

}  // namespace clockwork::testing
