#pragma once

// The pods of one attempt, and those that no attempt needs any more. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "operator/plan/cluster/blockers.h"
#include "operator/plan/cluster/decide.h"

namespace clockwork::plan::cluster {

// The pod of that identity; null when it is not there. Not owned.
const PodView* FindPod(const World& world, const PodId& id);

// Whether the attempt has begun to create its pods.
bool HasPods(TrialStep step);
// Whether it is on its way to a measurement, or in it.
bool IsUnderWay(TrialStep step);
// Whether it has been measured, and its telemetry is not filed yet.
bool IsWindingUp(TrialStep step);

// A pod that is still running, or may be, and belongs to no attempt under way, or to an experiment
// that had this name before: nothing new is started beside it.
std::optional<Blocker> WhyLeftovers(const World& world, const ExperimentStatus& status);

// A pod that is to go, but whose deletion the API server refuses.
std::optional<Blocker> WhyNotDeleted(const World& world, const ExperimentStatus& status);

// Deletes what belongs to no attempt under way: what runs in any case, since it would disturb what
// is measured next, and what has ended as spec.cleanup says. Adds to *steps; returns when to look
// again at the latest. A measured attempt is known by its collector's success, so that one goes
// last.
Nanos DeleteLeftovers(const World& world, const ExperimentStatus& status, std::vector<Step>* steps);

}  // namespace clockwork::plan::cluster
