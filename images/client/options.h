#pragma once

// The client's command line (docs/programs.md, spec/cli.md §1.3) and environment.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "images/client/core/step_schedule.h"
#include "images/common/base/parse.h"
#include "images/common/base/time.h"

namespace clockwork::client {

// The most emulated workers that a load can be scaled for.
inline constexpr std::int64_t kMaxWorkers = 1'000'000;

struct Options {
  HostPort controller;
  std::int64_t workers = 0;
  StepSchedule schedule;
  std::uint32_t copies_per_entry = 0;

  std::string zoo;  // a built-in zoo's name, or a directory
  std::string model_order = "published";
  std::int64_t trace_seed = 1;
  std::int64_t seed = 0;
  std::string summary_file;       // empty: none
  std::size_t summary_bytes = 0;  // at most so long; 0: whole
  std::string progress_file;      // empty: none
  bool real_time = true;          // ask for real-time scheduling
  Nanos drain_ns = 0;
  Nanos connect_timeout_ns = 10 * kSecond;

  // From the environment.
  std::string trace_directory;  // empty: the synthetic day
  bool send_inputs = true;
};

// Reads the environment and the command line into *options. Returns nothing when the program should
// go on, else the exit code (everything to be said has been printed).
std::optional<int> ParseOptions(int argc, const char* const* argv, Options* options);

}  // namespace clockwork::client
