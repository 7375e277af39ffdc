#pragma once

// The command lines of the programs of one attempt (docs/programs.md). Pure.

#include <cstdint>
#include <string>

#include "operator/api/scalability_experiment.h"
#include "operator/local/process.h"
#include "operator/local/programs.h"
#include "operator/plan/trials.h"

namespace clockwork::local {

// The files of an attempt under way; absolute paths.
struct AttemptFiles {
  std::string work;  // scratch directory of the attempt
  std::string logs;  // what the programs print

  std::string worker_ready() const { return work + "/worker.ready"; }
  std::string controller_ready() const { return work + "/controller.ready"; }
  std::string telemetry() const { return work + "/telemetry"; }  // the controller's log directory
  std::string summary() const { return work + "/client.json"; }
  std::string progress() const { return work + "/progress.json"; }
  std::string filed() const { return work + "/filed"; }  // the filed logs as a trial of one config
  std::string tables() const { return work + "/tables"; }  // what `telemetry process` makes of it
};

ProcessSpec WorkerCommand(const Programs& programs, const AttemptFiles& files,
                          std::int64_t workers);
ProcessSpec ControllerCommand(const Programs& programs, const AttemptFiles& files,
                              const api::Scheduler& scheduler, std::int64_t workers,
                              std::int64_t worker_port);
ProcessSpec ClientCommand(const Programs& programs, const AttemptFiles& files,
                          const api::ExperimentSpec& spec, std::int64_t workers,
                          std::int64_t controller_port);
ProcessSpec CollectCommand(const Programs& programs, const AttemptFiles& files,
                           const std::string& experiment_directory, plan::TrialId id);
// One load step is one bucket.
ProcessSpec ProcessCommand(const Programs& programs, const AttemptFiles& files,
                           std::int64_t bucket_seconds, std::int64_t workers);

// Over the whole experiment. The published curves are drawn only where they can be compared with.
ProcessSpec FiguresCommand(const Programs& programs, const std::string& data_directory,
                           const std::string& logs_directory, const plan::Plan& plan);
ProcessSpec PlotCommand(const Programs& programs, const std::string& experiment_directory,
                        const api::ScalabilityExperiment& experiment);

}  // namespace clockwork::local
