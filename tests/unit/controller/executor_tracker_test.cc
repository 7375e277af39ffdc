#include "images/controller/core/executor_tracker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

namespace clockwork::controller {
namespace {

constexpr Nanos kMs = kMillisecond;

TEST(ExecutorTrackerTest, AnIdleExecutorStartsAfterTheWayToTheWorker) {
  const ExecutorTracker tracker;
  EXPECT_TRUE(tracker.idle());
  EXPECT_EQ(tracker.AvailableNs(100 * kMs), 101 * kMs);
}

TEST(ExecutorTrackerTest, WorkCountsFromTheFirstAddition) {
  ExecutorTracker tracker;
  tracker.Add(100 * kMs, 1, 4 * kMs);
  tracker.Add(102 * kMs, 2, 5 * kMs);
  EXPECT_FALSE(tracker.idle());
  EXPECT_EQ(tracker.AvailableNs(102 * kMs), 109 * kMs);
  // Never earlier than a new action could arrive.
  EXPECT_EQ(tracker.AvailableNs(108 * kMs + 1), 109 * kMs + 1);
}

TEST(ExecutorTrackerTest, TheFrontsEndIsWhereTheRestBegins) {
  ExecutorTracker tracker;
  tracker.Add(100 * kMs, 1, 4 * kMs);
  tracker.Add(100 * kMs, 2, 5 * kMs);
  tracker.Done(1, 103 * kMs, true);
  EXPECT_EQ(tracker.AvailableNs(100 * kMs), 108 * kMs);
  // A failed front ends likewise, when it is heard of.
  tracker.Done(2, 104 * kMs, false);
  EXPECT_TRUE(tracker.idle());
  EXPECT_EQ(tracker.AvailableNs(90 * kMs), 104 * kMs);
}

TEST(ExecutorTrackerTest, SuccessOutOfOrderMovesTheBeginByItsSize) {
  ExecutorTracker tracker;
  tracker.Add(100 * kMs, 1, 4 * kMs);
  tracker.Add(100 * kMs, 2, 5 * kMs);
  tracker.Add(100 * kMs, 3, 6 * kMs);
  tracker.Done(2, 999 * kMs, true);
  EXPECT_EQ(tracker.AvailableNs(100 * kMs), 115 * kMs) << "100 + 5, then 4 + 6";
}

TEST(ExecutorTrackerTest, FailureOutOfOrderGivesItsTimeBack) {
  ExecutorTracker tracker;
  tracker.Add(100 * kMs, 1, 4 * kMs);
  tracker.Add(100 * kMs, 2, 5 * kMs);
  tracker.Add(100 * kMs, 3, 6 * kMs);
  tracker.Done(2, 999 * kMs, false);
  EXPECT_EQ(tracker.AvailableNs(100 * kMs), 110 * kMs);
}

TEST(ExecutorTrackerTest, AnUnknownActionIsIgnored) {
  ExecutorTracker tracker;
  tracker.Done(7, 500 * kMs, true);
  EXPECT_EQ(tracker.AvailableNs(0), 1 * kMs);
  tracker.Add(100 * kMs, 1, 4 * kMs);
  tracker.Done(7, 500 * kMs, true);
  EXPECT_EQ(tracker.AvailableNs(100 * kMs), 104 * kMs);
}

TEST(ExecutorTrackerTest, AnOverdueFrontCountsAsDueTenMillisecondsAgo) {
  ExecutorTracker tracker;
  tracker.Add(100 * kMs, 1, 4 * kMs);
  tracker.Add(100 * kMs, 2, 30 * kMs);
  // Due at 104, so overdue after 114.
  EXPECT_EQ(tracker.AvailableNs(114 * kMs), 134 * kMs);
  EXPECT_EQ(tracker.AvailableNs(114 * kMs + 1), 134 * kMs + 1);
  EXPECT_EQ(tracker.AvailableNs(150 * kMs), 170 * kMs) << "150 - 10 - 4, then 4 + 30";
  EXPECT_FALSE(tracker.idle());
}

TEST(ExecutorTrackerTest, SizesAreReadAtTheClockOfTheMoment) {
  ExecutorTracker tracker;
  tracker.Add(0, 1, 4 * kMs);
  tracker.SetClock(690);
  EXPECT_EQ(tracker.clock(), 690U);
  EXPECT_EQ(tracker.AvailableNs(0), 8 * kMs);
  tracker.SetClock(0);
  EXPECT_EQ(tracker.clock(), kDefaultGpuClock) << "a worker that reports no clock";
  EXPECT_EQ(tracker.AvailableNs(0), 4 * kMs);
}

TEST(ExecutorTrackerTest, NeverOpensWhileALateFrontHidesTooMuchWork) {
  ExecutorTracker tracker;
  tracker.Add(0, 1, 1 * kMs);
  tracker.Add(0, 2, 40 * kMs);
  // Once the front is overdue, 40 ms of planned work always begin 10 ms ago: 30 ms ahead for ever.
  EXPECT_EQ(tracker.OpensNs(0, 5 * kMs), kNever);
  EXPECT_EQ(tracker.OpensNs(100 * kMs, 5 * kMs), kNever);
  tracker.Done(1, 101 * kMs, true);
  EXPECT_EQ(tracker.OpensNs(101 * kMs, 5 * kMs), 136 * kMs + 1);
}

// Everything here is in whole even milliseconds, so the answer can change at whole milliseconds
// and one nanosecond behind them only: trying those is trying all.
Nanos FirstOpenByTrying(const ExecutorTracker& tracker, Nanos now_ns, Nanos ahead_ns) {
  for (Nanos base_ns = now_ns; base_ns <= now_ns + 1000 * kMs; base_ns += kMs) {
    for (const Nanos t_ns : {base_ns - 1, base_ns, base_ns + 1}) {
      if (t_ns >= now_ns && tracker.AvailableNs(t_ns) < t_ns + ahead_ns) return t_ns;
    }
  }
  return kNever;
}

TEST(ExecutorTrackerTest, OpensAtTheFirstPointThatIsNearEnough) {
  std::mt19937 random(1);
  const auto below = [&random](std::uint32_t end) { return static_cast<Nanos>(random() % end); };
  int never = 0;
  int later = 0;
  for (int history = 0; history < 300; ++history) {
    ExecutorTracker tracker;
    std::vector<std::int32_t> pending;
    Nanos now_ns = 0;
    for (std::int32_t step = 0; step < 30; ++step) {
      now_ns += 2 * kMs * below(6);
      if (below(5) < 3 || pending.empty()) {
        tracker.Add(now_ns, step, 4 * kMs * below(7));
        pending.push_back(step);
      } else {
        const auto index = below(static_cast<std::uint32_t>(pending.size()));
        tracker.Done(pending[static_cast<std::size_t>(index)], now_ns + 2 * kMs * (below(5) - 2),
                     below(3) > 0);
        pending.erase(pending.begin() + index);
      }
      if (below(8) == 0) tracker.SetClock(below(2) == 0 ? 690 : 1380);
      const Nanos ahead_ns = kMs * (2 + below(14));
      const Nanos expected_ns = FirstOpenByTrying(tracker, now_ns, ahead_ns);
      ASSERT_EQ(tracker.OpensNs(now_ns, ahead_ns), expected_ns)
          << "history " << history << ", step " << step << ", now " << now_ns;
      never += expected_ns == kNever ? 1 : 0;
      later += expected_ns != kNever && expected_ns > now_ns ? 1 : 0;
    }
  }
  EXPECT_GT(never, 0);
  EXPECT_GT(later, 0);
}

}  // namespace
}  // namespace clockwork::controller
