#include "images/controller/core/strategy.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <set>

namespace clockwork::controller {
namespace {

TEST(StrategyTest, ByPriorityThenBatchSizeThenModel) {
  const Strategy ascending[] = {{-5, 9, 9}, {1, 1, 2}, {1, 1, 3}, {1, 2, 1}, {2, 1, 1}};
  for (const Strategy& a : ascending) {
    for (const Strategy& b : ascending) EXPECT_EQ(a < b, &a < &b);
  }
}

TEST(StrategyQueueTest, TheTopIsTheSmallestWhateverIsDone) {
  std::mt19937_64 random(1);  // the same every time
  StrategyQueue queue;
  std::set<Strategy> expected;
  std::uint32_t model = 0;
  for (int step = 0; step < 20'000; ++step) {
    const Strategy strategy{static_cast<Nanos>(random() % 50),
                            static_cast<std::uint32_t>(random() % 3), ++model};
    // Grows to some hundreds, and shrinks to nothing now and then.
    const bool growing = step / 1000 % 2 == 0;
    if (expected.empty() || random() % 8 < (growing ? 4U : 2U)) {
      queue.Push(strategy);
      expected.insert(strategy);
    } else if (random() % 2 == 0) {
      queue.ReplaceTop(strategy);
      expected.erase(expected.begin());
      expected.insert(strategy);
    } else {
      queue.Pop();
      expected.erase(expected.begin());
    }
    ASSERT_EQ(queue.Empty(), expected.empty());
    if (expected.empty()) continue;
    ASSERT_EQ(queue.Top().model, expected.begin()->model) << step;
  }
}

}  // namespace
}  // namespace clockwork::controller
