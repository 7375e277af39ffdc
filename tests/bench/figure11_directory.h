#pragma once

// What the sweep of Figure 11 leaves in an output directory, one experiment per N in n<N>, and what
// it finds there again.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "images/common/base/result.h"
#include "tests/bench/figure11_report.h"

namespace clockwork::bench {

// The experiment of this N.
std::string DirectoryOf(const std::string& output, std::int64_t workers);

// By trial, what its table of load steps says. A trial whose table is missing or damaged is left
// out, and the log says so.
std::map<std::int64_t, std::vector<plan::Bucket>> ReadBuckets(
    const std::string& directory, const std::vector<plan::TrialRecord>& trials);

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
