#pragma once

// `telemetry figures`: the tables of the two halves of Figure 11 from all trials of an experiment
// (spec/telemetry.md §2.9). Every file of the right name below the input directory is one trial,
// numbered in the order of the paths (trial-2 before trial-10).

#include <cstdint>
#include <string>
#include <vector>

#include "images/common/base/result.h"

namespace clockwork::telemetry {

struct FiguresOptions {
  std::string input = ".";
  std::string output = ".";
  std::int64_t left_config = 4;            // the config shown over time
  std::vector<std::int64_t> workers = {};  // of each config; empty: ten times its number
};

// A half without any file is an error, after the other half has been written.
Status RunFigures(const FiguresOptions& options);

}  // namespace clockwork::telemetry
