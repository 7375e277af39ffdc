#include "images/common/base/clock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace clockwork {
namespace {

TEST(Clock, NeverGoesBack) {
  Nanos last = NowNs();
  for (int i = 0; i < 100'000; ++i) {
    const Nanos now = NowNs();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(Clock, IsOneClockForAllThreads) {
  std::atomic<Nanos> latest = NowNs();
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&latest] {
      for (int i = 0; i < 1000; ++i) {
        const Nanos seen = latest.load();
        const Nanos now = NowNs();
        EXPECT_GE(now, seen) << "another thread has seen a later time before";
        latest.store(now);
      }
    });
  }
}

TEST(Clock, CountsFromTheUnixEpoch) {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  const Nanos wall_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count();
  // An hour of tolerance: the wall clock may be set while the test runs, the epoch stays another.
  EXPECT_NEAR(static_cast<double>(NowNs() - wall_ns), 0, 3600.0 * kSecond);
}

TEST(Clock, AdvancesAtTheRateOfTheSteadyClock) {
  using std::chrono::steady_clock;
  const Nanos begin = NowNs();
  const auto steady_begin = steady_clock::now();
  while (steady_clock::now() - steady_begin < std::chrono::milliseconds(2)) {
  }
  EXPECT_GE(NowNs() - begin, 2 * kMillisecond);
}

}  // namespace
}  // namespace clockwork
