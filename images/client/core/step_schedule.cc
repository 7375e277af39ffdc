#include "images/client/core/step_schedule.h"

#include <fmt/format.h>

#include <algorithm>

namespace clockwork::client {
namespace {

// Part of the trace's rate that one worker gets at load factor 1.
constexpr double kScalePerWorker = 0.125;

Status Check(std::int64_t workers, const LoadFactors& factors, std::int64_t period_seconds) {
  if (workers < 1) {
    return UsageError(fmt::format("NUM_WORKERS: {} is too few; give at least 1", workers));
  }
  if (!(factors.min > 0)) {
    return UsageError(fmt::format("factor_min: {} is no load; give a number above 0", factors.min));
  }
  if (!(factors.max > 0)) {
    return UsageError(fmt::format("factor_max: {} is no load; give a number above 0", factors.max));
  }
  if (factors.max < factors.min) {
    return UsageError(fmt::format("factor_max: {} is below factor_min {}; give at least factor_min",
                                  factors.max, factors.min));
  }
  if (!(factors.increment > 1)) {
    return UsageError(fmt::format(
        "factor_inc: {} would never end the run; give a multiplier above 1", factors.increment));
  }
  if (period_seconds < 1 || period_seconds > kMaxPeriodSeconds) {
    return UsageError(fmt::format("period_s: {} is out of range; give 1 to {} whole seconds",
                                  period_seconds, kMaxPeriodSeconds));
  }
  return {};
}

}  // namespace

std::size_t StepSchedule::StepAt(Nanos elapsed_ns) const {
  const auto step = static_cast<std::size_t>(std::max<Nanos>(elapsed_ns, 0) / period_ns);
  return std::min(step, steps.size() - 1);
}

Result<StepSchedule> MakeStepSchedule(std::int64_t workers, const LoadFactors& factors,
                                      std::int64_t period_seconds) {
  if (Status status = Check(workers, factors, period_seconds); !status.ok()) return status.error();
  StepSchedule schedule;
  schedule.period_ns = period_seconds * kSecond;
  // Left to right in doubles, as the original: whether the last step takes place depends on it.
  const auto per_factor = static_cast<double>(workers);
  const double scale_max = factors.max * kScalePerWorker * per_factor;
  LoadStep step = {factors.min, factors.min * kScalePerWorker * per_factor};
  while (step.scale <= scale_max) {
    if (schedule.steps.size() == kMaxSteps) {
      return UsageError(
          fmt::format("factor_inc: {} makes more than {} load steps; give a larger one",
                      factors.increment, kMaxSteps));
    }
    schedule.steps.push_back(step);
    step = {step.factor * factors.increment, step.scale * factors.increment};
  }
  return schedule;
}

}  // namespace clockwork::client
