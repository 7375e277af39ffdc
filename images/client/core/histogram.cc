#include "images/client/core/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace clockwork::client {

std::size_t Histogram::BucketOf(Nanos value_ns) {
  const auto value = static_cast<std::uint64_t>(value_ns);
  const auto width = static_cast<int>(std::bit_width(value));
  if (width <= kSubBits + 1) return value;
  // The leading one and the kSubBits bits below it choose the bucket.
  const int shift = width - kSubBits - 1;
  return static_cast<std::size_t>(shift) * kSubBuckets + (value >> shift);
}

Nanos Histogram::LastOf(std::size_t bucket) {
  if (bucket < 2 * kSubBuckets) return static_cast<Nanos>(bucket);
  const std::size_t shift = bucket / kSubBuckets - 1;
  const std::size_t leading = bucket - shift * kSubBuckets;
  return static_cast<Nanos>(((leading + 1) << shift) - 1);
}

void Histogram::Record(Nanos value_ns, std::uint64_t times) {
  value_ns = std::max<Nanos>(value_ns, 0);
  count_ += times;
  max_ns_ = std::max(max_ns_, value_ns);
  if (value_ns >= kEndNs) {
    out_of_range_ += times;
  } else {
    buckets_[BucketOf(value_ns)] += times;
  }
}

void Histogram::Merge(const Histogram& other) {
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    buckets_[bucket] += other.buckets_[bucket];
  }
  count_ += other.count_;
  out_of_range_ += other.out_of_range_;
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

Nanos Histogram::QuantileNs(double fraction) const {
  if (count_ == 0) return 0;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(fraction * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= wanted && seen > 0) return std::min(LastOf(bucket), max_ns_);
  }
  return max_ns_;
}

}  // namespace clockwork::client
