#include "tests/bench/processor_times.h"

#include <gtest/gtest.h>

namespace clockwork::bench {
namespace {

TEST(ParseProcessorTimes, TakesTheLinesOfSingleProcessors) {
  const auto times = ParseProcessorTimes(
      "cpu  9 9 9 9 9 9 9 9 9 9\n"
      "cpu0 1 2 3 4 5 60 140 300 0 0\n"
      "cpu12 1 2 3 4 5 0 7 8\n"
      "intr 5 6 7 8 9 10 11 12 13\n",
      100);
  ASSERT_EQ(times.size(), 2);
  EXPECT_DOUBLE_EQ(times.at(0).interrupts_seconds, 2);
  EXPECT_DOUBLE_EQ(times.at(0).steal_seconds, 3);
  EXPECT_DOUBLE_EQ(times.at(12).interrupts_seconds, 0.07);
  EXPECT_DOUBLE_EQ(times.at(12).steal_seconds, 0.08);
}

TEST(ParseProcessorTimes, LeavesOutWhatHasAnotherForm) {
  for (const char* text :
       {"", "cpu\n", "cpu0 1 2 3\n", "cpu0 1 2 3 4 5 six 7 8\n", "cpux 1 2 3 4 5 6 7 8\n"}) {
    EXPECT_TRUE(ParseProcessorTimes(text, 100).empty()) << text;
  }
}

}  // namespace
}  // namespace clockwork::bench
