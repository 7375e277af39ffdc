#pragma once

// One attempt of one trial with processes of this machine: worker ready, controller ready, client
// to its end, controller and worker stopped in order, telemetry collected and processed, record
// written. The record is the last thing written: without it the trial counts as half done.

#include <functional>
#include <string>

#include "images/common/base/result.h"
#include "images/common/plan/trial_record.h"
#include "operator/api/scalability_experiment.h"
#include "operator/local/command_lines.h"
#include "operator/local/experiment_directory.h"
#include "operator/local/wait.h"
#include "operator/plan/trials.h"
#include "operator/plan/versions.h"

namespace clockwork::local {

// Told what the attempt is doing, at every change and every kTickNs; `client` is null outside the
// load.
using AttemptListener =
    std::function<void(const std::string& phase, const plan::ClientProgress* client)>;

struct AttemptSetup {
  const Programs* programs = nullptr;
  const api::ExperimentSpec* spec = nullptr;
  const ExperimentDirectory* directory = nullptr;
  const plan::Plan* plan = nullptr;
  const plan::Versions* versions = nullptr;  // of the programs, for the record
  Interrupts* interrupts = nullptr;
  AttemptListener listener;
};

// All children have ended when this returns, whatever it returns. An interruption is a runtime
// error with kInterruptedSentence; a usage error is one that another attempt would meet again.
Result<plan::TrialRecord> RunAttempt(const AttemptSetup& setup, const plan::PlannedTrial& trial,
                                     std::int64_t attempt);

}  // namespace clockwork::local
