#pragma once

// What was fetched, as a result: the table, the figures, result.json.

#include "images/common/base/result.h"
#include "operator/local/experiment_run.h"
#include "operator/remote/cluster.h"

namespace clockwork::remote {

// Keeps the figures that the cluster has drawn; draws them where it has not, as `report` does. What
// cannot be drawn here is said in a note. Writes result.json. `options.directory` is what Fetch has
// filled.
Result<local::RunOutcome> Present(const RemoteExperiment& experiment,
                                  const local::RunOptions& options, local::Interrupts* interrupts);

}  // namespace clockwork::remote
