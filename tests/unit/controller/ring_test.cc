#include "images/controller/core/ring.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <deque>
#include <random>
#include <vector>

namespace clockwork::controller {
namespace {

TEST(RingTest, HoldsWhatADequeHolds) {
  std::mt19937_64 random(1);  // the same every time
  Ring<int> ring;
  std::deque<int> expected;
  for (int step = 0; step < 5000; ++step) {
    if (expected.empty() || random() % 16 < (step < 2500 ? 9U : 7U)) {
      ring.PushBack(step);
      expected.push_back(step);
    } else if (random() % 4 == 0) {
      const std::size_t index = random() % expected.size();
      ring.Erase(index);
      expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(index));
    } else {
      ring.PopFront();
      expected.pop_front();
    }
    ASSERT_EQ(ring.size(), expected.size());
    ASSERT_EQ(ring.empty(), expected.empty());
    for (std::size_t i = 0; i < expected.size(); ++i) ASSERT_EQ(ring[i], expected[i]) << step;
    if (expected.empty()) continue;
    ASSERT_EQ(ring.front(), expected.front());
  }
}

TEST(RingTest, WithRoomItDoesNotGrow) {
  Ring<int> ring;
  ring.PushBack(0);
  ring.PopFront();  // a ring that was used counts on
  ring.Reserve(100);
  ring.PushBack(1);
  const int* first = &ring.front();
  for (int i = 2; i <= 100; ++i) ring.PushBack(i);
  EXPECT_EQ(&ring.front(), first);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ring[static_cast<std::size_t>(i)], i + 1);
}

TEST(RingTest, ASlotKeepsItsMemory) {
  Ring<std::vector<int>> ring;
  ring.Extend().assign(100, 7);
  ring.PopFront();
  std::size_t kept = 0;
  for (int i = 0; i < 4; ++i) {
    kept += ring.Extend().capacity();
    ring.PopFront();
  }
  EXPECT_GE(kept, 100U);
}

}  // namespace
}  // namespace clockwork::controller
