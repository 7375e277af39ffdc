#include "images/common/wire/clock_sync.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>

namespace clockwork::wire {
namespace {

TEST(WindowMinimum, EqualsTheMinimumOfTheLast1024Values) {
  std::mt19937_64 random(7);
  WindowMinimum window;
  std::deque<Nanos> last;
  EXPECT_EQ(window.Minimum(), kNoDelta);
  for (int i = 0; i < 10'000; ++i) {
    // Rising and falling stretches, equal values, negatives.
    const Nanos value = static_cast<Nanos>(random() % 50) + (i / 1500 % 2 == 0 ? i : -i);
    window.Insert(value);
    last.push_back(value);
    if (last.size() > WindowMinimum::kWindow) last.pop_front();
    ASSERT_EQ(window.Minimum(), *std::min_element(last.begin(), last.end())) << "at " << i;
  }
}

// Two clocks `offset_ns` apart exchange messages over a link of the given transit times.
struct Case {
  const char* name;
  Nanos offset_ns;  // own − peer
  Nanos there_ns;
  Nanos back_ns;
};

class ClockSyncCases : public ::testing::TestWithParam<Case> {};

TEST_P(ClockSyncCases, EstimatesOffsetAndRoundTrip) {
  const Case& c = GetParam();
  ClockSync own;
  ClockSync peer;
  Nanos true_ns = 1'600'000'000 * kSecond;  // the peer's clock
  own.OnMessage(true_ns + c.there_ns + c.offset_ns, true_ns, peer.LocalDeltaNs());
  EXPECT_EQ(own.OffsetNs(), 0) << "no estimate before the peer has one";
  EXPECT_EQ(own.RoundTripNs(), 0);
  true_ns += kSecond;
  peer.OnMessage(true_ns + c.back_ns, true_ns + c.offset_ns, own.LocalDeltaNs());
  true_ns += kSecond;
  own.OnMessage(true_ns + c.there_ns + c.offset_ns, true_ns, peer.LocalDeltaNs());
  EXPECT_EQ(own.RoundTripNs(), c.there_ns + c.back_ns);
  EXPECT_EQ(own.OffsetNs(), c.offset_ns + (c.there_ns - c.back_ns) / 2);
}

INSTANTIATE_TEST_SUITE_P(Links, ClockSyncCases,
                         ::testing::Values(Case{"SameClock", 0, 50'000, 50'000},
                                           Case{"Ahead", 3 * kSecond, 80'000, 80'000},
                                           Case{"Behind", -kSecond, 80'000, 80'000},
                                           Case{"Asymmetric", 0, 100'000, 300'000}),
                         [](const auto& param_info) { return param_info.param.name; });

TEST(ClockSync, SurvivesAnyWords) {
  ClockSync sync;
  for (const Nanos word : {Nanos{0}, INT64_MAX, INT64_MIN, Nanos{-1}}) {
    sync.OnMessage(1'600'000'000 * kSecond, word, word);
    sync.OffsetNs();
    sync.RoundTripNs();
  }
  EXPECT_EQ(sync.LocalDeltaNs(), 1'600'000'000 * kSecond + INT64_MIN);
}

}  // namespace
}  // namespace clockwork::wire
