#pragma once

// What `telemetry file-trial` reports of one attempt in a cluster (docs/programs.md), read but not
// judged. Pure.

#include <string_view>

#include "images/common/base/result.h"
#include "images/common/plan/trial_record.h"

namespace clockwork::plan {

// The error says what is wrong with `text`; where that tells of a failure to file, it is that
// failure. A client of the original's gives no summary; where `summary_optional`, it is then
// believed.
Result<Evidence> ReadEvidence(std::string_view text, bool summary_optional);

}  // namespace clockwork::plan
