#pragma once

// What to do next, given what has been measured so far. Pure. Rules:
//  1. A trial with a valid record is kept.
//  2. A trial without one (never run, half done, failed) or with an invalid one is run, in the
//  plan's
//     order, until its attempts are used up.
//  3. An invalid record whose attempts are used up is kept and stays marked invalid.
//  4. When kMaxFailedTrialsInARow trials in a row have used up their attempts without any record,
//  the
//     rest would fare no better: give up.

#include <cstddef>
#include <vector>

#include "operator/plan/trials.h"

namespace clockwork::plan {

inline constexpr std::size_t kMaxFailedTrialsInARow = 2;

// What is known about one trial of the plan.
struct TrialState {
  bool recorded = false;      // it has a record
  bool valid = false;         // and the record is valid
  std::int64_t attempts = 0;  // attempts that count against the limit
};

struct NextTrial {
  enum class Kind { kRun, kDone, kGiveUp };
  Kind kind = Kind::kDone;
  std::size_t index = 0;     // kRun: into Plan::order
  std::int64_t attempt = 0;  // kRun: from 1
};

// `states` runs parallel to the plan's order. `attempts` is spec.retries.attempts.
NextTrial DecideNext(const std::vector<TrialState>& states, std::int64_t attempts);

// How long the trials that are still to run will take when each needs `overhead_ns` beside its
// load.
Nanos RemainingNs(const Plan& plan, const std::vector<TrialState>& states, std::int64_t attempts,
                  Nanos overhead_ns);

}  // namespace clockwork::plan
