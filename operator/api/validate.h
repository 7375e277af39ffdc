#pragma once

// The rules that a well-formed experiment must also keep: texts of the right form, and fields that
// must fit each other. Pure. Each sentence starts with the path of the field to change.

#include <string>
#include <vector>

#include "operator/api/scalability_experiment.h"

namespace clockwork::api {

// Everything that is wrong; empty when the experiment can be run.
std::vector<std::string> Validate(const ScalabilityExperiment& experiment);

// How many load steps an experiment has with `workers` GPUs (spec/workload.md §3.4: the factor is
// carried as factor · 0.125 · workers in double arithmetic). At most kMaxLoadSteps + 1.
std::int64_t LoadSteps(const Load& load, std::int64_t workers);

}  // namespace clockwork::api
