#pragma once

// `telemetry collect`: takes what a controller left behind into the tree of an experiment
// (docs/programs.md), after checking that it is all there: the manifest says complete and counts no
// dropped row, both logs are logs, end with a line end, miss no field, and hold as many rows as the
// manifest says.
//
// Files appear under their names only when all of them are safely on disk, the manifest last: where
// there is a manifest, the logs are complete. Doing it again does no harm; a failure leaves
// nothing.

#include <cstdint>
#include <string>

#include "images/common/base/result.h"

namespace clockwork::telemetry {

struct CollectOptions {
  std::string logs;        // the controller's log directory
  std::string experiment;  // the tree
  std::int64_t trial = 0;  // both from 1
  std::int64_t config = 0;
  std::string client_summary;  // filed too unless empty
};

Status RunCollect(const CollectOptions& options);

}  // namespace clockwork::telemetry
