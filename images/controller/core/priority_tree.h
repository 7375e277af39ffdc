#pragma once

// Values of a fixed number of members, and the largest of those that a caller does not exclude. A
// tournament: each inner node holds the largest value below it, so a search looks only where
// something better may be. Setting costs O(log members), less when the winners above stay. Pure.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace clockwork::controller {

class PriorityTree {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  explicit PriorityTree(std::size_t members)
      : leaves_(std::bit_ceil(members + 1)), nodes_(2 * leaves_, Node{}) {}

  void Set(std::uint32_t member, std::int64_t value) { Put(member, {value, true}); }
  void Remove(std::uint32_t member) { Put(member, {}); }

  // Of the members that have a value and that eligible(member) lets through: the one with the
  // largest value; among equals, the one for which before(member, other) holds against each other.
  // kNone when there is none.
  template <typename Eligible, typename Before>
  std::uint32_t Largest(Eligible&& eligible, Before&& before) const {
    std::uint32_t best = kNone;
    Search(1, eligible, before, &best);
    return best;
  }

 private:
  struct Node {
    std::int64_t value = INT64_MIN;
    bool present = false;
    bool operator==(const Node&) const = default;
    bool Exceeds(const Node& other) const {
      return present && (!other.present || value > other.value);
    }
  };

  void Put(std::uint32_t member, Node node) {
    std::size_t at = leaves_ + member;
    nodes_[at] = node;
    for (at /= 2; at > 0; at /= 2) {
      const Node& left = nodes_[2 * at];
      const Node& right = nodes_[2 * at + 1];
      const Node winner = right.Exceeds(left) ? right : left;
      if (winner == nodes_[at]) return;
      nodes_[at] = winner;
    }
  }

  template <typename Eligible, typename Before>
  void Search(std::size_t at, Eligible& eligible, Before& before, std::uint32_t* best) const {
    const Node& node = nodes_[at];
    if (!node.present) return;
    if (*best != kNone && nodes_[leaves_ + *best].value > node.value) return;
    if (at >= leaves_) {
      const auto member = static_cast<std::uint32_t>(at - leaves_);
      if (!eligible(member)) return;
      if (*best == kNone || node.value > nodes_[leaves_ + *best].value || before(member, *best)) {
        *best = member;
      }
      return;
    }
    // The better half first, so that the other is often not worth a look.
    const std::size_t first = nodes_[2 * at + 1].Exceeds(nodes_[2 * at]) ? 2 * at + 1 : 2 * at;
    Search(first, eligible, before, best);
    Search(first ^ 1, eligible, before, best);
  }

  std::size_t leaves_;
  std::vector<Node> nodes_;  // 1 is the root; the children of i are 2i and 2i+1
};

}  // namespace clockwork::controller
