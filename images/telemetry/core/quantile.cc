#include "images/telemetry/core/quantile.h"

#include <algorithm>
#include <cmath>

namespace clockwork::telemetry {

QuantilePosition GroupedPosition(std::uint64_t n, double q) {
  const double position = static_cast<double>(n - 1) * q;
  const auto below = static_cast<std::uint64_t>(position);
  return {below, std::min(below + 1, n - 1), position - std::floor(position)};
}

double GroupedQuantile(double a, double b, double fraction) {
  return fraction == 0 ? a : a + (b - a) * fraction;
}

QuantilePosition ColumnPosition(std::uint64_t n, double q) {
  const double position = static_cast<double>(n - 1) * (q * 100.0 / 100.0);
  if (position >= static_cast<double>(n - 1)) return {n - 1, n - 1, 1.0};
  const auto below = static_cast<std::uint64_t>(position);
  return {below, std::min(below + 1, n - 1), position - std::floor(position)};
}

double ColumnQuantile(double a, double b, double fraction) {
  const double d = b - a;
  return fraction < 0.5 ? a + d * fraction : b - d * (1 - fraction);
}

bool QuantileSearch::EndPass(const std::vector<double>& quantiles, std::size_t kept_keys) {
  if (first_pass_) keys_.Tally();
  first_pass_ = false;
  if (count() == 0) return true;
  if (positions_.empty()) {
    for (const double q : quantiles) {
      positions_.push_back(positioner_(count(), q));
      ranks_.push_back(positions_.back().below);
      ranks_.push_back(positions_.back().above);
    }
    std::sort(ranks_.begin(), ranks_.end());
    ranks_.erase(std::unique(ranks_.begin(), ranks_.end()), ranks_.end());
  }
  return keys_.Resolve(ranks_, &values_, kept_keys);
}

QuantileSearch::Neighbours QuantileSearch::At(std::size_t index) const {
  const auto key_at = [this](std::uint64_t rank) {
    const auto found = std::lower_bound(ranks_.begin(), ranks_.end(), rank);
    return values_[static_cast<std::size_t>(found - ranks_.begin())];
  };
  const QuantilePosition& position = positions_[index];
  return {key_at(position.below), key_at(position.above), position.fraction};
}

}  // namespace clockwork::telemetry
