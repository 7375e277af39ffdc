#pragma once

// One attempt of one trial, a step further. Pure.

#include <optional>
#include <string>
#include <vector>

#include "operator/plan/cluster/blockers.h"
#include "operator/plan/cluster/decide.h"
#include "operator/plan/cluster/evidence.h"

namespace clockwork::plan::cluster {

// What became of it: `failure` or `measurement` when the attempt has ended, else neither.
struct Advance {
  ActiveTrial active;
  std::optional<Blocker> failure;
  // The failure says nothing about the attempt, which is not to count: while it waited for somebody
  // else the kubelet ended its pods.
  bool is_others = false;
  std::optional<Measurement> measurement;
  std::vector<Step> steps;
  Nanos wake_ns = kNever;
};

// What an attempt must know of the others.
struct Surroundings {
  std::optional<Blocker> leftovers;  // what WhyLeftovers said
  bool has_place = true;             // another attempt may be under way
  bool winding_up = false;           // the telemetry of another is not filed yet,
  bool filing = false;               // and that is to be done first
  std::string node;                  // the controller's of that one
};

// `trial` is the active one's in the plan.
Advance AdvanceTrial(const World& world, const PlannedTrial& trial, const ActiveTrial& active,
                     const Surroundings& surroundings);

}  // namespace clockwork::plan::cluster
