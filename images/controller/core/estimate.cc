#include "images/controller/core/estimate.h"

#include <algorithm>
#include <cmath>

namespace clockwork::controller {

void PercentileWindow::Insert(std::uint64_t value) {
  values_[next_] = value;
  next_ = (next_ + 1) % kValues;
  count_ = std::min(count_ + 1, kValues);
}

std::uint64_t PercentileWindow::Percentile() const {
  std::array<std::uint64_t, kValues> sorted = values_;
  std::sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(count_));
  const float position = kPercentile * static_cast<float>(count_ - 1);
  const auto down = static_cast<std::size_t>(std::floor(position));
  const auto up = static_cast<std::size_t>(std::ceil(position));
  if (up == down) return sorted[down];
  return static_cast<std::uint64_t>(
      static_cast<float>(sorted[up]) * (position - static_cast<float>(down)) +
      static_cast<float>(sorted[down]) * (static_cast<float>(up) - position));
}

void ExecEstimate::Measure(std::uint64_t duration_ns, std::uint64_t clock_before,
                           std::uint64_t clock_after) {
  window_.Insert(duration_ns * ((clock_before + clock_after) / 2));
  work_ = window_.Percentile();
}

void LoadEstimate::Measure(Nanos duration_ns) {
  window_.Insert(static_cast<std::uint64_t>(std::clamp<Nanos>(duration_ns, 0, kMaxEstimateNs)));
  load_ns_ = static_cast<Nanos>(window_.Percentile());
}

}  // namespace clockwork::controller
