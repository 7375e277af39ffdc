#pragma once

// One log of a trial: what the threads that went through it have made of its rows.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "images/common/base/result.h"
#include "images/telemetry/scan.h"
#include "images/telemetry/trial_counters.h"

namespace clockwork::telemetry {

template <typename Row, typename Counter>
struct CountedLog {
  LogScan<Row> scan = {};
  Range range = {};  // of its rows those that count
  std::vector<Counter> counters = {};
  std::uint64_t dropped_rows = 0;

  bool kept() const {
    return std::all_of(counters.begin(), counters.end(),
                       [](const Counter& counter) { return counter.kept.complete(); });
  }
  // Goes through the log with these counters; the range is then what they saw.
  template <typename AnyCounter>
  Status Run(std::vector<AnyCounter>* with) {
    const auto counts = scan.Run(with);
    if (!counts.ok()) return counts.error();
    dropped_rows = counts->dropped_rows;
    range = range.Unseen();
    for (AnyCounter& counter : *with) {
      if constexpr (requires { counter.Flush(); }) counter.Flush();
      range.Merge(counter.range);
    }
    return {};
  }
  // Goes through the log once more, for one who still needs the rows.
  template <typename Sink>
  Status RunFor(Sink* sink) const {
    std::vector<LaterCounter<Sink>> with = {{range.Unseen(), sink}};
    return scan.Run(&with).status();
  }
};

struct TrialLogs {
  CountedLog<RequestRow, RequestCounter> requests;
  CountedLog<ActionRow, ActionCounter> actions;

  // After the first pass, all that was counted is with the first counter of the requests.
  TimeSeries& series() { return requests.counters.front().series; }
  TailCdf& cdf() { return requests.counters.front().cdf; }
};

}  // namespace clockwork::telemetry
