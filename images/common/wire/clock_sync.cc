#include "images/common/wire/clock_sync.h"

#include "images/common/base/int128.h"

namespace clockwork::wire {

void WindowMinimum::Insert(Nanos value) {
  std::uint64_t tail = tail_;
  while (tail != head_ && entries_[(tail - 1) % kWindow].value >= value) --tail;
  if (tail != head_ && entries_[head_ % kWindow].sequence + kWindow <= inserted_) ++head_;
  entries_[tail % kWindow] = {value, inserted_};
  tail_ = tail + 1;
  ++inserted_;
}

void ClockSync::OnMessage(Nanos received_ns, Nanos sender_clock_ns, Nanos sender_delta_ns) {
  // A peer may send any bits: subtract as unsigned words, where wrapping is defined.
  local_.Insert(static_cast<Nanos>(static_cast<std::uint64_t>(received_ns) -
                                   static_cast<std::uint64_t>(sender_clock_ns)));
  remote_.Insert(sender_delta_ns);
}

Nanos ClockSync::OffsetNs() const {
  if (remote_.Minimum() == kNoDelta) return 0;
  return static_cast<Nanos>((static_cast<Int128>(local_.Minimum()) - remote_.Minimum()) / 2);
}

Nanos ClockSync::RoundTripNs() const {
  if (remote_.Minimum() == kNoDelta) return 0;
  return static_cast<Nanos>(static_cast<std::uint64_t>(local_.Minimum()) +
                            static_cast<std::uint64_t>(remote_.Minimum()));
}

}  // namespace clockwork::wire
