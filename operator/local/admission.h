#pragma once

// Which fields of an experiment mean something on one machine. Pure.

#include <string>
#include <vector>

#include "images/common/base/result.h"
#include "operator/api/scalability_experiment.h"

namespace clockwork::local {

// A usage error when the experiment asks for what one machine cannot do.
Status CheckRunnableHere(const api::ExperimentSpec& spec);

// At most one sentence, naming the cluster-only fields that are set and have no effect here.
std::vector<std::string> ClusterOnlyNotes(const api::ExperimentSpec& spec);

}  // namespace clockwork::local
