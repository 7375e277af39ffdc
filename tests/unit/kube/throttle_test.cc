#include "operator/kube/throttle.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "operator/kube/stop_signal.h"

namespace clockwork::kube {
namespace {

TEST(TokenBucketTest, ABurstIsFreeAndThenTheRateHolds) {
  TokenBucket bucket({.requests_per_second = 10, .burst = 3});
  const Nanos start = 1'000 * kSecond;
  std::vector<Nanos> waits;
  for (int i = 0; i < 6; ++i) waits.push_back(bucket.Take(start));
  const Nanos step = 100 * kMillisecond;
  EXPECT_EQ(waits, (std::vector<Nanos>{0, 0, 0, step, 2 * step, 3 * step}));
}

TEST(TokenBucketTest, TokensComeBackWithTimeUpToTheBurst) {
  TokenBucket bucket({.requests_per_second = 10, .burst = 3});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.Take(0), 0);
  EXPECT_EQ(bucket.Take(100 * kMillisecond), 0) << "one came back";
  EXPECT_EQ(bucket.Take(100 * kMillisecond), 100 * kMillisecond);
  const Nanos later = 3'600 * kSecond;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.Take(later), 0);
  EXPECT_EQ(bucket.Take(later), 100 * kMillisecond) << "no more than the burst is saved up";
}

TEST(TokenBucketTest, AClockThatGoesBackGivesNothingAway) {
  TokenBucket bucket({.requests_per_second = 1, .burst = 1});
  EXPECT_EQ(bucket.Take(10 * kSecond), 0);
  EXPECT_EQ(bucket.Take(10 * kSecond), kSecond);
  EXPECT_GE(bucket.Take(9 * kSecond), 2 * kSecond);
}

TEST(BucketThrottleTest, SaysHowLongItWaited) {
  Nanos now_ns = 5;
  std::vector<Nanos> waits;
  BucketThrottle throttle(
      {.requests_per_second = 1, .burst = 1}, [&] { return now_ns; },
      [&](Nanos span_ns) {
        waits.push_back(span_ns);
        now_ns += span_ns;
        return true;
      });
  EXPECT_EQ(throttle.Acquire(), 0);
  EXPECT_EQ(throttle.Acquire(), kSecond);
  EXPECT_EQ(waits, std::vector<Nanos>{kSecond});
}

TEST(StopSignalTest, EndsWaitsNowAndLater) {
  StopSignal stop;
  EXPECT_TRUE(stop.WaitFor(1)) << "nobody stopped it";
  bool whole = true;
  std::thread waiting([&] { whole = stop.WaitFor(3'600 * kSecond); });
  stop.Stop();
  waiting.join();
  EXPECT_FALSE(whole);
  EXPECT_FALSE(stop.WaitFor(3'600 * kSecond));
}

}  // namespace
}  // namespace clockwork::kube
