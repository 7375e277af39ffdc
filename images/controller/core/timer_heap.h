#pragma once

// At most one due time per small integer id, and the earliest of all. Setting, cancelling and
// popping cost O(log ids). Equal times come in any fixed order. Pure.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "images/common/base/time.h"

namespace clockwork::controller {

class TimerHeap {
 public:
  explicit TimerHeap(std::size_t ids) : position_(ids, kAbsent) {}

  // Replaces the id's due time.
  void Set(std::uint32_t id, Nanos due_ns);
  void Cancel(std::uint32_t id);
  // kNever when nothing is set.
  Nanos NextNs() const { return heap_.empty() ? kNever : heap_.front().due_ns; }
  // Takes the earliest id out. Requires NextNs() != kNever.
  std::uint32_t Pop();

 private:
  static constexpr std::uint32_t kAbsent = UINT32_MAX;
  struct Entry {
    Nanos due_ns;
    std::uint32_t id;
  };

  void Place(std::size_t index, Entry entry);
  void Rise(std::size_t index, Entry entry);
  void Sink(std::size_t index, Entry entry);
  void Fix(std::size_t index, Entry entry);

  std::vector<Entry> heap_;              // binary heap by due_ns
  std::vector<std::uint32_t> position_;  // id -> index in heap_
};

}  // namespace clockwork::controller
