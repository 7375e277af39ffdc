#pragma once

// The two figures of an experiment, from the tables of its trials. Best effort: what cannot be
// drawn is said in a note and costs nothing else.

#include <string>
#include <vector>

#include "operator/api/scalability_experiment.h"
#include "operator/local/programs.h"
#include "operator/local/wait.h"
#include "operator/plan/trials.h"

namespace clockwork::local {

struct Figures {
  std::vector<std::string> files;  // that exist now, relative to the experiment's directory
  std::vector<std::string> notes;  // one sentence for each thing that is missing
};

// Writes the figure tables with `telemetry figures`, then draws them with the plotter. Drawings of
// an earlier call are deleted first, so that none outlives its numbers.
Figures MakeFigures(const Programs& programs, const std::string& experiment_directory,
                    const plan::Plan& plan, const api::ScalabilityExperiment& experiment,
                    Interrupts* interrupts);

}  // namespace clockwork::local
