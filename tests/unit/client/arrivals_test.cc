#include "images/client/core/arrivals.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "images/client/core/scalability_workload.h"
#include "images/client/core/synthetic_day.h"
#include "tests/unit/client/table_trace.h"

namespace clockwork::client {
namespace {

std::vector<Arrival> PopUntil(Arrivals* arrivals, Nanos end_ns) {
  std::vector<Arrival> popped;
  while (arrivals->NextArrivalNs() < end_ns) popped.push_back(arrivals->Pop());
  return popped;
}

// The arrivals of one function alone, replayed without any heap.
std::vector<Nanos> Alone(const Trace& trace, std::uint32_t function, std::uint64_t seed,
                         double scale, Nanos end_ns) {
  Replay replay(trace, function, seed, scale);
  std::vector<Nanos> times;
  Nanos now_ns = 0;
  while (true) {
    const Replay::Wait wait = replay.Advance(trace, function, 1);
    now_ns += wait.wait_ns;
    if (now_ns >= end_ns) return times;
    if (!wait.arrival) continue;
    times.push_back(now_ns);
    replay.Draw(scale);
  }
}

constexpr Nanos kDayNs = kMinutesPerDay * kMinuteNs;

TEST(ArrivalsTest, MergesTheStreamsOfAllFunctionsInOrder) {
  const TableTrace trace{{600, 300}, {3, 0, 120}, {0}, {7}, {0, 0, 0, 1}};
  constexpr Nanos kEndNs = 20 * kMinuteNs;
  constexpr std::uint64_t kSeed = 40;
  Arrivals arrivals(trace, 0.5, kSeed);
  const std::vector<Arrival> merged = PopUntil(&arrivals, kEndNs);
  EXPECT_TRUE(std::is_sorted(merged.begin(), merged.end(), [](const Arrival& a, const Arrival& b) {
    return a.time_ns < b.time_ns;
  }));
  for (std::uint32_t function = 0; function < trace.functions(); ++function) {
    std::vector<Nanos> times;
    for (const Arrival& arrival : merged) {
      if (arrival.function == function) times.push_back(arrival.time_ns);
    }
    EXPECT_EQ(times, Alone(trace, function, kSeed + function, 0.5, kEndNs)) << function;
  }
}

TEST(ArrivalsTest, FindsAnArrivalThatIsDaysAway) {
  std::vector<std::uint32_t> day(kMinutesPerDay, 0);
  day[1000] = 1;
  const TableTrace trace{day};
  const Arrivals arrivals(trace, 0.01, 3);
  EXPECT_EQ(arrivals.NextArrivalNs(), Alone(trace, 0, 3, 0.01, 2000 * kDayNs).front());
}

TEST(ArrivalsTest, ATraceWithoutCallsNeverBegins) {
  const TableTrace trace{{0}, {0}};
  EXPECT_EQ(Arrivals(trace, 1, 0).NextArrivalNs(), kNever);
}

TEST(ArrivalsTest, TheSameSeedGivesTheSameSchedule) {
  const SyntheticDay trace(1);
  Arrivals one(trace, 1, 5);
  Arrivals two(trace, 1, 5);
  Arrivals other(trace, 1, 6);
  bool differs = false;
  for (int i = 0; i < 10'000; ++i) {
    const Arrival a = one.Pop();
    const Arrival b = two.Pop();
    differs = differs || other.Pop().time_ns != a.time_ns;
    ASSERT_EQ(a.time_ns, b.time_ns);
    ASSERT_EQ(a.function, b.function);
  }
  EXPECT_TRUE(differs);
}

TEST(ArrivalsTest, ANewScaleAppliesFromTheNextDrawOn) {
  const TableTrace trace{{60'000}};
  Arrivals arrivals(trace, 0.1, 1);
  const std::size_t before = PopUntil(&arrivals, 10 * kSecond).size();
  arrivals.SetScale(0.4);
  const std::size_t after = PopUntil(&arrivals, 20 * kSecond).size();
  EXPECT_NEAR(static_cast<double>(before), 1000, 100);
  EXPECT_NEAR(static_cast<double>(after), 4000, 200);
}

// Prints what one arrival costs; asserts on nothing that depends on the machine.
TEST(ArrivalsTest, ReportsTheCostOfAnArrivalAtTheLargestPublishedLoad) {
  const SyntheticDay trace(1);
  constexpr double kScale = 0.1 * 0.125 * 150 * 38.443359375;  // N = 150, last step
  Arrivals arrivals(trace, kScale, 0);
  constexpr int kArrivals = 400'000;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kArrivals; ++i) arrivals.Pop();
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
  EXPECT_GT(arrivals.NextArrivalNs(), 0);
  std::printf("arrivals at scale %.1f: %.0f ns each, %.3f s of schedule\n", kScale,
              took.count() / kArrivals, static_cast<double>(arrivals.NextArrivalNs()) / kSecond);
}

}  // namespace
}  // namespace clockwork::client
