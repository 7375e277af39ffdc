#include "images/common/telemetry/parse_columns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "images/common/telemetry/digits.h"
#include "images/common/telemetry/parse_row.h"
#include "tests/support/telemetry_logs.h"

namespace clockwork::telemetry {
namespace {

using clockwork::testing::GoldenActions;
using clockwork::testing::GoldenRequests;
using clockwork::testing::LogText;

// The columns that ColumnParser sets, the others as they are in a new row.
RequestRow Columns(const RequestRow& row) {
  return {.t = row.t,
          .result = row.result,
          .model_id = row.model_id,
          .latency = row.latency,
          .deadline_met = row.deadline_met,
          .arrival_count = row.arrival_count,
          .is_coldstart = row.is_coldstart};
}
ActionRow Columns(const ActionRow& row) {
  return {.t = row.t,
          .action_type = row.action_type,
          .batch_size = row.batch_size,
          .expected_exec_duration = row.expected_exec_duration,
          .worker_exec_duration = row.worker_exec_duration,
          .expected_exec_complete = row.expected_exec_complete,
          .worker_exec_complete = row.worker_exec_complete};
}

// Whether the quick way takes the line; then it must say what the strict way says.
template <typename Row>
bool Accepts(ColumnParser* parser, std::string line) {
  const std::size_t length = line.size();
  line.append(kColumnsSlackBytes, '7');
  Row quick;
  const char* const end = parser->Parse(line.data(), &quick);
  if (end == nullptr) return false;
  Row strict;
  const ParsedRow parsed = ParseRow(line.data(), &strict);
  EXPECT_EQ(parsed.verdict, RowVerdict::kRow) << line.substr(0, length);
  EXPECT_EQ(end, parsed.end) << line.substr(0, length);
  EXPECT_EQ(quick, Columns(strict)) << line.substr(0, length);
  return true;
}
template <typename Row>
bool Accepts(const std::string& line) {
  ColumnParser parser;
  return Accepts<Row>(&parser, line);
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = text.find('\n') + 1;
  for (std::size_t end = 0; begin < text.size(); begin = end + 1) {
    end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end + 1 - begin));
  }
  return lines;
}

TEST(ParseColumnsTest, TakesTheRowsOfARun) {
  for (const std::string& line : LinesOf(LogText(GoldenRequests()))) {
    EXPECT_TRUE(Accepts<RequestRow>(line)) << line;
  }
  for (const std::string& line : LinesOf(LogText(GoldenActions()))) {
    EXPECT_TRUE(Accepts<ActionRow>(line)) << line;
  }
}

TEST(ParseColumnsTest, WhatItRemembersOfATimeIsOnlyUsedForTheSameDigits) {
  const std::string rest = "\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0\n";
  ColumnParser parser;
  for (const char* t : {"0000000000000000001", "1600000000000000000", "1600000000012345678",
                        "1600000000100000000", "1600000001100000000", "2600000001100000000",
                        "1600000001100000000", "0000000000099999999", "9223372036800000000"}) {
    EXPECT_TRUE(Accepts<RequestRow>(&parser, t + rest)) << t;
  }
  for (const char* t : {"9223372036854775808", "92233720368 4775807", "9223372036854775\t07",
                        "92233720x68 4775807", "9x23372036854775807", "9223372036"}) {
    EXPECT_FALSE(Accepts<RequestRow>(&parser, t + rest)) << t;
  }
  EXPECT_TRUE(Accepts<RequestRow>(&parser, "9223372036854775807" + rest));
  EXPECT_FALSE(Accepts<RequestRow>(std::string(19, '\0') + rest));
}

TEST(ParseColumnsTest, TakesALineThatIsLongerThanAMask) {
  EXPECT_TRUE(
      Accepts<RequestRow>("1600000000000000000\t999999999\t4\t400000000\t5\t0\t1234567890123456\t"
                          "123456789012345678\t0\t0\t0\t1\n"));
}

