#pragma once

// What people and programs see while the client runs: one log line per second, and the progress
// file of docs/programs.md, replaced in one step.

#include <string>
#include <string_view>

#include "images/client/core/ledger.h"
#include "images/client/core/step_schedule.h"
#include "images/common/base/result.h"
#include "images/common/base/time.h"

namespace clockwork::client {

class Reporter {
 public:
  // An empty path: no progress file.
  Reporter(std::string progress_file, const StepSchedule& schedule);

  // The models are being loaded. Fails when the progress file cannot be written.
  Status Loading();

  // The run's `elapsed_ns`-th nanosecond; `interval` is what happened since the last call.
  void Running(Nanos elapsed_ns, const IntervalBook& interval);

 private:
  Status WriteProgress(Nanos elapsed_ns, double offered_rps, double good_rps,
                       std::string_view phase) const;

  const std::string progress_file_;
  const StepSchedule& schedule_;
  Nanos last_ns_ = 0;
  bool write_failed_ = false;
};

}  // namespace clockwork::client
