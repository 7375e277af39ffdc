#pragma once

// Repeated measurements as one line of JSON: median, smallest and largest. Pure, but for the clock.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "images/common/plan/results.h"

namespace clockwork::bench {

// Null of none.
inline nlohmann::ordered_json Spread(const std::vector<double>& values) {
  const std::optional<double> median = plan::Median(values);
  if (!median) return nullptr;
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  return {{"median", *median}, {"min", *min}, {"max", *max}};
}

// Seconds that each of `runs` calls took.
inline std::vector<double> TimeRuns(std::size_t runs, const std::function<void()>& run) {
  std::vector<double> seconds;
  for (std::size_t i = 0; i < runs; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    run();
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  return seconds;
}

}  // namespace clockwork::bench
