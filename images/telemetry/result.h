#pragma once

// What a run on one machine leaves beside the telemetry, filed in a cluster: the record of a trial
// and the result of the experiment so far (images/common/plan). `directory` is the experiment's.

#include <string>
#include <string_view>

#include "images/common/base/result.h"
#include "images/common/plan/filing.h"

namespace clockwork::telemetry {

// Judges the attempt and writes the trial's record; an error when the evidence is of no use.
Status FileRecord(const std::string& directory, plan::TrialId id, std::string_view evidence,
                  const plan::Filing& filing);

// Writes result.json from the records that are there and the figures that are drawn. `finished`:
// nothing is left to be measured.
Status FileResult(const std::string& directory, const plan::Filing& filing, bool finished);

}  // namespace clockwork::telemetry
