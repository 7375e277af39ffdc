#include "images/controller/core/gpu_set.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <set>

namespace clockwork::controller {
namespace {

// The first wanted member at or after `from`, going round once.
template <typename Wanted>
std::size_t NextByTrying(std::size_t gpus, std::size_t from, Wanted wanted) {
  for (std::size_t step = 0; step < gpus; ++step) {
    const std::size_t gpu = (from + step) % gpus;
    if (wanted(gpu)) return gpu;
  }
  return GpuSet::kNone;
}

class GpuSetTest : public ::testing::TestWithParam<std::size_t> {};

TEST_P(GpuSetTest, BehavesAsAnOrderedSet) {
  const std::size_t gpus = GetParam();
  std::mt19937 random(7);
  GpuSet a(gpus);
  GpuSet b(gpus);
  std::set<std::size_t> model_a;
  std::set<std::size_t> model_b;
  for (int step = 0; step < 2000; ++step) {
    const std::size_t gpu = random() % gpus;
    GpuSet& set = random() % 2 == 0 ? a : b;
    std::set<std::size_t>& model = &set == &a ? model_a : model_b;
    // Now mostly filling, now mostly emptying.
    if (random() % 4 < (step / 500 % 2 == 0 ? 3U : 1U)) {
      set.Insert(gpu);
      model.insert(gpu);
    } else {
      set.Erase(gpu);
      model.erase(gpu);
    }
    ASSERT_EQ(set.Contains(gpu), model.count(gpu) == 1);
    const std::size_t from = random() % gpus;
    ASSERT_EQ(GpuSet::NextInBoth(a, b, from), NextByTrying(gpus, from, [&](std::size_t g) {
                return model_a.count(g) == 1 && model_b.count(g) == 1;
              }));
    ASSERT_EQ(GpuSet::NextInFirstOnly(a, b, from), NextByTrying(gpus, from, [&](std::size_t g) {
                return model_a.count(g) == 1 && model_b.count(g) == 0;
              }));
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, GpuSetTest, ::testing::Values(1, 2, 63, 64, 65, 128, 1000));

TEST(GpuSetTest, GoesRoundOnceAndFindsWhereItBegan) {
  GpuSet some(65);
  const GpuSet none(65);
  EXPECT_EQ(GpuSet::NextInFirstOnly(some, none, 64), GpuSet::kNone);
  some.Insert(3);
  EXPECT_EQ(GpuSet::NextInFirstOnly(some, none, 4), 3U);
  EXPECT_EQ(GpuSet::NextInFirstOnly(some, none, 3), 3U);
  EXPECT_EQ(GpuSet::NextInFirstOnly(some, some, 3), GpuSet::kNone);
}

}  // namespace
}  // namespace clockwork::controller
