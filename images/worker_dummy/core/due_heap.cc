#include "images/worker_dummy/core/due_heap.h"

namespace clockwork::worker {

DueHeap::DueHeap(std::uint32_t count) : keys_(count), heap_(count) {
  for (std::uint32_t i = 0; i < count; ++i) Put(i, i);
}

bool DueHeap::Before(std::uint32_t a, std::uint32_t b) const {
  if (keys_[a].due_ns != keys_[b].due_ns) return keys_[a].due_ns < keys_[b].due_ns;
  if (keys_[a].rank != keys_[b].rank) return keys_[a].rank < keys_[b].rank;
  return a < b;
}

void DueHeap::Put(std::uint32_t position, std::uint32_t party) {
  heap_[position] = party;
  keys_[party].position = position;
}

void DueHeap::SiftUp(std::uint32_t position) {
  const std::uint32_t party = heap_[position];
  while (position > 0) {
    const std::uint32_t parent = (position - 1) / 2;
    if (!Before(party, heap_[parent])) break;
    Put(position, heap_[parent]);
    position = parent;
  }
  Put(position, party);
}

void DueHeap::SiftDown(std::uint32_t position) {
  const std::uint32_t party = heap_[position];
  const auto count = static_cast<std::uint32_t>(heap_.size());
  while (true) {
    std::uint32_t child = 2 * position + 1;
    if (child >= count) break;
    if (child + 1 < count && Before(heap_[child + 1], heap_[child])) ++child;
    if (!Before(heap_[child], party)) break;
    Put(position, heap_[child]);
    position = child;
  }
  Put(position, party);
}

void DueHeap::Set(std::uint32_t party, Nanos due_ns, std::uint32_t rank) {
  Key& key = keys_[party];
  if (key.due_ns == due_ns && key.rank == rank) return;
  key.due_ns = due_ns;
  key.rank = rank;
  SiftUp(key.position);
  SiftDown(keys_[party].position);
}

}  // namespace clockwork::worker
