#include "images/client/core/trace_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/support/paths.h"

namespace clockwork::client {
namespace {

using ::testing::HasSubstr;

using Counts = std::map<std::size_t, std::string>;  // minute -> text; others are 0

// A line of the file, without its end.
std::string Line(const Counts& counts, std::size_t minutes = kMinutesPerDay) {
  std::string line = "owner,app,function,http";
  for (std::size_t minute = 0; minute < minutes; ++minute) {
    const auto found = counts.find(minute);
    line += "," + (found == counts.end() ? "0" : found->second);
  }
  return line;
}

std::string File(const std::vector<Counts>& functions, const std::string& line_end = "\n") {
  std::string text = "HashOwner,HashApp,HashFunction,Trigger,..." + line_end;
  for (const Counts& counts : functions) text += Line(counts) + line_end;
  return text;
}

Result<std::unique_ptr<CsvTrace>> Parse(const std::string& text, std::size_t piece = SIZE_MAX) {
  TraceCsvParser parser("trace.csv");
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t length = std::min(piece, text.size() - begin);
    if (Status status = parser.Feed({text.data() + begin, length}); !status.ok()) {
      return status.error();
    }
    begin += length;
  }
  return parser.Finish();
}

std::uint64_t Sum(const Trace& trace, std::uint32_t function) {
  std::uint64_t sum = 0;
  for (std::uint32_t minute = 0; minute < kMinutesPerDay; ++minute) {
    sum += trace.Count(function, minute);
  }
  return sum;
}

TEST(TraceCsvTest, ReadsCountsPerMinute) {
  const auto trace = Parse(File({{{0, "7"}, {1, "3"}, {1439, "2"}}}));
  ASSERT_TRUE(trace.ok()) << trace.error().message;
  ASSERT_EQ((*trace)->functions(), 1U);
  EXPECT_EQ((*trace)->Count(0, 0), 7U);
  EXPECT_EQ((*trace)->Count(0, 1), 3U);
  EXPECT_EQ((*trace)->Count(0, 2), 0U);
  EXPECT_EQ((*trace)->Count(0, 1439), 2U);
  EXPECT_EQ((*trace)->Description(), "trace.csv");
}

TEST(TraceCsvTest, OrdersByTheDaysSumAndTiesByTheLaterLine) {
  // Lines 0..4 with the sums 5, 9, 5, 0, 9; the minute tells the line.
  const auto trace =
      Parse(File({{{10, "5"}}, {{11, "4"}, {12, "5"}}, {{20, "5"}}, {}, {{30, "9"}}}));
  ASSERT_TRUE(trace.ok());
  ASSERT_EQ((*trace)->functions(), 5U);
  EXPECT_EQ((*trace)->Count(0, 30), 9U);
  EXPECT_EQ((*trace)->Count(1, 11), 4U);
  EXPECT_EQ((*trace)->Count(2, 20), 5U);
  EXPECT_EQ((*trace)->Count(3, 10), 5U);
  EXPECT_FALSE((*trace)->HasCalls(4));
  EXPECT_TRUE((*trace)->HasCalls(3));
}

TEST(TraceCsvTest, TheSumIsASigned32BitInteger) {
  // 2^31 wraps to the most negative number and comes last.
  const auto trace = Parse(File({{{0, "2147483647"}, {1, "1"}}, {{2, "1"}}}));
  ASSERT_TRUE(trace.ok());
  EXPECT_EQ((*trace)->Count(0, 2), 1U);
  EXPECT_EQ((*trace)->Count(1, 0), 2147483647U);
}

TEST(TraceCsvTest, PiecesMayEndAnywhere) {
  const std::string text = File({{{0, "12"}, {7, "345"}}, {{5, "99999"}}}, "\r\n");
  for (const std::size_t piece : {1UL, 2UL, 1000UL, 2929UL}) {
    const auto trace = Parse(text, piece);
    ASSERT_TRUE(trace.ok()) << piece << ": " << trace.error().message;
    EXPECT_EQ((*trace)->Count(0, 5), 99999U);
    EXPECT_EQ((*trace)->Count(1, 7), 345U);
  }
}

TEST(TraceCsvTest, CarriageReturnsAndAMissingLastLineEndAreTolerated) {
  std::string text = File({{{1439, "8"}}, {{1439, "9"}}}, "\r\n");
  text.resize(text.size() - 2);
  const auto trace = Parse(text);
  ASSERT_TRUE(trace.ok());
  EXPECT_EQ((*trace)->Count(0, 1439), 9U);
  EXPECT_EQ((*trace)->Count(1, 1439), 8U);
  EXPECT_EQ((*trace)->non_numeric_counts(), 0U);
}

TEST(TraceCsvTest, WhatIsNoNumberCountsAsZero) {
  const auto trace = Parse(File({{{0, "x"}, {1, ""}, {2, "-4"}, {3, "1.5"}, {4, "6"}}}));
  ASSERT_TRUE(trace.ok());
  EXPECT_EQ(Sum(**trace, 0), 6U);
  EXPECT_EQ((*trace)->non_numeric_counts(), 4U);
}

struct BadTrace {
  const char* name;
  std::string text;
  const char* message;
};

class TraceCsvRejectionTest : public ::testing::TestWithParam<BadTrace> {};

TEST_P(TraceCsvRejectionTest, NamesTheInputAndThePlace) {
  const auto trace = Parse(GetParam().text);
  ASSERT_FALSE(trace.ok());
  EXPECT_EQ(trace.error().kind, ErrorKind::kRuntime);
  EXPECT_THAT(trace.error().message, HasSubstr("trace.csv"));
  EXPECT_THAT(trace.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Table, TraceCsvRejectionTest,
    ::testing::Values(
        BadTrace{"Empty", "", "no function"}, BadTrace{"HeaderOnly", File({}), "no function"},
        BadTrace{"TooFewMinutes", File({{}}) + Line({}, 480) + "\n",
                 "line 3: 484 columns instead of 1444"},
        BadTrace{"TooManyMinutes", "h\n" + Line({}, 1441), "line 2: 1445 columns"},
        BadTrace{"EmptyLine", File({{}}) + "\n", "line 3: 1 columns"},
        BadTrace{"HugeCount", File({{{17, "4294967296"}}}), "minute 17 is too large"},
        BadTrace{"CountAbove31Bits", File({{{17, "2147483648"}}}), "minute 17 is too large"},
        BadTrace{"EndlessLine", "h\n" + std::string(70'000, 'x'), "line 2: longer than"}),
    [](const auto& test) { return test.param.name; });

// The samples of the real trace are not part of this repository.
TEST(TraceCsvTest, ReadsARealSample) {
  const std::filesystem::path path =
      SourcePath("../shared/data/maf_sample/invitro_heavy/10_invocations.csv");
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::printf("NO REAL TRACE SAMPLE: %s is missing, test skipped\n", path.c_str());
    GTEST_SKIP();
  }
  std::stringstream text;
  text << file.rdbuf();
  const auto trace = Parse(text.str(), 4096);
  ASSERT_TRUE(trace.ok()) << trace.error().message;
  ASSERT_EQ((*trace)->functions(), 10U);
  std::uint64_t total = 0;
  std::uint64_t previous = UINT64_MAX;
  for (std::uint32_t function = 0; function < 10; ++function) {
    EXPECT_LE(Sum(**trace, function), previous);
    previous = Sum(**trace, function);
    total += Sum(**trace, function);
  }
  EXPECT_EQ(total, 13'037'064U);
}

}  // namespace
}  // namespace clockwork::client
