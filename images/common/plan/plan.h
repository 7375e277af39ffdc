#pragma once

// An experiment as an ordered list of trials. Pure. The order is all N of trial 1, then all N of
// trial 2, …: after the first round there is a whole line, and slow drift of the machine spreads
// over all N.

#include <cstdint>
#include <string>
#include <vector>

#include "images/common/base/time.h"
#include "images/common/plan/tree.h"

namespace clockwork::plan {

struct PlannedTrial {
  TrialId id;
  std::int64_t workers = 0;
  std::int64_t load_steps = 0;
  Nanos load_ns = 0;  // how long the load steps take in all
  // How long one attempt may take in all, from the first process to the record.
  Nanos deadline_ns = 0;
};

struct Plan {
  std::vector<std::int64_t> worker_counts;  // ascending; config i is worker_counts[i - 1]
  std::int64_t trials = 0;
  std::int64_t left_workers = 0;  // the N of the left plot
  std::vector<PlannedTrial> order;
};

// All trials in their order; of each only the id and the number of workers are set.
std::vector<PlannedTrial> OrderOf(const std::vector<std::int64_t>& worker_counts,
                                  std::int64_t trials);

// "N = 10, trial 2 of 3"
std::string TrialLabel(const Plan& plan, const PlannedTrial& trial);

// The config of worker count `workers`, which the plan must hold.
std::int64_t ConfigOf(const Plan& plan, std::int64_t workers);

}  // namespace clockwork::plan
