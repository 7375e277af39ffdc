#pragma once

// The books of an experiment: what its status says about the trials of its plan. Pure.

#include <vector>

#include "operator/plan/cluster/evidence.h"
#include "operator/plan/cluster/status.h"
#include "operator/plan/next_trial.h"
#include "operator/plan/trials.h"

namespace clockwork::plan::cluster {

// Gives the status an entry for each N of the plan with a place for each trial, and takes out what
// the plan does not know, or what is there twice.
void FitToPlan(const Plan& plan, ExperimentStatus* status);
// The reverse before it is written: without entries that say nothing.
void LeaveOutEmptyResults(ExperimentStatus* status);

// All of these require a status that fits the plan.
std::vector<TrialState> TrialStates(const Plan& plan, const ExperimentStatus& status);
// An attempt has ended without a measurement: what was measured before stays.
void BookFailure(TrialId id, ExperimentStatus* status);
void BookMeasurement(TrialId id, const Measurement& measurement, ExperimentStatus* status);
std::int64_t AttemptsOf(TrialId id, const ExperimentStatus& status);

// Medians, peak and counters, from results and active trials.
void Count(const Plan& plan, std::int64_t attempts, ExperimentStatus* status);

}  // namespace clockwork::plan::cluster
