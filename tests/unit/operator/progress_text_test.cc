#include "operator/local/progress_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clockwork::local {
namespace {

ProgressView RunningView() {
  ProgressView view;
  view.experiment = "small";
  view.trial = "N = 10, trial 2 of 3";
  view.phase = "load step 2 of 4";
  view.trials_done = 7;
  view.trials_total = 15;
  view.client = plan::ClientProgress{1, 4, 0.75, 3, 12, 10386.4, 9990.2, "running"};
  view.fraction = 0.5;
  view.remaining_ns = 95 * kSecond;
  return view;
}

TEST(ProgressTextTest, Spans) {
  EXPECT_EQ(FormatSpan(-5), "0:00");
  EXPECT_EQ(FormatSpan(59 * kSecond), "0:59");
  EXPECT_EQ(FormatSpan(125 * kSecond), "2:05");
  EXPECT_EQ(FormatSpan(3725 * kSecond), "1:02:05");
}

TEST(ProgressTextTest, BarsStayWithinTheirPlaces) {
  EXPECT_EQ(FormatBar(0, 4), "[....]");
  EXPECT_EQ(FormatBar(0.5, 4), "[##..]");
  EXPECT_EQ(FormatBar(1, 4), "[####]");
  EXPECT_EQ(FormatBar(7, 4), "[####]");
  EXPECT_EQ(FormatBar(-7, 4), "[....]");
}

TEST(ProgressTextTest, TheLiveDisplaySaysWhereItStands) {
  EXPECT_THAT(
      RenderLive(RunningView(), 120),
      ::testing::ElementsAre("small: N = 10, trial 2 of 3, 7 of 15 trials done",
                             "load step 2 of 4: offered 10386 r/s, good 9990 r/s",
                             "[####################....................]  50 %, 1:35 left"));
}

TEST(ProgressTextTest, LiveLinesFitTheTerminal) {
  for (const std::string& line : RenderLive(RunningView(), 20)) EXPECT_LE(line.size(), 20U);
}

TEST(ProgressTextTest, PlainLine) {
  ProgressView view = RunningView();
  EXPECT_EQ(
      RenderLine(view),
      "N = 10, trial 2 of 3: load step 2 of 4: offered 10386 r/s, good 9990 r/s; 50 %, 1:35 left");
  view.client.reset();
  view.attempt = 2;
  view.phase = "starting";
  EXPECT_EQ(RenderLine(view), "N = 10, trial 2 of 3 (attempt 2): starting; 50 %, 1:35 left");
}

}  // namespace
}  // namespace clockwork::local
