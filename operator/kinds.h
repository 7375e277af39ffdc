#pragma once

// The kinds of objects that the operator and the commands for a cluster deal with, as the API
// server serves them.

#include <string_view>

#include "operator/kube/client.h"

namespace clockwork {

inline const kube::ResourceType kExperiments{"clockwork.dev", "v1alpha1", "scalabilityexperiments",
                                             "ScalabilityExperiment", true};
inline const kube::ResourceType kPods{"", "v1", "pods", "Pod", true};
inline const kube::ResourceType kClaims{"", "v1", "persistentvolumeclaims", "PersistentVolumeClaim",
                                        true};
inline const kube::ResourceType kNodes{"", "v1", "nodes", "Node", false};

// The name under which the operator owns fields, reports Events and is asked for.
inline constexpr std::string_view kOperatorName = "clockwork-operator";

}  // namespace clockwork
