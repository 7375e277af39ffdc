#pragma once

// Repeated measurements as one line of JSON: median, smallest and largest. Pure, but for the clock.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

#include <nlohmann/json.hpp>

namespace clockwork::bench {

// Requires at least one value.
inline nlohmann::ordered_json Spread(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {{"median", values[values.size() / 2]}, {"min", values.front()}, {"max", values.back()}};
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
