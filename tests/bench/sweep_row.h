#pragma once

// Rows of a sweep for its tests.

#include <string>

#include "tests/bench/figure11_report.h"

namespace clockwork::testing {

// Adds a trial that is valid if nothing is said against it, with a million requests of a
// microsecond of the client's user time each.
inline plan::TrialRecord& AddTrial(double goodput_rps, const std::string& reason,
                                   bench::SweepRow* row) {
  plan::TrialRecord& trial = row->result.trials.emplace_back();
  trial.id.trial = static_cast<std::int64_t>(row->result.trials.size());
  trial.goodput_rps = goodput_rps;
  trial.valid = reason.empty();
  trial.reason = reason;
  trial.sent = 1'000'000;
  trial.programs["client"] = {1, 0.5, 0, ""};
  if (!trial.valid && row->result.valid) {
    row->result.valid = false;
    row->result.reason = "trial " + std::to_string(trial.id.trial) + ": " + reason;
  }
  row->result.median_goodput_rps =
      plan::MedianOf(row->result.trials, &plan::TrialRecord::goodput_rps);
  return trial;
}

// With one trial.
inline bench::SweepRow Row(std::int64_t workers, double goodput_rps, double ideal_rps,
                           const std::string& reason = "") {
  bench::SweepRow row;
  row.result.workers = workers;
  row.result.valid = true;
  row.ideal.goodput_rps = ideal_rps;
  AddTrial(goodput_rps, reason, &row);
  return row;
}

}  // namespace clockwork::testing
