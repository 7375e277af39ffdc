#pragma once

// The load steps (spec/workload.md §3.1 item 3 and §3.4): every period the scale is multiplied by
// the increment, and the run ends when it would exceed its maximum. Pure.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/base/time.h"

namespace clockwork::client {

// The most load steps of one run; each costs a lag histogram.
inline constexpr std::size_t kMaxSteps = 1000;
// The longest load step.
inline constexpr std::int64_t kMaxPeriodSeconds = 86'400;

struct LoadFactors {
  double min = 0.1;
  double max = 2.0;
  double increment = 2.0;  // a multiplier
};

struct LoadStep {
  double factor = 0;  // min · increment^n
  double scale = 0;   // of the trace's own rate
};

struct StepSchedule {
  std::vector<LoadStep> steps;  // never empty
  Nanos period_ns = 0;

  Nanos TotalNs() const { return static_cast<Nanos>(steps.size()) * period_ns; }
  // The step under way at `elapsed_ns` since the start; past the end, the last one.
  std::size_t StepAt(Nanos elapsed_ns) const;
};

// Usage errors: workers < 1, factors that are not positive, max < min, increment ≤ 1, a period
// under one second, more than kMaxSteps steps.
Result<StepSchedule> MakeStepSchedule(std::int64_t workers, const LoadFactors& factors,
                                      std::int64_t period_seconds);

}  // namespace clockwork::client
