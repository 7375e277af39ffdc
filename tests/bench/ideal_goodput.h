#pragma once

// The goodput that the scheduler reaches when deciding costs nothing
// (tests/sim/trial_simulation.h), for the published load steps.

#include <cstdint>

#include "tests/sim/trial_simulation.h"

namespace clockwork::bench {

inline sim::TrialOptions IdealOptions(std::int64_t workers, std::int64_t period_seconds,
                                      std::int64_t seed) {
  sim::TrialOptions options;
  options.gpus = static_cast<std::uint32_t>(workers);
  options.period_seconds = period_seconds;
  options.seed = static_cast<std::uint64_t>(seed);
  options.scheduler = sim::PublishedSchedulerOptions();
  return options;
}

inline sim::TrialResult IdealTrial(std::int64_t workers, std::int64_t period_seconds,
                                   std::int64_t seed) {
  return sim::RunTrial(IdealOptions(workers, period_seconds, seed));
}

}  // namespace clockwork::bench
