#include "images/telemetry/core/order_statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace clockwork::telemetry {
namespace {

using Keys = std::vector<std::uint64_t>;

// Passes until everything is known; fails after too many.
Keys Find(const Keys& keys, const Keys& ranks, int bits, int* passes) {
  OrderStatistics statistics(bits);
  Keys values;
  *passes = 0;
  do {
    for (const std::uint64_t key : keys) statistics.Add(key);
    if (++*passes > 20) {
      ADD_FAILURE() << "it has no end";
      break;
    }
  } while (!statistics.Resolve(ranks, &values));
  EXPECT_EQ(statistics.count(), keys.size());
  EXPECT_EQ(statistics.max(), *std::max_element(keys.begin(), keys.end()));
  return values;
}

struct Distribution {
  std::string name;
  std::function<std::uint64_t(std::mt19937_64*)> draw;
  int most_passes;
};

class OrderStatisticsTest : public ::testing::TestWithParam<Distribution> {};

TEST_P(OrderStatisticsTest, EqualsSorting) {
  std::mt19937_64 random(3);
  for (const std::size_t count : {1UL, 2UL, 7UL, 1'000UL, 60'000UL}) {
    Keys keys;
    for (std::size_t i = 0; i < count; ++i) keys.push_back(GetParam().draw(&random));
    Keys ranks = {0, count - 1, count / 2, count / 2};
    for (int i = 0; i < 200; ++i) ranks.push_back(random() % count);
    std::sort(ranks.begin(), ranks.end());
    Keys sorted = keys;
    std::sort(sorted.begin(), sorted.end());
    for (const int bits : {4, 7, 11}) {
      int passes = 0;
      const Keys values = Find(keys, ranks, bits, &passes);
      ASSERT_EQ(values.size(), ranks.size());
      for (std::size_t i = 0; i < ranks.size(); ++i) {
        ASSERT_EQ(values[i], sorted[ranks[i]]) << "rank " << ranks[i] << " of " << count;
      }
      if (bits == 11) {
        EXPECT_LE(passes, GetParam().most_passes);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Distributions, OrderStatisticsTest,
    ::testing::Values(
        Distribution{"Small", [](std::mt19937_64* r) { return (*r)() % 100; }, 1},
        Distribution{"One", [](std::mt19937_64*) { return std::uint64_t{95'000'000}; }, 2},
        Distribution{"Extremes",
                     [](std::mt19937_64* r) { return (*r)() % 2 == 0 ? 0 : UINT64_MAX; }, 2},
        Distribution{"Uniform", [](std::mt19937_64* r) { return (*r)(); }, 3},
        Distribution{"EveryMagnitude", [](std::mt19937_64* r) { return (*r)() >> ((*r)() % 64); },
                     3},
        Distribution{"Latencies",
                     [](std::mt19937_64* r) {
                       const double log_ns = std::normal_distribution<double>(16.8, 0.5)(*r);
                       return static_cast<std::uint64_t>(std::exp(log_ns));
                     },
                     3},
        Distribution{"TwoValuesAndAStray",
                     [](std::mt19937_64* r) {
                       const std::uint64_t stray = (*r)() % 1000 == 0 ? (*r)() % 4096 : 0;
                       return 95'000'000 + (*r)() % 2 + stray;
                     },
                     4},
        Distribution{"Doubles",
                     [](std::mt19937_64* r) {
                       const double ratio = std::normal_distribution<double>(1e-9, 1e-10)(*r);
                       return std::bit_cast<std::uint64_t>(std::abs(ratio));
                     },
                     4}),
    [](const auto& distribution) { return distribution.param.name; });

TEST(OrderStatisticsEndTest, KeysThatChangeBetweenPassesStillEnd) {
  std::mt19937_64 random(5);
  OrderStatistics statistics(4);
  const Keys ranks = {0, 10, 500, 999};
  Keys values;
  int passes = 0;
  do {
    const std::size_t count = passes == 0 ? 1000 : random() % 3000;
    for (std::size_t i = 0; i < count; ++i) statistics.Add(random() >> (random() % 64));
    ASSERT_LT(++passes, 20);
  } while (!statistics.Resolve(ranks, &values));
  EXPECT_EQ(values.size(), ranks.size());
}

}  // namespace
}  // namespace clockwork::telemetry
