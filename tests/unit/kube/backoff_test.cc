#include "operator/kube/backoff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace clockwork::kube {
namespace {

RandomFraction Always(double value) {
  return [value] { return value; };
}

TEST(Backoff, DoublesUpToTheCap) {
  Backoff backoff({}, Always(0));
  std::vector<Nanos> waits_ms;
  for (int i = 0; i < 8; ++i) waits_ms.push_back(backoff.OnFailure(kSecond) / kMillisecond);
  EXPECT_EQ(waits_ms, (std::vector<Nanos>{800, 1600, 3200, 6400, 12'800, 25'600, 30'000, 30'000}));
  EXPECT_EQ(backoff.failures(), 8);
}

TEST(Backoff, JitterOnlyShortens) {
  Backoff backoff({}, Always(0.5));
  EXPECT_EQ(backoff.OnFailure(0), 600 * kMillisecond);
  EXPECT_EQ(backoff.OnFailure(0), 1200 * kMillisecond);
}

TEST(Backoff, StaysWithinItsBoundsWhateverIsDrawn) {
  Backoff backoff({}, SeededRandom(7));
  Nanos full_ns = 800 * kMillisecond;
  for (int i = 0; i < 200; ++i) {
    const Nanos wait_ns = backoff.OnFailure(kSecond);
    EXPECT_LE(wait_ns, full_ns);
    EXPECT_GE(wait_ns, full_ns / 2);
    full_ns = std::min(full_ns * 2, 30 * kSecond);
  }
}

TEST(Backoff, BeginsAnewAfterTwoGoodMinutes) {
  Backoff backoff({}, Always(0));
  for (int i = 0; i < 5; ++i) (void)backoff.OnFailure(0);
  EXPECT_EQ(backoff.OnFailure(120 * kSecond), 25'600 * kMillisecond);
  EXPECT_EQ(backoff.OnFailure(240 * kSecond + 1), 800 * kMillisecond);
  EXPECT_EQ(backoff.failures(), 1);
}

TEST(Backoff, BeginsAnewWhenTold) {
  Backoff backoff({}, Always(0));
  for (int i = 0; i < 5; ++i) (void)backoff.OnFailure(0);
  backoff.Reset();
  EXPECT_EQ(backoff.OnFailure(1), 800 * kMillisecond);
}

TEST(Random, DrawsTheSameForASeedAndNeverOne) {
  const RandomFraction one = SeededRandom(1);
  const RandomFraction same = SeededRandom(1);
  const RandomFraction other = SeededRandom(2);
  bool differs = false;
  for (int i = 0; i < 1000; ++i) {
    const double drawn = one();
    EXPECT_EQ(drawn, same());
    EXPECT_GE(drawn, 0);
    EXPECT_LT(drawn, 1);
    differs = differs || drawn != other();
  }
  EXPECT_TRUE(differs);
}

}  // namespace
}  // namespace clockwork::kube
