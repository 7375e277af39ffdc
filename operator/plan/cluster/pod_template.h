#pragma once

// Kubernetes objects, ready to be created. Pure. The pods keep to the pod security standard
// "restricted" and write nowhere but to the claim, the termination message and, for the figures, a
// small empty directory.
//
// A pod that listens has a TCP startup probe (once a second, until it is ready or the attempt's
// start-up deadline has passed) and no other: probes during the run would disturb what is measured.

#include <nlohmann/json_fwd.hpp>

#include "operator/plan/cluster/pod_spec.h"

namespace clockwork::plan::cluster {

inline constexpr std::int64_t kUserId = 65'532;  // "nonroot" of the images

nlohmann::json PodObject(const PodSpec& pod);
nlohmann::json ClaimObject(const ClaimSpec& claim);

}  // namespace clockwork::plan::cluster
