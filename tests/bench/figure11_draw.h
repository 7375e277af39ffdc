#pragma once

// The figures of a sweep, by the plotter: goodput by N, and goodput and mean batch over the offered
// load for N = 40, or the largest where that is not in it.

#include <string>

#include "images/common/base/result.h"
#include "operator/local/wait.h"
#include "tests/bench/figure11_report.h"

namespace clockwork::bench {

struct DrawOptions {
  std::string output;       // its data/ takes the tables and figures
  std::string figure;       // where the right figure goes as well, a .png or .pdf; empty: nowhere
  std::string left_figure;  // the same for the left one
  std::string caption;      // added to what the caption says of itself; empty: nothing
};

// Requires a row. Error: a table cannot be written, or the plotter failed; it names the file.
Status DrawSweep(const Sweep& sweep, const DrawOptions& options, local::Interrupts* interrupts);

}  // namespace clockwork::bench
