#pragma once

// `telemetry process`: the derived tables of one trial (spec/telemetry.md §2.5-2.8). Reads the logs
// of the configs 1, 2, … of a directory, as far as both logs are there, and writes every table in
// one step.

#include <cstdint>
#include <string>
#include <vector>

#include "images/common/base/result.h"
#include "images/telemetry/trial_tables.h"

namespace clockwork::telemetry {

inline constexpr std::int64_t kMaxConfigs = 1'000;
inline constexpr std::int64_t kMaxSeconds = 1'000'000;  // of -l, -d and -b

struct ProcessOptions {
  std::string input = "/local";
  std::string output = ".";
  WindowOptions window = {};
  std::int64_t bucket_seconds = 60;
  std::vector<std::int64_t> workers = {};  // of each config; empty: ten times its number
};

Status RunProcess(const ProcessOptions& options);

// The number of workers that a config stands for. Error: `workers` is too short.
Result<std::int64_t> WorkersOf(std::int64_t config, const std::vector<std::int64_t>& workers);

}  // namespace clockwork::telemetry
