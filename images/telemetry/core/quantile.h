#pragma once

// The two ways in which the published scripts interpolate between order statistics: that of
// grouped data (time series, spec/telemetry.md §2.6) and that of whole columns (tail CDF, §2.7).
// They differ in the last digit, and at infinities. Pure.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "images/telemetry/core/order_statistics.h"

namespace clockwork::telemetry {

// Where a quantile lies among n sorted values: between the ranks `below` and `above` (the same one
// if it is exact or the last), `fraction` of the way.
struct QuantilePosition {
  std::uint64_t below = 0;
  std::uint64_t above = 0;
  double fraction = 0;
};

// §2.6: position (n-1)*q, value a + (b-a)*t, a itself for t = 0. Requires n > 0.
QuantilePosition GroupedPosition(std::uint64_t n, double q);
double GroupedQuantile(double a, double b, double fraction);

// §2.7: q makes the way to per cent and back first; value a + d*t for t < 0.5, else b - d*(1-t),
// with d = b-a. From position n-1 on, the maximum as b - d*0. Infinities make NaN as they fall.
QuantilePosition ColumnPosition(std::uint64_t n, double q);
double ColumnQuantile(double a, double b, double fraction);

// Quantiles of keys that are seen pass by pass (order_statistics.h).
class QuantileSearch {
 public:
  using Positioner = QuantilePosition (*)(std::uint64_t n, double q);
  struct Neighbours {
    std::uint64_t below = 0;  // keys
    std::uint64_t above = 0;
    double fraction = 0;
  };

  QuantileSearch(int first_pass_bits, Positioner positioner)
      : keys_(first_pass_bits), positioner_(positioner) {}

  void Add(std::uint64_t key) { keys_.Add(key); }
  // As OrderStatistics::Count.
  template <int kFirstPassBits>
  void Count(std::uint64_t key) {
    keys_.Count<kFirstPassBits>(key);
  }
  // As OrderStatistics::MarkWanted. Requires that EndPass was called.
  void MarkWanted(std::uint8_t flag, WantedCells* cells) const { keys_.MarkWanted(flag, cells); }
  // As if the keys of `other` had been added here. Both are in their first pass.
  void Merge(const QuantileSearch& other) { keys_.Merge(other.keys_); }
  // True when the keys next to all the quantiles are known; else another pass is needed.
  // `quantiles` are the same in every pass. `kept_keys`: as of OrderStatistics::Resolve.
  bool EndPass(const std::vector<double>& quantiles, std::size_t kept_keys = 0);

  std::uint64_t count() const { return keys_.count(); }
  std::uint64_t max() const { return keys_.max(); }
  // Of quantiles[index]. Requires count() > 0 and that EndPass was true.
  Neighbours At(std::size_t index) const;

 private:
  OrderStatistics keys_;
  bool first_pass_ = true;
  Positioner positioner_;
  std::vector<QuantilePosition> positions_;
  std::vector<std::uint64_t> ranks_;   // those of positions_, ascending
  std::vector<std::uint64_t> values_;  // the keys of ranks_
};

}  // namespace clockwork::telemetry
