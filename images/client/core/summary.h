#pragma once

// What a run says about itself: the JSON summary and progress of docs/programs.md, and whether the
// measurement is valid. Pure: text out, files are written elsewhere.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "images/client/core/ledger.h"
#include "images/client/core/step_schedule.h"
#include "images/common/base/time.h"

namespace clockwork::client {

// A load step is valid when 99 % of its requests left at most this late.
inline constexpr Nanos kMaxLagP99Ns = kMillisecond;

// What the run was, as far as it got.
struct RunFacts {
  std::int64_t workers = 0;
  std::string trace;
  std::string zoo;
  std::string model_order;
  Nanos elapsed_ns = 0;          // of the load steps; less than the schedule when cut short
  std::string cut_short_reason;  // why it ended before its end, one sentence; else empty
};

struct StepSummary {
  std::size_t step = 0;
  double factor = 0;
  double seconds = 0;
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t good = 0;
  double offered_rps = 0;
  double good_rps = 0;
  Nanos lag_p50_ns = 0;
  Nanos lag_p99_ns = 0;
  Nanos lag_max_ns = 0;
};

struct RunSummary {
  bool valid = false;
  std::string invalid_reason;  // empty when valid
  RunFacts facts;
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t good = 0;
  std::uint64_t unanswered = 0;
  Nanos lag_p99_ns = 0;  // largest over the steps
  Nanos lag_max_ns = 0;
  double offered_rps = 0;  // of the last step
  double good_rps = 0;     // of the best step
  std::vector<StepSummary> steps;
};

// Requires a closed ledger with one book per step of the schedule. Steps that did not begin are
// left out.
RunSummary Summarise(const Ledger& ledger, const StepSchedule& schedule, RunFacts facts);

// With a limit (0: none) on the bytes, what does not fit is left out: first all of the steps but
// their offeredRps, then the steps, then the end of the reason.
std::string SummaryJson(const RunSummary& summary, std::size_t max_bytes = 0);

struct Progress {
  std::size_t step = 0;
  std::size_t steps = 0;
  double factor = 0;
  Nanos elapsed_ns = 0;
  Nanos total_ns = 0;
  double offered_rps = 0;
  double good_rps = 0;
  std::string_view phase;  // "loading", "running" or "draining"
};

std::string ProgressJson(const Progress& progress);

}  // namespace clockwork::client
