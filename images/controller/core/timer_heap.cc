#include "images/controller/core/timer_heap.h"

namespace clockwork::controller {

void TimerHeap::Place(std::size_t index, Entry entry) {
  heap_[index] = entry;
  position_[entry.id] = static_cast<std::uint32_t>(index);
}

void TimerHeap::Rise(std::size_t index, Entry entry) {
  while (index > 0 && entry.due_ns < heap_[(index - 1) / 2].due_ns) {
    Place(index, heap_[(index - 1) / 2]);
    index = (index - 1) / 2;
  }
  Place(index, entry);
}

void TimerHeap::Sink(std::size_t index, Entry entry) {
  while (2 * index + 1 < heap_.size()) {
    std::size_t child = 2 * index + 1;
    if (child + 1 < heap_.size() && heap_[child + 1].due_ns < heap_[child].due_ns) ++child;
    if (entry.due_ns <= heap_[child].due_ns) break;
    Place(index, heap_[child]);
    index = child;
  }
  Place(index, entry);
}

void TimerHeap::Fix(std::size_t index, Entry entry) {
  if (index > 0 && entry.due_ns < heap_[(index - 1) / 2].due_ns) {
    Rise(index, entry);
  } else {
    Sink(index, entry);
  }
}

void TimerHeap::Set(std::uint32_t id, Nanos due_ns) {
  if (position_[id] == kAbsent) {
    heap_.push_back({});
    Rise(heap_.size() - 1, {due_ns, id});
  } else {
    Fix(position_[id], {due_ns, id});
  }
}

void TimerHeap::Cancel(std::uint32_t id) {
  const std::uint32_t index = position_[id];
  if (index == kAbsent) return;
  position_[id] = kAbsent;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (index < heap_.size()) Fix(index, last);
}

std::uint32_t TimerHeap::Pop() {
  const std::uint32_t id = heap_.front().id;
  Cancel(id);
  return id;
}

}  // namespace clockwork::controller
