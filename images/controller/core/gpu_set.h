#pragma once

// A set of GPU indices as bits, so that "which GPU that is free holds this model" is a few word
// operations whatever the number of GPUs. Pure.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "images/common/base/prefetch.h"

namespace clockwork::controller {

class GpuSet {
 public:
  static constexpr std::size_t kNone = SIZE_MAX;

  explicit GpuSet(std::size_t gpus = 0) : words_((gpus + 63) / 64) {}

  void Insert(std::size_t gpu) { words_[gpu / 64] |= std::uint64_t{1} << (gpu % 64); }
  void Erase(std::size_t gpu) { words_[gpu / 64] &= ~(std::uint64_t{1} << (gpu % 64)); }
  bool Empty() const {
    return std::all_of(words_.begin(), words_.end(), [](std::uint64_t word) { return word == 0; });
  }
  // The members of `a` that are not in `b`. Requires sets of the same size.
  void AssignDifference(const GpuSet& a, const GpuSet& b) {
    for (std::size_t w = 0; w < words_.size(); ++w) words_[w] = a.words_[w] & ~b.words_[w];
  }
  bool Contains(std::size_t gpu) const { return (words_[gpu / 64] >> (gpu % 64) & 1) != 0; }

  // The first member of both sets at or after `from`, going round once; kNone if they share none.
  // The set that is more often empty had better be `a`.
  // Requires sets of the same size and from < gpus.
  static std::size_t NextInBoth(const GpuSet& a, const GpuSet& b, std::size_t from) {
    return Next(a, from, [&b](std::size_t word) { return b.words_[word]; });
  }
  // The first member of `a` that is not in `b`, likewise.
  static std::size_t NextInFirstOnly(const GpuSet& a, const GpuSet& b, std::size_t from) {
    return Next(a, from, [&b](std::size_t word) { return ~b.words_[word]; });
  }

  // Asks for the whole set to be in the cache soon.
  CLOCKWORK_PREFETCHES void Prefetch() const {
    if (!words_.empty()) clockwork::Prefetch(words_.data(), words_.size() * sizeof(words_[0]));
  }

 private:
  template <typename Mask>
  static std::size_t Next(const GpuSet& a, std::size_t from, Mask mask) {
    const std::size_t count = a.words_.size();
    for (std::size_t step = 0; step <= count; ++step) {
      const std::size_t word = (from / 64 + step) % count;
      std::uint64_t bits = a.words_[word];
      if (bits == 0) continue;  // and the other set need not be in the cache
      bits &= mask(word);
      // The word of `from` is looked at twice: first its upper part, at the end its lower part.
      if (step == 0) bits &= ~std::uint64_t{0} << (from % 64);
      if (step == count) bits &= ~(~std::uint64_t{0} << (from % 64));
      if (bits != 0) return word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
    }
    return kNone;
  }

  std::vector<std::uint64_t> words_;
};

}  // namespace clockwork::controller
