#pragma once

// The operator on the cluster, as its users install it: by Helm, or by kustomize. The functions
// return what went wrong, and nothing when all went well.

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/kind/kind_cluster.h"

namespace clockwork::testing {

inline constexpr const char* kSystemNamespace = "clockwork-system";

// A namespace that enforces the pod security standard "restricted".
nlohmann::json NameSpaceObject(const std::string& name);

// helm VERB clockwork-operator ARGUMENTS... in the operator's namespace.
std::string Helm(const KindCluster& cluster, const std::string& verb,
                 const std::vector<std::string>& arguments);
// The same for `install` and `upgrade` of the chart, waiting until the operator is available.
std::string HelmChart(const KindCluster& cluster, const std::string& verb,
                      const std::vector<std::string>& arguments = {});

// Makes sure that the chart is installed with its defaults and available. What kustomize has
// installed makes way. Tests that run beside each other may all call this.
std::string EnsureRelease(const KindCluster& cluster);
// Installs manifests/, and waits until the operator is available.
std::string ApplyManifests(const KindCluster& cluster);
// Takes away what either has installed, the resource type and all experiments with it, and makes
// the operator's namespace anew, with the pod security standard "restricted" enforced.
std::string RemoveOperator(const KindCluster& cluster);

}  // namespace clockwork::testing
