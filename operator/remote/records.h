#pragma once

// What a cluster knows of a trial, as the record that `run` would have left (operator/plan): so
// that `report` works on what was fetched. Pure.

#include <string_view>

#include "images/common/plan/trial_record.h"
#include "operator/plan/trials.h"
#include "operator/remote/cluster.h"

namespace clockwork::remote {

// From the evidence that the collector filed beside the trial's telemetry; an error when it is of
// no use. How long an attempt took is not known, and 0.
Result<plan::TrialRecord> RecordOf(std::string_view evidence, const plan::PlannedTrial& trial,
                                   const RemoteExperiment& experiment);

// Whether a filed record is that of an earlier experiment of the same name and spec, on a claim
// that outlived it.
bool IsOfAnother(std::string_view record, const RemoteExperiment& experiment);

}  // namespace clockwork::remote
