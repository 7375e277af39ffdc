#pragma once

// Which of a fixed number of parties is due next: a binary heap that knows each party's position,
// so that a due time is changed in O(log n). Pure; one thread.

#include <cstdint>
#include <vector>

#include "images/common/base/time.h"

namespace clockwork::worker {

class DueHeap {
 public:
  // Parties 0 .. count-1, none of them due.
  explicit DueHeap(std::uint32_t count);

  // kNever: not due. At equal times the smaller rank goes first, then the smaller party.
  void Set(std::uint32_t party, Nanos due_ns, std::uint32_t rank);

  // Requires count > 0.
  std::uint32_t First() const { return heap_.front(); }
  Nanos FirstDueNs() const { return keys_[heap_.front()].due_ns; }

 private:
  struct Key {
    Nanos due_ns = kNever;
    std::uint32_t rank = 0;
    std::uint32_t position = 0;  // in heap_
  };

  bool Before(std::uint32_t a, std::uint32_t b) const;
  void Put(std::uint32_t position, std::uint32_t party);
  void SiftUp(std::uint32_t position);
  void SiftDown(std::uint32_t position);

  std::vector<Key> keys_;            // by party
  std::vector<std::uint32_t> heap_;  // parties
};

}  // namespace clockwork::worker
