#pragma once

// One run of azure_scalability_exp from connecting to the summary.

#include "images/client/options.h"
#include "images/common/base/result.h"

namespace clockwork::client {

// Fails when the inputs are unusable, the controller cannot be reached, refuses a model or goes
// away, or a file cannot be written. A run that ended but whose measurement is invalid is no
// failure; the summary says so. Being asked to stop is no failure either.
Status RunExperiment(const Options& options);

}  // namespace clockwork::client
