#pragma once

// What the sweep of Figure 11 leaves in an output directory, one experiment per N in n<N>, and what
// it finds there again.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "images/common/base/result.h"
#include "tests/bench/figure11_report.h"

namespace clockwork::bench {

// The experiment of this N.
std::string DirectoryOf(const std::string& output, std::int64_t workers);

// The ideal beside an experiment, which takes a minute to find for a large N: with the version that
// found it, because another one's scheduler may decide otherwise.
struct Ideal {
  std::int64_t period_seconds = 0;
  double goodput_rps = 0;
  std::string version;
};
Status WriteIdeal(const std::string& directory, const Ideal& ideal);
// Nothing: there is none, or it is damaged.
std::optional<Ideal> ReadIdeal(const std::string& directory);

// Removes the telemetry of the trials, gigabytes of a large N. The records and the tables stay:
// with them a trial counts as finished.
void RemoveLogs(const std::string& directory, std::int64_t trials);

// The finished trials of all `outputs`: a row per N, ascending, still without its ideal. An N
// without a finished trial is left out; of an N that several hold, the one named last is taken, and
// the log says so. `only`: these N; empty: all. Usage errors: an output that holds no sweep, an N
// of `only` that none holds, load steps of different lengths.
Result<Sweep> ReadSweeps(const std::vector<std::string>& outputs,
                         const std::vector<std::int64_t>& only);

}  // namespace clockwork::bench
