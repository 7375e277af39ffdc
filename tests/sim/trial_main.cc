// Prints the ideal of one trial as a line of JSON: trial_sim WORKERS [factor_min factor_max
// factor_step period_s].

#include <cstdio>
#include <cstdlib>

#include "tests/sim/trial_simulation.h"

int main(int argc, char** argv) {
  clockwork::sim::TrialOptions options;
  options.scheduler = clockwork::sim::PublishedSchedulerOptions();
  if (argc > 1) options.gpus = static_cast<std::uint32_t>(std::atoi(argv[1]));
  if (argc > 4) {
    options.factor_min = std::atof(argv[2]);
    options.factor_max = std::atof(argv[3]);
    options.factor_step = std::atof(argv[4]);
  }
  if (argc > 5) options.period_seconds = std::atoi(argv[5]);
  const clockwork::sim::TrialResult result = clockwork::sim::RunTrial(options);
  std::printf("{\"workers\": %u, \"goodputRps\": %.1f, \"steps\": [", options.gpus,
              result.peak_goodput_rps);
  const char* separator = "";
  for (const auto& step : result.steps) {
    std::printf("%s{\"offeredRps\": %.1f, \"goodputRps\": %.1f, \"meanBatch\": %.3f}", separator,
                step.offered_rps, step.goodput_rps, step.mean_batch);
    separator = ", ";
  }
  std::printf(
      "], \"loads\": %llu, \"failed\": %llu, \"answeredTwice\": %llu, \"unanswered\": %lld, "
      "\"fingerprint\": \"%016llx\"}\n",
      static_cast<unsigned long long>(result.loads),
      static_cast<unsigned long long>(result.failed_actions),
      static_cast<unsigned long long>(result.answered_twice),
      static_cast<long long>(result.sent) - static_cast<long long>(result.answered),
      static_cast<unsigned long long>(result.fingerprint));
  return 0;
}
