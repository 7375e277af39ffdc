#pragma once

// What the collector pod reports in its termination message (docs/programs.md, `telemetry
// file-trial`), judged. Pure.

#include <cstdint>
#include <string>
#include <string_view>

#include "images/common/base/result.h"
#include "operator/api/scalability_experiment.h"

namespace clockwork::plan::cluster {

// The most that the resource type lets a status hold.
inline constexpr std::int64_t kMaxGoodputRps = 1'000'000'000;

struct Measurement {
  std::int64_t goodput_rps = 0;
  bool valid = false;
  std::string reason;   // reasons.h, when not valid
  std::string message;  // and why, in a sentence
};

// The evidence of attempt `attempt_name`. The error says what is wrong with `text`, which may be
// the collector's own error. A client of the original's gives no summary; where `summary_optional`,
// it is then believed.
Result<Measurement> ReadMeasurement(std::string_view text, std::string_view attempt_name,
                                    const api::Validity& validity, bool summary_optional);

}  // namespace clockwork::plan::cluster
