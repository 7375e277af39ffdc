#pragma once

// `clockwork-experiment watch`: an experiment of a cluster on the display of `run`, until it is
// over.

#include <string>

#include "images/common/base/result.h"
#include "operator/local/wait.h"
#include "operator/remote/cluster.h"

namespace clockwork::remote {

inline constexpr Nanos kRedrawNs = kSecond;

// Follows the experiment through cuts and outages of the API server, which are said and waited out.
// Returns its last state once it is over. Usage error: there is none of that name. Runtime errors:
// it was deleted meanwhile, or `interrupts` came.
Result<RemoteExperiment> Watch(Cluster* cluster, const std::string& name,
                               local::Interrupts* interrupts);

}  // namespace clockwork::remote
