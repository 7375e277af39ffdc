#include "images/controller/core/executor_tracker.h"

#include <algorithm>

namespace clockwork::controller {

void ExecutorTracker::Add(Nanos now_ns, std::int32_t action_id, Nanos duration_ns) {
  if (outstanding_.empty()) work_begin_ns_ = now_ns;
  const std::uint64_t work = static_cast<std::uint64_t>(duration_ns) * clock_;
  outstanding_.push_back({action_id, work});
  total_work_ += work;
}

void ExecutorTracker::Done(std::int32_t action_id, Nanos end_ns, bool success) {
  const auto found = std::find_if(outstanding_.begin(), outstanding_.end(),
                                  [&](const Outstanding& o) { return o.action_id == action_id; });
  if (found == outstanding_.end()) return;
  if (found == outstanding_.begin()) {
    work_begin_ns_ = end_ns;
  } else if (success) {
    work_begin_ns_ += Span(found->work);
  }
  total_work_ -= found->work;
  outstanding_.erase(found);
}

Nanos ExecutorTracker::AvailableNs(Nanos now_ns) const {
  Nanos begin_ns = work_begin_ns_;
  if (!outstanding_.empty() && OverdueNs() < now_ns) {
    begin_ns = now_ns - kLagNs - Span(outstanding_.front().work);
  }
  return std::max(begin_ns + Span(total_work_), now_ns + kFutureNs);
}

Nanos ExecutorTracker::OpensNs(Nanos now_ns, Nanos ahead_ns) const {
  if (AvailableNs(now_ns) < now_ns + ahead_ns) return now_ns;
  // Until the front is overdue, the planned end comes nearer as time passes. From then on it keeps
  // its distance, because the front counts as due kLagNs ago.
  const Nanos opens_ns = work_begin_ns_ + Span(total_work_) - ahead_ns + 1;
  if (!outstanding_.empty() && opens_ns > OverdueNs()) return kNever;
  return std::max(opens_ns, now_ns + 1);
}

}  // namespace clockwork::controller
