#pragma once

// From objects of the API server to the values that decisions are made of. Pure. Fields that are
// missing or of another type read as empty: what the server sends decides nothing about survival.

#include <optional>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "operator/plan/cluster/world.h"

namespace clockwork::reconcile {

plan::cluster::ExperimentView ViewExperiment(const nlohmann::json& object);

// Nothing for a pod that lacks the labels of one of ours.
std::optional<plan::cluster::PodView> ViewPod(const nlohmann::json& object);

// `object` null: there is no such claim. `uid` is the experiment's.
plan::cluster::ClaimView ViewClaim(const nlohmann::json* object, std::string_view uid);

plan::cluster::NodeView ViewNode(const nlohmann::json& object);

// Whether the owner reference with controller: true has this uid.
bool IsOwnedBy(const nlohmann::json& object, std::string_view uid);

}  // namespace clockwork::reconcile
