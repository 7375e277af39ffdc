#pragma once

// A queue in one block of memory that grows to what was once needed and is then reused, so that
// passing through it neither allocates nor leaves the neighbourhood in memory. References hold
// until the next PushBack or Extend. Pure.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

namespace clockwork::controller {

template <typename T>
class Ring {
 public:
  bool empty() const { return begin_ == end_; }
  std::size_t size() const { return end_ - begin_; }
  // Counted from the front. Requires index < size().
  T& operator[](std::size_t index) { return slots_[(begin_ + index) & (slots_.size() - 1)]; }
  const T& operator[](std::size_t index) const {
    return slots_[(begin_ + index) & (slots_.size() - 1)];
  }
  T& front() { return (*this)[0]; }
  const T& front() const { return (*this)[0]; }

  // Room for `count` without growing, of an empty ring.
  void Reserve(std::size_t count) {
    if (empty() && count > slots_.size()) slots_ = std::vector<T>(std::bit_ceil(count));
  }
  void PushBack(T value) { Extend() = std::move(value); }
  // One more at the back, which holds whatever it held when it was last in use.
  T& Extend() {
    if (size() == slots_.size()) Grow();
    ++end_;
    return (*this)[size() - 1];
  }
  void PopFront() { ++begin_; }
  // Those before it move, as few are expected there.
  void Erase(std::size_t index) {
    for (; index > 0; --index) std::swap((*this)[index], (*this)[index - 1]);
    PopFront();
  }

 private:
  static constexpr std::size_t kFirstSlots = 4;

  void Grow() {
    std::vector<T> larger(std::max(kFirstSlots, 2 * slots_.size()));
    const std::size_t count = size();
    for (std::size_t i = 0; i < count; ++i) larger[i] = std::move((*this)[i]);
    slots_ = std::move(larger);
    begin_ = 0;
    end_ = count;
  }

  std::vector<T> slots_;   // a power of two, or none
  std::size_t begin_ = 0;  // both count up for ever
  std::size_t end_ = 0;
};

}  // namespace clockwork::controller
