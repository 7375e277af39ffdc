#pragma once

// The part of the programs' command lines that an experiment decides, and that the original's
// programs know too (docs/programs.md). Pure. How the programs find each other, and what goes
// beyond the original, is the business of whoever starts them.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "operator/api/scalability_experiment.h"
#include "operator/plan/trials.h"

namespace clockwork::plan {

// -n GPUS
std::vector<std::string> WorkerArguments(std::int64_t gpus);

// INFER5 HOST:PORT,... generate_inputs max_gpus schedule_ahead default_slo max_exec max_batch.
// `workers` is the N of the trial, `addresses` the comma-separated list.
std::vector<std::string> ControllerArguments(const api::Scheduler& scheduler, std::int64_t workers,
                                             std::string_view addresses);

// HOST:PORT azure_scalability_exp N factor_min factor_max factor_inc period memory_load_factor
std::vector<std::string> ClientArguments(const api::Load& load, std::int64_t workers,
                                         std::string_view address);

// `telemetry figures` and plot_figures.py. `data` is the directory of the trials' tables, where the
// figures go, too; `left_workers` is the N of the left half.
std::vector<std::string> FiguresArguments(const Plan& plan, std::int64_t left_workers,
                                          const std::string& data);
std::vector<std::string> PlotArguments(const api::ScalabilityExperiment& experiment,
                                       const std::string& data);

}  // namespace clockwork::plan
