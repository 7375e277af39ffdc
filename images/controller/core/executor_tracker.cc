#include "images/controller/core/executor_tracker.h"

#include <algorithm>

namespace clockwork::controller {

// Once per change and not per question: divisions are slow.
void ExecutorTracker::UpdateSpans() {
  total_span_ns_ = Span(total_work_);
  front_span_ns_ = outstanding_.empty() ? 0 : Span(outstanding_.front().work);
}

void ExecutorTracker::SetClock(std::uint64_t clock) {
  const std::uint64_t before = clock_;
  clock_ = clock > 0 ? clock : kDefaultGpuClock;
  if (clock_ != before) UpdateSpans();
}

void ExecutorTracker::Add(Nanos now_ns, std::int32_t action_id, Nanos duration_ns) {
  if (outstanding_.empty()) work_begin_ns_ = now_ns;
  const std::uint64_t work = static_cast<std::uint64_t>(duration_ns) * clock_;
  outstanding_.PushBack({action_id, work});
  total_work_ += work;
  UpdateSpans();
}

void ExecutorTracker::Done(std::int32_t action_id, Nanos end_ns, bool success) {
  std::size_t found = 0;
  while (found < outstanding_.size() && outstanding_[found].action_id != action_id) ++found;
  if (found == outstanding_.size()) return;
  const std::uint64_t work = outstanding_[found].work;
  if (found == 0) {
    work_begin_ns_ = end_ns;
  } else if (success) {
    work_begin_ns_ += Span(work);
  }
  total_work_ -= work;
  outstanding_.Erase(found);
  UpdateSpans();
}

Nanos ExecutorTracker::AvailableNs(Nanos now_ns) const {
  Nanos begin_ns = work_begin_ns_;
  if (!outstanding_.empty() && OverdueNs() < now_ns) begin_ns = now_ns - kLagNs - front_span_ns_;
  return std::max(begin_ns + total_span_ns_, now_ns + kFutureNs);
}

Nanos ExecutorTracker::OpensNs(Nanos now_ns, Nanos ahead_ns) const {
  if (AvailableNs(now_ns) < now_ns + ahead_ns) return now_ns;
  // Until the front is overdue, the planned end comes nearer as time passes. From then on it keeps
  // its distance, because the front counts as due kLagNs ago.
  const Nanos opens_ns = work_begin_ns_ + total_span_ns_ - ahead_ns + 1;
  if (!outstanding_.empty() && opens_ns > OverdueNs()) return kNever;
  return std::max(opens_ns, now_ns + 1);
}

}  // namespace clockwork::controller
