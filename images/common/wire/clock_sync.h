#pragma once

// Clock synchronisation of one connection (spec/protocol.md §6.3). Each side keeps the smallest of
// its last 1024 "own clock at receipt − peer clock at sending" and tells it to the peer in every
// message; half the difference of the two minima estimates the clock offset. Pure; one thread.

#include <array>
#include <cstddef>
#include <cstdint>

#include "images/common/base/time.h"
#include "images/common/wire/framing.h"

namespace clockwork::wire {

// Minimum of the last kWindow values, amortised constant time per value and no allocation.
class WindowMinimum {
 public:
  static constexpr std::size_t kWindow = 1024;

  void Insert(Nanos value);
  // kNoDelta before the first value.
  Nanos Minimum() const { return head_ == tail_ ? kNoDelta : entries_[head_ % kWindow].value; }

 private:
  struct Entry {
    Nanos value;
    std::uint64_t sequence;
  };
  // A queue of candidates with increasing values; the head is the minimum.
  std::array<Entry, kWindow> entries_;
  std::uint64_t head_ = 0;
  std::uint64_t tail_ = 0;
  std::uint64_t inserted_ = 0;
};

class ClockSync {
 public:
  // `received_ns`: own clock when the pre-header was complete; the others are its words 4 and 5.
  void OnMessage(Nanos received_ns, Nanos sender_clock_ns, Nanos sender_delta_ns);

  // What to put into word 5 of messages sent.
  Nanos LocalDeltaNs() const { return local_.Minimum(); }
  // Estimate of own clock − peer clock; 0 until the peer has sent its delta.
  Nanos OffsetNs() const;
  // Estimate of the round trip; 0 until the peer has sent its delta.
  Nanos RoundTripNs() const;

 private:
  WindowMinimum local_;
  WindowMinimum remote_;
};

}  // namespace clockwork::wire
