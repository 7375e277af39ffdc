#pragma once

// What `telemetry file-trial` reports of one attempt (docs/programs.md): the little that whoever
// started it needs to judge the trial, small enough for a container's termination message. Pure.

#include <string>
#include <string_view>

#include "images/common/telemetry/manifest.h"
#include "images/telemetry/core/aggregate.h"

namespace clockwork::telemetry {

inline constexpr std::size_t kMaxEvidenceBytes = 4'096;

// One line of JSON without a line end. `client_summary` is the client's own JSON; what is empty or
// no JSON object gives a null.
std::string EncodeEvidence(std::string_view attempt, const Manifest& manifest,
                           const TrialSummary& summary, std::string_view client_summary);

// {"error": ...}, cut to kMaxEvidenceBytes.
std::string EncodeFailure(std::string_view message);

// Whether `evidence` is that of this attempt.
bool IsEvidenceOf(std::string_view evidence, std::string_view attempt);

}  // namespace clockwork::telemetry