// As many as fit, and none from an unusual line on.
template <typename Row>
void ExpectSome(const std::vector<std::string>& lines) {
  constexpr std::size_t kUnusual = 17;
  std::string text;
  std::vector<std::size_t> begins;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i == kUnusual) text += "1\n";
    begins.push_back(text.size());
    text += lines[i];
  }
  const std::size_t length = text.size();
  text.append(kColumnsSlackBytes, '7');
  const char* const begin = text.data();
  const char* const end = begin + length;
  ColumnParser parser;
  std::vector<Row> rows(10);
  std::size_t count = 0;
  EXPECT_EQ(parser.ParseSome(begin, end, rows, &count), begin + begins[10]);
  EXPECT_EQ(count, 10U);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Row strict;
    ParseRow(begin + begins[i], &strict);
    EXPECT_EQ(rows[i], Columns(strict)) << i;
  }
  EXPECT_EQ(parser.ParseSome(begin + begins[10], end, rows, &count), begin + begins[kUnusual] - 2);
  EXPECT_EQ(count, kUnusual - 10);
  EXPECT_EQ(parser.ParseSome(begin + begins[kUnusual] - 2, end, rows, &count),
            begin + begins[kUnusual] - 2);
  EXPECT_EQ(count, 0U);
  EXPECT_EQ(parser.ParseSome(begin + begins.back(), end, rows, &count), end);
  EXPECT_EQ(count, 1U);
}

TEST(ParseColumnsTest, ParsesSomeLinesAtATime) {
  ExpectSome<RequestRow>(LinesOf(LogText(GoldenRequests())));
  ExpectSome<ActionRow>(LinesOf(LogText(GoldenActions())));
}

struct ColumnsCase {
  const char* line;  // a request row
  bool accepted;
};

class ParseColumnsCaseTest : public ::testing::TestWithParam<ColumnsCase> {};

TEST_P(ParseColumnsCaseTest, IsTakenOrLeft) {
  EXPECT_EQ(Accepts<RequestRow>(std::string(GetParam().line) + "\n"), GetParam().accepted)
      << GetParam().line;
}

INSTANTIATE_TEST_SUITE_P(
    Usual, ParseColumnsCaseTest,
    ::testing::Values(
        ColumnsCase{"1600000000000000000\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0", true},
        ColumnsCase{"9223372036854775807\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t1", true},
        ColumnsCase{"1600000000000000000\t2\t84\t4\t12345678\t2\t99999999\t8\t0\t0\t0\t0", true},
        ColumnsCase{"1600000000000000000\t2\t4\t4\t5\t0\t100000001\t8\t0\t0\t0\t0", true},
        ColumnsCase{"1600000000000000000\t999999999\t4\t4\t5\t0\t1234567890123456\t"
                    "123456789012345678\t0\t0\t0\t0",
                    true}));

INSTANTIATE_TEST_SUITE_P(
    Unusual, ParseColumnsCaseTest,
    ::testing::Values(
        ColumnsCase{"9223372036854775808\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0", false},
        ColumnsCase{"1\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0", false},
        ColumnsCase{"1600000000000000000\t2\t0\t4\t5\t0\t7\t-1\t1\t10\t11\t0", false},
        ColumnsCase{"1600000000000000000\t2\t0\t4\t5\t1.25\t7\t8\t1\t10\t11\t0", false},
        ColumnsCase{"1600000000000000000\t2\t0\t4\t5\t0\t7\t8\t2\t10\t11\t0", false},
        ColumnsCase{"1600000000000000000\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0\t0", false},
        ColumnsCase{"1600000000000000000\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11", false},
        ColumnsCase{"1600000000000000000\t2\t0\t4\t5\t0\t\t8\t1\t10\t11\t0", false},
        ColumnsCase{"1600000000000000000\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t", false},
        ColumnsCase{"1600000000000000000 2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0", false},
        ColumnsCase{"1600000000x00000000\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0", false},
        ColumnsCase{"1600000000000000000\t2147483648\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0", false}));

