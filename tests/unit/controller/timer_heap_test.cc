#include "images/controller/core/timer_heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>

namespace clockwork::controller {
namespace {

TEST(TimerHeapTest, IsEmptyAtFirst) {
  TimerHeap timers(4);
  EXPECT_EQ(timers.NextNs(), kNever);
  timers.Cancel(3);
  EXPECT_EQ(timers.NextNs(), kNever);
}

TEST(TimerHeapTest, SettingAgainReplaces) {
  TimerHeap timers(4);
  timers.Set(1, 50);
  timers.Set(2, 40);
  timers.Set(2, 60);
  EXPECT_EQ(timers.NextNs(), 50);
  timers.Set(1, 70);
  EXPECT_EQ(timers.Pop(), 2U);
  EXPECT_EQ(timers.Pop(), 1U);
  EXPECT_EQ(timers.NextNs(), kNever);
}

TEST(TimerHeapTest, KeepsTheEarliestAsAMapDoes) {
  constexpr std::uint32_t kIds = 40;
  std::mt19937 random(3);
  TimerHeap timers(kIds);
  std::map<std::uint32_t, Nanos> model;
  const auto earliest_ns = [&model] {
    Nanos next_ns = kNever;
    for (const auto& [id, due_ns] : model) next_ns = std::min(next_ns, due_ns);
    return next_ns;
  };
  for (int step = 0; step < 20'000; ++step) {
    const auto id = static_cast<std::uint32_t>(random() % kIds);
    switch (random() % 4) {
      case 0:
      case 1: {
        const auto due_ns = static_cast<Nanos>(random() % 100);
        timers.Set(id, due_ns);
        model[id] = due_ns;
        break;
      }
      case 2:
        timers.Cancel(id);
        model.erase(id);
        break;
      default:
        if (model.empty()) break;
        const std::uint32_t popped = timers.Pop();
        ASSERT_EQ(model.count(popped), 1U);
        ASSERT_EQ(model[popped], earliest_ns());
        model.erase(popped);
    }
    ASSERT_EQ(timers.NextNs(), earliest_ns()) << "step " << step;
  }
}

}  // namespace
}  // namespace clockwork::controller
