#pragma once

// Runs an experiment with processes of this machine, from where its directory says it stands.

#include <string>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/plan/results.h"
#include "operator/api/scalability_experiment.h"
#include "operator/local/wait.h"

namespace clockwork::local {

struct RunOptions {
  std::string directory;  // of the experiment
  std::string programs;   // directory of the programs; empty: beside our binary
  std::string plotter;    // empty: found from our binary
  bool fresh = false;     // delete what the directory holds of an experiment first
};

struct RunOutcome {
  std::string directory;  // absolute
  std::vector<plan::WorkersResult> results;
  std::vector<std::string> figures;  // relative to the directory
  std::vector<std::string> notes;    // what a person should know beside the table
};

// Returns when every trial is measured, valid or not. Errors: usage (nothing was started, or every
// attempt would meet the same), runtime (interrupted, out of attempts, disk full, …): what is
// finished is kept and the sentence says how to go on. result.json is rewritten after every trial.
Result<RunOutcome> RunExperiment(const api::ScalabilityExperiment& experiment,
                                 const RunOptions& options, Interrupts* interrupts);

// The table and the figures of the experiment in `directory`, from its records.
Result<RunOutcome> ReportExperiment(const RunOptions& options, Interrupts* interrupts);

}  // namespace clockwork::local
