#pragma once

// The models that a GPU holds, least recently used first: a list whose links lie side by side, so
// that walking it stays within a few cache lines. Taking in, touching and dropping cost O(1), a
// walk O(models passed). Pure.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "images/common/base/prefetch.h"

namespace clockwork::controller {

class UseOrder {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  // Adds a member as the most recently used. Returns its place, which is stable until Remove.
  std::uint32_t Add(std::uint32_t member);
  // Makes the member at `place` the most recently used.
  void Touch(std::uint32_t place);
  void Remove(std::uint32_t place);

  // Asks for the whole list to be in the cache soon.
  CLOCKWORK_PREFETCHES void Prefetch() const {
    if (!nodes_.empty()) clockwork::Prefetch(nodes_.data(), nodes_.size() * sizeof(Node));
  }

  // The walk: places from the least recently used on, kNone at the end.
  std::uint32_t Oldest() const { return oldest_; }
  std::uint32_t Newer(std::uint32_t place) const { return nodes_[place].newer; }
  std::uint32_t Member(std::uint32_t place) const { return nodes_[place].member; }

 private:
  struct Node {
    std::uint32_t member = 0;
    std::uint32_t older = kNone;
    std::uint32_t newer = kNone;
  };

  void Append(std::uint32_t place);
  void Detach(std::uint32_t place);

  std::vector<Node> nodes_;  // as many as there ever were members at once
  std::vector<std::uint32_t> free_;
  std::uint32_t oldest_ = kNone;
  std::uint32_t newest_ = kNone;
};

}  // namespace clockwork::controller
