#pragma once

// One trial in one process and on a simulated clock: the cores of client, controller and worker
// joined by a queue of messages that take a fixed time. Nothing decides slowly here, so its goodput
// is the ideal that the real programs are measured against. Deterministic. Besides running, it
// checks what must always hold: every request is answered exactly once, every action gets one
// result.

#include <cstdint>
#include <string>
#include <vector>

#include "images/common/base/time.h"
#include "images/controller/core/options.h"
#include "tests/sim/event_stream.h"

namespace clockwork::sim {

// What the controller's work costs. Without costs it is never behind.
struct ControllerCosts {
  Nanos request_ns = 0;  // read and admitted
  Nanos shed_ns = 0;     // read and shed
  Nanos action_ns = 0;   // decided on, sent
  // Requests that one turn reads at most, about net::kReadChunkBytes.
  std::size_t requests_per_turn = 1000;
};

struct TrialOptions {
  std::uint32_t gpus = 10;
  double factor_min = 0.1;
  double factor_max = 4;
  double factor_step = 1.5;
  std::int64_t period_seconds = 4;
  std::int64_t memory_load_factor = 4;
  bool alphabetical = false;              // instead of the published order
  Nanos one_way_ns = 100 * kMicrosecond;  // every message
  std::uint64_t seed = 0;
  // The scheduler's turns are at least this far apart; 0: one whenever anything happened. A program
  // that has more to do per turn takes fewer of them.
  Nanos turn_ns = 0;
  ControllerCosts costs;
  // The machine stands still for the first pause_ns of every pause_every_ns, as a virtual one whose
  // host is busy: client, controller and worker do then what became due; GPUs go on. 0: never.
  Nanos pause_ns = 0;
  Nanos pause_every_ns = kSecond;
  Nanos window_ns = 0;                     // for TrialResult::windows; 0: none
  controller::SchedulerOptions scheduler;  // max_gpus is set to gpus
};

// As run.sh of the published experiment passes them (spec/cli.md §1.7).
controller::SchedulerOptions PublishedSchedulerOptions();

// goodput_rps and mean_batch leave out what comes after the last step, as a trial's telemetry does.
struct StepResult {
  double factor = 0;
  double offered_rps = 0;  // requests sent
  double goodput_rps = 0;  // answered with success within the SLO, by time of the answer
  double in_time_rps = 0;  // the same as the client sees it: by time of sending, within its SLO
  double mean_batch = 0;   // Σ batch² / Σ batch over finished infers
};

struct TrialResult {
  std::vector<StepResult> steps;
  // Goodput by time of the answer of each window_ns from the start, those after the last step's end
  // with it.
  std::vector<double> windows;
  double peak_goodput_rps = 0;
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t answered_twice = 0;
  std::uint64_t actions = 0;
  std::uint64_t results = 0;
  std::uint64_t request_rows = 0;
  std::uint64_t action_rows = 0;
  std::uint64_t loads = 0;
  std::uint64_t failed_actions = 0;
  std::uint64_t shed = 0;
  std::vector<std::string> warnings;
  // Changes with any decision: two runs are alike when it is.
  std::uint64_t fingerprint = 0;
};

// `stream`, when not null, receives everything that the scheduler was told.
TrialResult RunTrial(const TrialOptions& options, EventStream* stream = nullptr);

}  // namespace clockwork::sim
