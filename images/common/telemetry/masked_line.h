#pragma once

// The fields of a line all of whose separators lie in one mask of kMaskBytes: found without a
// branch per field. Pure.

#include <bit>
#include <cstddef>
#include <cstdint>

#include "images/common/telemetry/digits.h"

namespace clockwork::telemetry {

template <std::size_t kFields>
class MaskedLine {
 public:
  // Begins with the tab before the first field. kMaskBytes and 8 must be readable.
  [[gnu::always_inline]] explicit MaskedLine(const char* begin) : begin_(begin) {
    const std::uint64_t separators = NonDigits(begin);
    // The first separator that is no tab has to be the line's end. It is not found by counting
    // fields: where the next line begins must not wait for that.
    const std::uint64_t strange = separators ^ Tabs(begin);
    const std::uint64_t last = strange & (0 - strange);
    if (last == 0) return;
    ends_[kFields] = std::countr_zero(strange);
    std::uint64_t left = separators;
    ends_[0] = 0;
#pragma GCC unroll 32
    for (std::size_t i = 1; i < kFields; ++i) {
      left &= left - 1;
      if (left == 0) return;
      ends_[i] = std::countr_zero(left);
    }
    const std::uint64_t adjacent = separators & (separators >> 1) & (last - 1);
    // Of the separators up to the last one only that one is left, the first is the first byte, and
    // no two stand together.
    good_ = (left & (left - 1) & (last | (last - 1))) == last && (separators & 1) != 0 &&
            adjacent == 0 && begin[ends_[kFields]] == '\n';
  }

  // It has as many fields, of one digit or more each, and nothing else.
  bool good() const { return good_; }
  // The rest requires good(). Of field i, from 0:
  const char* at(std::size_t i) const { return begin_ + ends_[i] + 1; }
  std::size_t length(std::size_t i) const {
    return static_cast<std::size_t>(ends_[i + 1] - ends_[i] - 1);
  }
  // Negative when it has more than `most` digits: an OR of several tells of all.
  int Room(std::size_t i, int most) const { return most - (ends_[i + 1] - ends_[i] - 1); }
  // Behind the line's end.
  const char* end() const { return begin_ + ends_[kFields] + 1; }

 private:
  const char* begin_;
  int ends_[kFields + 1];  // places of the separators, the first one included
  bool good_ = false;
};

}  // namespace clockwork::telemetry
