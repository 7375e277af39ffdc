#include "tests/bench/pauses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace clockwork::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Nanos kStartNs = 1'000 * kSecond;

// Pieces without gaps; each entry: how many, and how long each takes.
std::vector<Piece> Pieces(const std::vector<std::pair<int, Nanos>>& runs) {
  std::vector<Piece> pieces;
  Nanos now_ns = kStartNs;
  for (const auto& [count, length_ns] : runs) {
    for (int i = 0; i < count; ++i) {
      pieces.push_back({now_ns, length_ns});
      now_ns += length_ns;
    }
  }
  return pieces;
}

// Pieces that are due each millisecond; one that is not done by then leaves out the next.
std::vector<Piece> EachMillisecond(const std::vector<Nanos>& lengths_ns) {
  std::vector<Piece> pieces;
  Nanos due_ns = kStartNs;
  for (const Nanos length_ns : lengths_ns) {
    pieces.push_back({due_ns, length_ns});
    due_ns += (length_ns / kMillisecond + 1) * kMillisecond;
  }
  return pieces;
}

std::vector<std::pair<Nanos, Nanos>> Found(const std::vector<Piece>& pieces,
                                           const PauseRules& rules) {
  std::vector<std::pair<Nanos, Nanos>> found;
  for (const Pause& pause : FindPauses(pieces, rules).pauses) {
    found.emplace_back(pause.begin_ns - kStartNs, pause.length_ns);
  }
  return found;
}

constexpr Nanos kFastNs = 50 * kMicrosecond;

TEST(FindPauses, NothingIsNoPause) {
  EXPECT_THAT(FindPauses({}, kBusyRules).pauses, IsEmpty());
  EXPECT_EQ(FindPauses({}, kBusyRules).share, 0);
}

TEST(FindPauses, EvenWorkHasNone) {
  const Pauses pauses = FindPauses(Pieces({{1000, kFastNs}, {1000, kFastNs * 2}}), kBusyRules);
  EXPECT_THAT(pauses.pauses, IsEmpty());
  EXPECT_EQ(pauses.share, 0);
  EXPECT_EQ(pauses.speed, 1);
}

TEST(FindPauses, APieceThatSeemsToTakeNoTimeIsNoMeasure) {
  EXPECT_THAT(Found(Pieces({{500, kFastNs}, {1, 1}, {500, kFastNs}}), kBusyRules), IsEmpty());
}

TEST(FindPauses, SlowPiecesTogetherAreOnePause) {
  // 100 ms, of which 20 ms pass in ten slow pieces.
  const auto pieces = Pieces({{800, kFastNs}, {10, 2 * kMillisecond}, {800, kFastNs}});
  EXPECT_THAT(Found(pieces, kBusyRules),
              ElementsAre(std::pair(40 * kMillisecond, 20 * kMillisecond)));
  EXPECT_DOUBLE_EQ(FindPauses(pieces, kBusyRules).share, 0.2);
  EXPECT_DOUBLE_EQ(FindPauses(pieces, kBusyRules).speed, 0.025);
}

TEST(FindPauses, AMomentOfSpeedDoesNotEndAPauseAndALongerOneDoes) {
  const Nanos slow_ns = 6 * kMillisecond;
  EXPECT_THAT(Found(Pieces({{1, slow_ns}, {40, kFastNs}, {1, slow_ns}}), kBusyRules),
              ElementsAre(std::pair(Nanos{0}, 14 * kMillisecond)));
  EXPECT_THAT(
      Found(Pieces({{1, slow_ns}, {200, kFastNs}, {1, slow_ns}}), kBusyRules),
      ElementsAre(std::pair(Nanos{0}, slow_ns), std::pair(slow_ns + 200 * kFastNs, slow_ns)));
}

TEST(FindPauses, ShortOnesDoNotCount) {
  EXPECT_THAT(Found(Pieces({{100, kFastNs}, {1, 4 * kMillisecond}, {100, kFastNs}}), kBusyRules),
              IsEmpty());
}

struct BesideCase {
  const char* name;
  std::vector<Nanos> lengths_ns;
  std::vector<std::pair<Nanos, Nanos>> found;
};

TEST(FindPauses, BesideATrial) {
  constexpr Nanos kSlowNs = 4 * kFastNs;  // 0.2 ms
  const std::vector<BesideCase> cases = {
      {"slow ones apart", {kFastNs, kSlowNs, kFastNs, kFastNs, kSlowNs, kFastNs}, {}},
      {"two in a row", {kFastNs, kSlowNs, kSlowNs, kFastNs}, {}},
      {"three in a row",
       {kFastNs, kSlowNs, kSlowNs, kSlowNs, kFastNs},
       {{kMillisecond, 2 * kMillisecond + kSlowNs}}},
      {"nearly slow", {kFastNs, kSlowNs - 1, kSlowNs - 1, kSlowNs - 1, kFastNs}, {}},
      {"a fast one between",
       {kFastNs, kSlowNs, kSlowNs, kFastNs, kSlowNs, kFastNs},
       {{kMillisecond, 3 * kMillisecond + kSlowNs}}},
      {"a late wake-up",
       {kFastNs, 30 * kMillisecond + kFastNs, kFastNs},
       {{kMillisecond, 30 * kMillisecond + kFastNs}}},
      {"a short late wake-up", {kFastNs, kMillisecond, kFastNs}, {}},
  };
  for (const BesideCase& c : cases) {
    EXPECT_EQ(Found(EachMillisecond(c.lengths_ns), kBesideRules), c.found) << c.name;
  }
}

TEST(FindPauses, TheShareIsOfAllTheTime) {
  const auto pieces = EachMillisecond({kFastNs, 3 * kMillisecond, kFastNs});
  EXPECT_DOUBLE_EQ(FindPauses(pieces, kBesideRules).share, 3 / 5.05);
}

TEST(FindPauses, TellsLateWakeUpsFromSlowWork) {
  auto pieces = EachMillisecond(
      {kFastNs, 5 * kMillisecond, kFastNs, kFastNs, kFastNs, 4 * kMillisecond, kMillisecond});
  pieces[1].late_ns = 4 * kMillisecond;
  pieces[5].late_ns = kMillisecond / 2;
  pieces[6].late_ns = kMillisecond / 4;
  const Pauses pauses = FindPauses(pieces, kBesideRules);
  ASSERT_EQ(pauses.pauses.size(), 2);
  EXPECT_EQ(pauses.pauses[0].late_ns, 4 * kMillisecond);
  EXPECT_EQ(pauses.pauses[1].late_ns, 3 * kMillisecond / 4);
  EXPECT_DOUBLE_EQ(pauses.late_share, 4.75 / 16);
}

TEST(FormatPauseLog, HasOneLineForWhatWasLookedAtAndOneForEachPause) {
  const PauseLog log = {
      1'000, 9'000, {0, 3}, {{{{2'000, 70, 60}, {3'000, 80, 0}}, 0.1, 0.1, 0.1}, {{}, 0, 0, 1}}};
  EXPECT_EQ(FormatPauseLog(log),
            "{\"log\":\"machine_pauses\",\"beginNs\":1000,\"endNs\":9000,\"cpus\":[0,3]}\n"
            "{\"cpu\":0,\"beginNs\":2000,\"lengthNs\":70,\"lateNs\":60}\n"
            "{\"cpu\":0,\"beginNs\":3000,\"lengthNs\":80,\"lateNs\":0}\n");
}

}  // namespace
}  // namespace clockwork::bench
