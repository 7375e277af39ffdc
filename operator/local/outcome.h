#pragma once

// How a command of clockwork-experiment ends: the table, the figures, and what it was made with.

#include "images/common/base/command_line.h"
#include "operator/local/experiment_run.h"

namespace clockwork::local {

// --programs and --plotter. `*options` must outlive the parse.
void AddLocationOptions(CommandLine* line, RunOptions* options);

// On stdout.
void PrintOutcome(const RunOutcome& outcome);

}  // namespace clockwork::local
