#include "images/common/plan/plan.h"

#include <fmt/format.h>

#include <algorithm>

namespace clockwork::plan {

std::vector<PlannedTrial> OrderOf(const std::vector<std::int64_t>& worker_counts,
                                  std::int64_t trials) {
  std::vector<PlannedTrial> order;
  for (std::int64_t trial = 1; trial <= trials; ++trial) {
    std::int64_t config = 0;
    for (const std::int64_t workers : worker_counts) {
      PlannedTrial& planned = order.emplace_back();
      planned.id = {++config, trial};
      planned.workers = workers;
    }
  }
  return order;
}

std::string TrialLabel(const Plan& plan, const PlannedTrial& trial) {
  return fmt::format("N = {}, trial {} of {}", trial.workers, trial.id.trial, plan.trials);
}

std::int64_t ConfigOf(const Plan& plan, std::int64_t workers) {
  const auto& counts = plan.worker_counts;
  return std::find(counts.begin(), counts.end(), workers) - counts.begin() + 1;
}

}  // namespace clockwork::plan
