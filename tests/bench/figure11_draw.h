#pragma once

// The figure of a sweep, by the plotter.

#include <string>

#include "images/common/base/result.h"
#include "operator/local/wait.h"
#include "tests/bench/figure11_report.h"

namespace clockwork::bench {

struct DrawOptions {
  std::string output;   // its data/ takes the tables and figures
  std::string figure;   // where the right figure goes as well, a .png or .pdf; empty: nowhere
  std::string caption;  // added to what the caption says of itself; empty: nothing
};

// Requires a row. Error: a table cannot be written, or the plotter failed; it names the file.
Status DrawSweep(const Sweep& sweep, const DrawOptions& options, local::Interrupts* interrupts);

}  // namespace clockwork::bench
