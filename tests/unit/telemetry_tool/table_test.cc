#include "images/telemetry/core/table.h"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <vector>

namespace clockwork::telemetry {
namespace {

TEST(TableTest, RoundTripKeepsEmptyCells) {
  const Table table = {{"a", "b"}, {{"1", ""}, {"", "2.5"}}};
  EXPECT_EQ(EncodeTable(table), "a\tb\n1\t\n\t2.5\n");
  const auto decoded = DecodeTable(EncodeTable(table));
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(*decoded, table);
  const Table header_only = {{"a"}, {}};
  EXPECT_EQ(*DecodeTable(EncodeTable(header_only)), header_only);
}

TEST(TableTest, NamesTheRowOfTheWrongLength) {
  EXPECT_FALSE(DecodeTable("").ok());
  const auto decoded = DecodeTable("a\tb\n1\t2\n3\n");
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().message, "line 3 has 1 cells instead of 2");
}

TEST(NumbersOfTest, ReadsFloatsAndGaps) {
  const Table table = {{"a", "b"}, {{"1", "x"}, {"", ""}, {"-2.5e-07", ""}, {"inf", ""}}};
  const auto numbers = NumbersOf(table, "a");
  ASSERT_TRUE(numbers.ok());
  EXPECT_EQ(*numbers, (std::vector<std::optional<double>>{
                          1, std::nullopt, -2.5e-7, std::numeric_limits<double>::infinity()}));
  EXPECT_EQ(NumbersOf(table, "b").error().message, "column b holds 'x', which is no number");
  EXPECT_EQ(NumbersOf(table, "c").error().message, "it has no column c");
}

}  // namespace
}  // namespace clockwork::telemetry
