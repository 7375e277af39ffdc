#pragma once

// Spans of time counted in fixed memory (19 KB): exact below 128 ns, then 64 buckets per power of
// two, which is a precision of 1/64 (1.6 %), up to 2^40 ns (18 minutes). Longer ones are counted
// apart and reported at the upper end; negative ones count as 0. Pure; one thread.

#include <array>
#include <cstddef>
#include <cstdint>

#include "images/common/base/time.h"

namespace clockwork::client {

class Histogram {
 public:
  static constexpr Nanos kEndNs = Nanos{1} << 40;

  void Record(Nanos value_ns, std::uint64_t times = 1);
  // Afterwards this is as if everything recorded in `other` had been recorded here.
  void Merge(const Histogram& other);

  std::uint64_t count() const { return count_; }
  // Values of kEndNs and above. They are part of count().
  std::uint64_t out_of_range() const { return out_of_range_; }
  // The largest value, exactly; 0 when empty.
  Nanos max_ns() const { return max_ns_; }

  // The smallest bucket end that at least `fraction` (0..1] of the values do not exceed, so never
  // less than the exact quantile, and at most 1/64 more; never above max_ns(). 0 when empty.
  Nanos QuantileNs(double fraction) const;

 private:
  static constexpr int kSubBits = 6;
  static constexpr int kEndBits = 40;
  static constexpr std::size_t kSubBuckets = std::size_t{1} << kSubBits;
  static constexpr std::size_t kBuckets = (kEndBits - kSubBits + 1) * kSubBuckets;

  static std::size_t BucketOf(Nanos value_ns);
  static Nanos LastOf(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t out_of_range_ = 0;
  Nanos max_ns_ = 0;
};

}  // namespace clockwork::client
