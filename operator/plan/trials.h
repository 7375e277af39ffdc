#pragma once

// The plan of an experiment as it is specified. Pure.

#include "images/common/plan/filing.h"
#include "images/common/plan/plan.h"
#include "operator/api/scalability_experiment.h"

namespace clockwork::plan {

// Requires a decoded experiment.
Plan MakePlan(const api::ExperimentSpec& spec);

// What those who file its trials in a cluster must know; without the number of attempts.
Filing MakeFiling(const api::ScalabilityExperiment& experiment);

}  // namespace clockwork::plan
