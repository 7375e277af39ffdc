#include "images/client/core/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/client/table_trace.h"

namespace clockwork::client {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

constexpr int kWholeDay = 1 << 20;

std::vector<Nanos> ArrivalTimes(const Trace& trace, std::uint64_t seed, double scale, int count,
                                int max_minutes = kWholeDay) {
  Replay replay(trace, 0, seed, scale);
  std::vector<Nanos> times;
  Nanos now_ns = 0;
  while (static_cast<int>(times.size()) < count) {
    const Replay::Wait wait = replay.Advance(trace, 0, max_minutes);
    now_ns += wait.wait_ns;
    if (!wait.arrival) continue;
    times.push_back(now_ns);
    replay.Draw(scale);
  }
  return times;
}

TEST(ReplayTest, GivesTheArrivalsOfTheSpecification) {
  const TableTrace trace{{3, 0, 120}};
  EXPECT_THAT(ArrivalTimes(trace, 2, 0.5, 8),
              ElementsAre(7456310859, 120215291818, 120692327383, 122282044908, 122949572886,
                          123078292850, 124043598700, 124067302534));
}

TEST(ReplayTest, CheckpointsDoNotChangeTheArrivals) {
  const TableTrace trace{{3, 0, 0, 0, 0, 120}};
  EXPECT_THAT(ArrivalTimes(trace, 2, 0.5, 50, 1),
              ElementsAreArray(ArrivalTimes(trace, 2, 0.5, 50)));
}

TEST(ReplayTest, AdvanceStopsAfterTheGivenNumberOfMinutes) {
  const TableTrace trace{{0}};
  Replay replay(trace, 0, 1, 1);
  const Replay::Wait wait = replay.Advance(trace, 0, 5);
  EXPECT_FALSE(wait.arrival);
  EXPECT_EQ(wait.wait_ns, 5 * kMinuteNs);
}

TEST(ReplayTest, TheTraceWrapsAfterItsLastMinute) {
  // Calls in minute 1439 only: every arrival lies in the last minute of some day.
  std::vector<std::uint32_t> day(kMinutesPerDay, 0);
  day.back() = 2;
  const TableTrace trace{day};
  for (const Nanos time_ns : ArrivalTimes(trace, 5, 1, 20)) {
    EXPECT_GE(time_ns % (kMinutesPerDay * kMinuteNs), (kMinutesPerDay - 1) * kMinuteNs);
  }
}

TEST(ReplayTest, AnArrivalExactlyAtTheEndOfAMinuteBelongsToThatMinute) {
  // Seed 2's first draw at scale 0.5 is 22368932578; with this rate it lasts exactly d ns. The
  // remaining time of the minute shrinks by d, so the sum of waits is the same as in one minute.
  const TableTrace trace{{1}};
  const std::vector<Nanos> times = ArrivalTimes(trace, 2, 0.5, 2);
  EXPECT_THAT(times, ElementsAre(22368932578, 22368932578 + 183466085622));
}

TEST(ReplayTest, ADrawUnderWayKeepsItsScale) {
  const TableTrace trace{{1}};
  Replay replay(trace, 0, 2, 0.5);
  const Replay::Wait first = replay.Advance(trace, 0, kWholeDay);
  replay.Draw(1.0);  // twice the scale halves this draw and no other
  const Replay::Wait second = replay.Advance(trace, 0, kWholeDay);
  EXPECT_EQ(first.wait_ns, 22368932578);
  EXPECT_EQ(second.wait_ns, 183466085622 / 2);
}

}  // namespace
}  // namespace clockwork::client
