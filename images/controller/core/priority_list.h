#pragma once

// A value of each of a fixed number of members, and the largest of those that a set of bits names.
// A flat list, not a heap or a tree: finding looks at every named value, but at eight with one
// instruction where the processor can, and setting costs nothing. Pure.

#include <bit>
#include <cstddef>
#include <cstdint>

#include "images/controller/core/aligned_vector.h"

namespace clockwork::controller {

class PriorityList {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  explicit PriorityList(std::size_t members) : values_((members + kWord - 1) / kWord * kWord) {}

  void Set(std::uint32_t member, std::int64_t value) { values_[member] = value; }
  std::int64_t Get(std::uint32_t member) const { return values_[member]; }

  // Of the members whose bits word(0), word(1), ... name: the one with the largest value; among
  // equals, the one for which before(member, other) holds against each other. kNone when no bit is
  // set.
  template <typename Word, typename Before>
  std::uint32_t Largest(Word&& word, Before&& before) const {
    std::uint32_t best = kNone;
    std::int64_t bound = INT64_MIN;
    for (std::size_t w = 0; w < values_.size() / kWord; ++w) {
      const std::uint64_t named = word(w);
      if (named == 0) continue;
      for (std::uint64_t bits = AtLeast(&values_[w * kWord], named, bound); bits != 0;
           bits &= bits - 1) {
        const auto member = static_cast<std::uint32_t>(w * kWord) +
                            static_cast<std::uint32_t>(std::countr_zero(bits));
        const std::int64_t value = values_[member];
        if (value < bound) continue;  // the bound rose within the word
        if (best != kNone && value == bound && !before(member, best)) continue;
        best = member;
        bound = value;
      }
    }
    return best;
  }

 private:
  static constexpr std::size_t kWord = 64;

  // Which of the 64 values whose bits are set in `named` are at least `bound`.
  static std::uint64_t AtLeast(const std::int64_t* values, std::uint64_t named, std::int64_t bound);

  AlignedVector<std::int64_t> values_;  // whole words of them
};

}  // namespace clockwork::controller
