// What the scheduler reaches when deciding costs nothing: the cores of client, controller and
// worker joined by a discrete-event loop, with messages that take 100 µs. One line of JSON per N.

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "images/common/base/command_line.h"
#include "images/common/base/exit_code.h"
#include "tests/bench/ideal_goodput.h"
#include "tests/bench/worker_counts.h"

namespace clockwork::bench {
namespace {

constexpr std::int64_t kMaxPeriodSeconds = 3600;
constexpr std::int64_t kMaxPauseMs = 60'000;

// To a tenth: more digits would say nothing.
double Tenths(double value) {
  return static_cast<double>(static_cast<std::int64_t>(value * 10 + 0.5)) / 10;
}

nlohmann::ordered_json ToJson(std::int64_t workers, const sim::TrialResult& result) {
  nlohmann::ordered_json steps = nlohmann::ordered_json::array();
  for (const sim::StepResult& step : result.steps) {
    steps.push_back(
        {{"factor", step.factor},
         {"offeredRps", Tenths(step.offered_rps)},
         {"goodputRps", Tenths(step.goodput_rps)},
         {"meanBatch",
          static_cast<double>(static_cast<std::int64_t>(step.mean_batch * 1000 + 0.5)) / 1000}});
  }
  nlohmann::ordered_json line = {
      {"workers", workers}, {"goodputRps", Tenths(result.peak_goodput_rps)}, {"steps", steps}};
  if (!result.windows.empty()) line["windowsRps"] = result.windows;
  return line;
}

int Main(int argc, const char* const* argv) {
  std::vector<std::int64_t> workers = {10, 40, 150};
  std::int64_t period_seconds = 5;
  std::int64_t seed = 0;
  std::int64_t pause_ms = 0;
  std::int64_t pause_every_ms = 1500;
  std::int64_t window_ms = 0;
  CommandLine line(
      "ideal",
      "Prints, for each number of emulated GPUs, the goodput that the scheduler reaches "
      "on a simulated clock, where deciding costs nothing: one line of JSON per N.");
  line.Custom("--workers", "Numbers of GPUs: 10,40,150 or 10..150 or 10..150:20",
              [&workers](std::string_view, const std::string& text) -> Status {
                auto counts = ParseWorkerCounts(text);
                if (!counts.ok()) return counts.error();
                workers = std::move(*counts);
                return {};
              });
  line.Integer("--period", "Seconds of simulated time per load step", 1, kMaxPeriodSeconds,
               &period_seconds);
  line.Integer("--pause-ms", "For how long the simulated machine stands still each time", 0,
               kMaxPauseMs, &pause_ms);
  line.Integer("--pause-every-ms", "From the beginning of one such pause to that of the next", 1,
               kMaxPauseMs, &pause_every_ms);
  line.Integer("--window-ms", "Also tell the goodput of each window of this length; 0: do not", 0,
               kMaxPeriodSeconds * 1000, &window_ms);
  line.Integer("--seed", "Added to the seed of every request stream", 0, INT32_MAX, &seed);
  if (const auto end = line.Parse(argc, argv)) return *end;
  if (pause_ms >= pause_every_ms) {
    return ReportError("ideal",
                       UsageError("--pause-ms: a machine that always stands still measures "
                                  "nothing; give less than --pause-every-ms"));
  }
  for (const std::int64_t count : workers) {
    sim::TrialOptions options = IdealOptions(count, period_seconds, seed);
    options.pause_ns = pause_ms * kMillisecond;
    options.window_ns = window_ms * kMillisecond;
    options.pause_every_ns = pause_every_ms * kMillisecond;
    fmt::print("{}\n", ToJson(count, sim::RunTrial(options)).dump());
    std::fflush(stdout);
  }
  return kExitSuccess;
}

}  // namespace
}  // namespace clockwork::bench

int main(int argc, char** argv) { return clockwork::bench::Main(argc, argv); }
