#pragma once

// One attempt of one trial, a step further. Pure.

#include <optional>
#include <vector>

#include "operator/plan/cluster/blockers.h"
#include "operator/plan/cluster/decide.h"
#include "operator/plan/cluster/evidence.h"

namespace clockwork::plan::cluster {

// What became of it: `failure` or `measurement` when the attempt has ended, else neither.
struct Advance {
  ActiveTrial active;
  std::optional<Blocker> failure;
  std::optional<Measurement> measurement;
  std::vector<Step> steps;
  Nanos wake_ns = kNever;
};

// `trial` is the active one's in the plan. `leftovers` is what WhyLeftovers said.
Advance AdvanceTrial(const World& world, const PlannedTrial& trial, const ActiveTrial& active,
                     const std::optional<Blocker>& leftovers);

}  // namespace clockwork::plan::cluster