// A few bytes of a whole line changed, taken out or put in.
std::string Damaged(std::string line, std::mt19937_64* random) {
  const std::string_view likely = "\t\t\n-.0123456789e/:";
  for (std::size_t changes = (*random)() % 4; changes > 0; --changes) {
    const std::size_t at = (*random)() % line.size();
    const char byte =
        (*random)() % 4 == 0 ? static_cast<char>((*random)()) : likely[(*random)() % likely.size()];
    switch ((*random)() % 3) {
      case 0:
        line[at] = byte;
        break;
      case 1:
        line.insert(at, 1, byte);
        break;
      default:
        line.erase(at, 1);
        break;
    }
    if (line.empty() || line.back() != '\n') line += '\n';
  }
  return line;
}

template <typename Row>
void ExpectSoundness(const std::vector<std::string>& lines) {
  std::mt19937_64 random(17);
  ColumnParser parser;
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    accepted += Accepts<Row>(&parser, Damaged(lines[random() % lines.size()], &random)) ? 1 : 0;
  }
  // Both ways were gone.
  EXPECT_GT(accepted, 5'000);
  EXPECT_LT(accepted, 19'000);
}

TEST(ParseColumnsTest, WhatItTakesOfDamagedLinesIsRight) {
  ExpectSoundness<RequestRow>(LinesOf(LogText(GoldenRequests())));
  ExpectSoundness<ActionRow>(LinesOf(LogText(GoldenActions())));
}

TEST(DigitsTest, TheMasksOfBothKindsAgree) {
  std::mt19937_64 random(3);
  std::string text(kMaskBytes, '0');
  for (int round = 0; round < 2'000; ++round) {
    for (char& c : text) {
      c = static_cast<char>(random() % 3 == 0   ? random()
                            : random() % 3 == 0 ? '\t' + random() % 2
                                                : '0' + random() % 10);
    }
    std::uint64_t expected = 0;
    std::uint64_t tabs = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      expected |= std::uint64_t{text[i] < '0' || text[i] > '9'} << i;
      tabs |= std::uint64_t{text[i] == '\t'} << i;
    }
    ASSERT_EQ(TabsPortable(text.data()), tabs);
    ASSERT_EQ(Tabs(text.data()), tabs);
    ASSERT_EQ(NonDigitsPortable(text.data()), expected);
    ASSERT_EQ(NonDigits(text.data()), expected);
  }
}

TEST(DigitsTest, JoinsTheDigitsBeforeAnEnd) {
  const std::string text = "99\t\t9999x12345678";
  std::uint64_t expected = 0;
  std::uint64_t unit = 1;
  for (std::size_t length = 1; length <= 8; ++length, unit *= 10) {
    expected += (9 - length) * unit;
    EXPECT_EQ(JoinDigits(text.data() + text.size(), length), expected) << length;
  }
}

TEST(DigitsTest, JoinsTheDigitsFromABegin) {
  const std::string text = "12345678/:x\t\n 999";
  std::uint64_t expected = 0;
  for (std::size_t length = 1; length <= 8; ++length) {
    expected = expected * 10 + length;
    EXPECT_EQ(LeadingDigits(text.data(), length), expected) << length;
  }
}

TEST(DigitsTest, JoinsFourNumbersAndTwoOfWhatTheMasksLeave) {
  const std::string text = "\t/:x\n345678999999990987654300000007";
  const char* const at = text.data();
  constexpr std::uint64_t kAll = 0x0F0F0F0F0F0F0F0F;
  const FourMasks last_three = {kAll << 40, kAll, kAll, kAll};
  for (const auto& join : {JoinFour, JoinFourPortable}) {
    EXPECT_EQ(join(at, at + 15, at + 26, last_three),
              (FourNumbers{345, 67'899'999, 99'990'987, 30'000'000}));
    EXPECT_EQ(join(at + 7, at + 27, at, {kAll, 0, kAll, 0}), (FourNumbers{56'789'999, 0, 7, 0}));
  }
  EXPECT_EQ(JoinTwo(LoadWord(at + 9) & kAll), 7'899U | std::uint64_t{9'999} << 32);
  EXPECT_EQ(JoinTwo(LoadWord(at + 4) & (kAll << 56 | std::uint64_t{0x0F} << 24)),
            5U | std::uint64_t{9} << 32);
}

}  // namespace
}  // namespace clockwork::telemetry
