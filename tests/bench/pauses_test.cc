#include "tests/bench/pauses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clockwork::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Pieces without gaps; each entry: how many, and how long each takes.
std::vector<Piece> Pieces(const std::vector<std::pair<int, Nanos>>& runs) {
  std::vector<Piece> pieces;
  Nanos now_ns = 1'000 * kSecond;
  for (const auto& [count, cpu_ns] : runs) {
    for (int i = 0; i < count; ++i) {
      pieces.push_back({now_ns, cpu_ns});
      now_ns += cpu_ns;
    }
  }
  return pieces;
}

constexpr Nanos kFastNs = 50 * kMicrosecond;

TEST(FindPauses, NothingIsNoPause) { EXPECT_THAT(FindPauses({}).lengths_ns, IsEmpty()); }

TEST(FindPauses, EvenWorkHasNone) {
  const Pauses pauses = FindPauses(Pieces({{1000, kFastNs}, {1000, kFastNs * 2}}));
  EXPECT_THAT(pauses.lengths_ns, IsEmpty());
  EXPECT_EQ(pauses.share, 0);
}

TEST(FindPauses, SlowPiecesTogetherAreOnePause) {
  // 100 ms, of which 20 ms pass in ten slow pieces.
  const Pauses pauses =
      FindPauses(Pieces({{800, kFastNs}, {10, 2 * kMillisecond}, {800, kFastNs}}));
  EXPECT_THAT(pauses.lengths_ns, ElementsAre(20 * kMillisecond));
  EXPECT_DOUBLE_EQ(pauses.share, 0.2);
}

TEST(FindPauses, AMomentOfSpeedDoesNotEndAPauseAndALongerOneDoes) {
  const Nanos slow_ns = 6 * kMillisecond;
  EXPECT_THAT(FindPauses(Pieces({{1, slow_ns}, {40, kFastNs}, {1, slow_ns}})).lengths_ns,
              ElementsAre(14 * kMillisecond));
  EXPECT_THAT(FindPauses(Pieces({{1, slow_ns}, {200, kFastNs}, {1, slow_ns}})).lengths_ns,
              ElementsAre(slow_ns, slow_ns));
}

TEST(FindPauses, ShortOnesDoNotCount) {
  EXPECT_THAT(
      FindPauses(Pieces({{100, kFastNs}, {1, 4 * kMillisecond}, {100, kFastNs}})).lengths_ns,
      IsEmpty());
}

}  // namespace
}  // namespace clockwork::bench
