#pragma once

// Estimates of execution and load times from the last measurements (spec/controller.md §5.4). Pure.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "images/common/base/time.h"

namespace clockwork::controller {

// The 99th percentile of the last ten values, interpolated in float32 as the original does, so
// results carry about 24 significant bits.
class PercentileWindow {
 public:
  static constexpr std::size_t kValues = 10;
  static constexpr float kPercentile = 0.99F;

  void Insert(std::uint64_t value);
  // Requires at least one value.
  std::uint64_t Percentile() const;

 private:
  std::array<std::uint64_t, kValues> values_{};  // a ring; next_ is the oldest once full
  std::size_t count_ = 0;
  std::size_t next_ = 0;
};

// The GPU clock that estimates are scaled with before one is reported, in MHz.
inline constexpr std::uint64_t kDefaultGpuClock = 1380;

// No estimate is longer, whatever a worker reports, so that sums of times stay far from overflow.
inline constexpr Nanos kMaxEstimateNs = 3600 * kSecond;

// Execution time of one batch size, kept as duration × clock so that it holds at any clock.
class ExecEstimate {
 public:
  // `initial_ns` counts until the first measurement replaces it.
  explicit ExecEstimate(Nanos initial_ns)
      : work_(static_cast<std::uint64_t>(initial_ns) * kDefaultGpuClock) {}

  // One successful execution: its duration, and the clocks before and after it.
  void Measure(std::uint64_t duration_ns, std::uint64_t clock_before, std::uint64_t clock_after);

  // At `clock` MHz (at least 1).
  Nanos At(std::uint64_t clock) const {
    return static_cast<Nanos>(std::min(work_ / clock, static_cast<std::uint64_t>(kMaxEstimateNs)));
  }

 private:
  PercentileWindow window_;
  std::uint64_t work_;  // ns × MHz
};

// Time to load a model's weights.
class LoadEstimate {
 public:
  explicit LoadEstimate(Nanos initial_ns)
      : load_ns_(std::clamp<Nanos>(initial_ns, 0, kMaxEstimateNs)) {}
  void Measure(Nanos duration_ns);
  Nanos Get() const { return load_ns_; }

 private:
  PercentileWindow window_;
  Nanos load_ns_;
};

}  // namespace clockwork::controller
