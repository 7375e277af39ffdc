#pragma once

// What a person sees of an experiment in a cluster, from its status alone. Pure.

#include <string>
#include <vector>

#include "images/common/plan/results.h"
#include "operator/local/progress_text.h"
#include "operator/remote/cluster.h"

namespace clockwork::remote {

// What a trial takes beside its load steps, for the time that is left: pods start and end.
inline constexpr Nanos kOverheadNs = 15 * kSecond;

// Nothing is started any more.
bool IsOver(const plan::cluster::ExperimentStatus& status);

// `current`: nothing newer can be there; false while the API server cannot be asked.
local::ProgressView ViewOf(const RemoteExperiment& experiment, Nanos now_ns, bool current = true);

// What has happened since `before`, one line each: trials measured, attempts failed, what holds the
// experiment up, and its phase.
std::vector<std::string> NewsSince(const RemoteExperiment& before, const RemoteExperiment& after);

// The medians, for plan::RenderTable. What the status does not hold is absent.
std::vector<plan::WorkersResult> ResultsOf(const RemoteExperiment& experiment);

}  // namespace clockwork::remote
