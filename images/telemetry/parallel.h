#pragma once

// Work shared among a few threads for as long as it takes.

#include <algorithm>
#include <cstddef>
#include <thread>
#include <vector>

namespace clockwork::telemetry {

// More would each need memory of their own (kept_rows.h), and the disk would not keep up.
inline constexpr std::size_t kMaxThreads = 2;

// As many as can run at once, 1 to kMaxThreads.
inline std::size_t UsableThreads() {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMaxThreads);
}

// Calls work(0) to work(threads - 1), each in a thread, the first in the caller's, and returns when
// all have. Requires threads > 0.
template <typename Work>
void RunInThreads(std::size_t threads, const Work& work) {
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < threads; ++i) others.emplace_back([&work, i] { work(i); });
  work(0);
}

}  // namespace clockwork::telemetry
