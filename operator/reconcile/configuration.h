#pragma once

// From the options to what the parts of the process need. Reads the environment and files.

#include <string>

#include "images/common/base/result.h"
#include "operator/kube/client_config.h"
#include "operator/plan/cluster/decide.h"
#include "operator/reconcile/options.h"

namespace clockwork::reconcile {

// --kubeconfig, else the pod's service account, else KUBECONFIG, else ~/.kube/config.
Result<kube::ClientConfig> LoadConfiguration(const Options& options);

// --identity, else kube::MakeIdentity of the host's name: a restarted process is another candidate.
std::string ReplicaIdentity(const Options& options);

// The images of this release, as far as the options name no others.
plan::cluster::OperatorDefaults DefaultsOf(const Options& options);

}  // namespace clockwork::reconcile
