#include "images/client/core/ledger.h"

#include <bit>
#include <cassert>
#include <utility>

#include "images/common/base/prefetch.h"

namespace clockwork::client {

Ledger::Ledger(std::size_t steps, std::size_t max_outstanding)
    : steps_(steps), slots_(max_outstanding) {
  assert(std::has_single_bit(max_outstanding));
}

void Ledger::OnSent(std::uint32_t id, std::size_t step, Nanos scheduled_ns, Nanos sent_ns) {
  Slot& slot = slots_[id & (slots_.size() - 1)];
  if (slot.step != kFree) {
    ++steps_[slot.step].unanswered;
    ++pushed_out_;
    --outstanding_;
  }
  slot = {sent_ns, id, static_cast<std::uint32_t>(step)};
  ++outstanding_;
  StepBook& book = steps_[step];
  ++book.sent;
  book.lag.Record(sent_ns - scheduled_ns);
  ++interval_.sent;
  interval_.lag.Record(sent_ns - scheduled_ns);
}

bool Ledger::OnAnswer(std::uint32_t id, std::int32_t status, Nanos received_ns) {
  Slot& slot = slots_[id & (slots_.size() - 1)];
  if (slot.step == kFree || slot.id != id) {
    ++unmatched_;
    return false;
  }
  // Answers come nearly in the order of the requests, which is long after they were booked.
  Prefetch(&slots_[(id + kPrefetchAhead) & (slots_.size() - 1)], sizeof(Slot));
  StepBook& book = steps_[slot.step];
  slot.step = kFree;
  --outstanding_;
  ++interval_.answered;
  if (status != 0) {
    ++book.failed;
  } else if (received_ns - slot.sent_ns > kSloNs) {
    ++book.late;
  } else {
    ++book.good;
    ++interval_.good;
  }
  return true;
}

void Ledger::OnUnsent(std::size_t step, Nanos scheduled_ns, Nanos now_ns) {
  StepBook& book = steps_[step];
  ++book.unsent;
  book.lag.Record(now_ns - scheduled_ns);
}

void Ledger::Close() {
  for (Slot& slot : slots_) {
    if (slot.step == kFree) continue;
    ++steps_[slot.step].unanswered;
    slot.step = kFree;
  }
  outstanding_ = 0;
}

IntervalBook Ledger::TakeInterval() { return std::exchange(interval_, {}); }

}  // namespace clockwork::client
