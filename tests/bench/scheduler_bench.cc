// The scheduler alone, no sockets: event streams recorded from simulated trials, told to a new
// scheduler again and again. One line of JSON per N. CPU time of the thread, not of the clock.

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "images/common/base/command_line.h"
#include "images/common/base/exit_code.h"
#include "images/common/base/parse.h"
#include "images/common/base/prefetch.h"
#include "tests/bench/spread.h"
#include "tests/bench/worker_counts.h"
#include "tests/sim/event_stream.h"
#include "tests/sim/trial_simulation.h"

namespace clockwork::bench {
namespace {

struct Options {
  std::vector<std::int64_t> workers = {10, 150, 400, 1000};
  double factor = 1.5;
  std::int64_t turn_us = 100;
  std::int64_t runs = 5;
};

// How long the GPUs have had to fill themselves with models before the clock runs.
constexpr Nanos kWarmUpNs = kSecond;

// So many events before its turn one is asked for.
constexpr std::size_t kPrefetchAhead = 4;

double CpuSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct Part {
  std::size_t begin = 0;  // of the events that count
  std::uint64_t requests = 0;
  std::uint64_t results = 0;
  std::uint64_t turns = 0;
};

Part MeasuredPart(const sim::EventStream& stream) {
  Part part;
  const Nanos begin_ns = stream.events.front().now_ns + kWarmUpNs;
  while (part.begin < stream.events.size() && stream.events[part.begin].now_ns < begin_ns) {
    ++part.begin;
  }
  for (std::size_t i = part.begin; i < stream.events.size(); ++i) {
    const auto& content = stream.events[i].content;
    if (std::holds_alternative<controller::InferenceArrival>(content)) {
      ++part.requests;
    } else if (std::holds_alternative<sim::Turn>(content)) {
      ++part.turns;
    } else {
      ++part.results;
    }
  }
  return part;
}

double Run(const sim::EventStream& stream, const Part& part) {
  const auto scheduler = sim::MakeScheduler(stream);
  controller::Effects effects;
  double begin_s = 0;
  for (std::size_t i = 0; i < stream.events.size(); ++i) {
    if (i == part.begin) begin_s = CpuSeconds();
    // The stream comes from far memory, what a socket has read does not.
    const std::size_t ahead = std::min(i + kPrefetchAhead, stream.events.size() - 1);
    Prefetch(&stream.events[ahead], sizeof(sim::Event));
    sim::Tell(stream.events[i], scheduler.get(), &effects);
    effects.Clear();
  }
  return CpuSeconds() - begin_s;
}

void Measure(const Options& options, std::int64_t workers) {
  sim::TrialOptions trial;
  trial.gpus = static_cast<std::uint32_t>(workers);
  trial.factor_min = options.factor;
  trial.factor_max = options.factor;
  trial.period_seconds = 2 * kWarmUpNs / kSecond;
  trial.turn_ns = options.turn_us * kMicrosecond;
  trial.scheduler = sim::PublishedSchedulerOptions();
  sim::EventStream stream;
  sim::RunTrial(trial, &stream);
  const Part part = MeasuredPart(stream);
  std::vector<double> rates;
  std::vector<double> costs_ns;
  const auto requests = static_cast<double>(part.requests);
  for (std::int64_t run = 0; run < options.runs; ++run) {
    const double seconds = Run(stream, part);
    rates.push_back(requests / seconds);
    costs_ns.push_back(seconds / requests * 1e9);
  }
  const nlohmann::ordered_json line = {{"bench", "scheduler"},
                                       {"workers", workers},
                                       {"factor", options.factor},
                                       {"requests", part.requests},
                                       {"results", part.results},
                                       {"turns", part.turns},
                                       {"requestsPerSecond", Spread(rates)},
                                       {"nsPerRequest", Spread(costs_ns)}};
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
}

int Main(int argc, const char* const* argv) {
  Options options;
  std::string factor;
  CommandLine line(
      "scheduler_bench",
      "Measures the scheduler alone on recorded event streams: one line of JSON per N.");
  line.Custom("--workers", "Numbers of GPUs: 10,150 or 10..150 or 10..150:20",
              [&options](std::string_view, const std::string& text) -> Status {
                auto counts = ParseWorkerCounts(text);
                if (!counts.ok()) return counts.error();
                options.workers = std::move(*counts);
                return {};
              });
  line.Custom("--factor", "Load factor of the stream; 0.8 is what the GPUs can serve (default 1.5)",
              [&options](std::string_view name, const std::string& text) -> Status {
                const auto value = ParseDecimal(name, text);
                if (!value.ok()) return value.error();
                options.factor = *value;
                return {};
              });
  line.Integer("--turn-us", "Microseconds between two turns of the scheduler", 0, 10'000,
               &options.turn_us);
  line.Integer("--runs", "How often each stream is told", 1, 1000, &options.runs);
  if (const auto end = line.Parse(argc, argv)) return *end;
  for (const std::int64_t workers : options.workers) Measure(options, workers);
  return kExitSuccess;
}

}  // namespace
}  // namespace clockwork::bench

int main(int argc, char** argv) { return clockwork::bench::Main(argc, argv); }
