#pragma once

// What a person sees while an experiment runs, as text. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "images/common/base/time.h"
#include "images/common/plan/program_files.h"

namespace clockwork::local {

struct ProgressView {
  std::string experiment;
  std::string trial;  // "N = 10, trial 2 of 3"
  std::string phase;  // "starting", "loading models", "load step 2 of 4", …
  std::size_t trials_done = 0;
  std::size_t trials_total = 0;
  std::int64_t attempt = 1;
  std::optional<plan::ClientProgress> client;
  double fraction = 0;  // of the whole experiment, 0..1
  Nanos remaining_ns = 0;
};

// "2:05", "1:02:05"; negative spans are 0:00.
std::string FormatSpan(Nanos span_ns);

// "[#####...............]" with `width` places between the brackets.
std::string FormatBar(double fraction, std::size_t width);

// The live display, a few lines without line ends, none wider than `columns`.
std::vector<std::string> RenderLive(const ProgressView& view, std::size_t columns);

// The same as one line, for output that is no terminal.
std::string RenderLine(const ProgressView& view);

}  // namespace clockwork::local
