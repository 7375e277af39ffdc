#pragma once

// When one executor of a GPU (infers, or loads) will be free: the work sent to it and not yet
// reported done (spec/controller.md §5.5). Pure.

#include <cstdint>

#include "images/common/base/time.h"
#include "images/controller/core/estimate.h"
#include "images/controller/core/ring.h"

namespace clockwork::controller {

class ExecutorTracker {
 public:
  // An action overdue by more than this does not block planning.
  static constexpr Nanos kLagNs = 10 * kMillisecond;
  // Assumed delay from a decision to the worker.
  static constexpr Nanos kFutureNs = 1 * kMillisecond;

  void Add(Nanos now_ns, std::int32_t action_id, Nanos duration_ns);
  // `end_ns`: the worker's reported end in controller time on success, else now. An unknown action
  // is ignored.
  void Done(std::int32_t action_id, Nanos end_ns, bool success);

  // When an action sent now would start.
  Nanos AvailableNs(Nanos now_ns) const;
  // The earliest point at or after now_ns at which AvailableNs(t) < t + ahead_ns, if nothing
  // happens until then; kNever when there is none. Requires ahead_ns > kFutureNs.
  Nanos OpensNs(Nanos now_ns, Nanos ahead_ns) const;

  void SetClock(std::uint64_t clock);
  std::uint64_t clock() const { return clock_; }
  bool idle() const { return outstanding_.empty(); }

 private:
  struct Outstanding {
    std::int32_t action_id = 0;
    std::uint64_t work = 0;  // ns × MHz
  };

  Nanos Span(std::uint64_t work) const { return static_cast<Nanos>(work / clock_); }
  // When the front action counts as overdue.
  Nanos OverdueNs() const { return work_begin_ns_ + front_span_ns_ + kLagNs; }
  void UpdateSpans();

  std::uint64_t clock_ = kDefaultGpuClock;
  Nanos work_begin_ns_ = 0;
  std::uint64_t total_work_ = 0;
  Nanos total_span_ns_ = 0;  // what total_work_ takes at clock_, and the front action
  Nanos front_span_ns_ = 0;
  Ring<Outstanding> outstanding_;
};

}  // namespace clockwork::controller
