#include "images/common/model/zoo_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace clockwork {
namespace {

using ::testing::HasSubstr;

TEST(ParseScaledDecimalTest, IsExact) {
  struct Case {
    const char* text;
    int digits;
    std::int64_t value;
  };
  for (const Case& c :
       {Case{"2.73", 6, 2'730'000}, Case{"17.3", 6, 17'300'000}, Case{"0.0588", 6, 58'800},
        Case{"31", 6, 31'000'000}, Case{"0.000001", 6, 1}, Case{"301056", 0, 301'056},
        Case{"8.31", 2, 831}, Case{"0.1", 18, 100'000'000'000'000'000}}) {
    auto value = ParseScaledDecimal(c.text, c.digits);
    ASSERT_TRUE(value.ok()) << c.text;
    EXPECT_EQ(*value, c.value) << c.text;
  }
}

TEST(ParseScaledDecimalTest, RejectsEverythingElse) {
  for (const char* text : {"", ".", "1.", ".5", "-1", "+1", "1e3", "1.2.3", "1,5", " 1", "nan",
                           "0.1234567", "99999999999999999999"}) {
    EXPECT_FALSE(ParseScaledDecimal(text, 6).ok()) << text;
  }
}

TEST(ParseZooCsvTest, SortsByNameAndSkipsFlaggedRows) {
  auto models = ParseZooCsv(
      "model,input_kB,output_kB,weights_MB,transfer_ms,b2_ms,b1_ms,in_osdi20_table2\n"
      "b,602,4,16.8,1.5,2,1,1\n"
      "c,602,4,1,1,1,1,0\n"
      "a,12,0.04,16.777216,1,2,1,1\n");
  ASSERT_TRUE(models.ok()) << models.error().message;
  ASSERT_EQ(models->size(), 2U);
  EXPECT_EQ(models->front().name, "a");
  EXPECT_EQ(models->front().weights_pages, 1U);
  EXPECT_EQ(models->back().weights_pages, 2U);
  EXPECT_EQ(models->back().batches, (std::vector<BatchTime>{{1, 1'000'000}, {2, 2'000'000}}));
}

struct BadCsv {
  const char* text;
  const char* message;
};

class BadCsvTest : public ::testing::TestWithParam<BadCsv> {};

TEST_P(BadCsvTest, NamesLineAndColumn) {
  auto models = ParseZooCsv(GetParam().text);
  ASSERT_FALSE(models.ok());
  EXPECT_THAT(models.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadCsvTest,
    ::testing::Values(
        BadCsv{"model,weights_MB,b1_ms\na,1\n", "line 2: 2 cells, the header has 3"},
        BadCsv{"model,weights_MB,b1_ms\na,1,x\n", "line 2: column b1_ms: 'x'"},
        BadCsv{"model,weights_MB,b1_ms\na,1,1\na,1,1\n", "line 3: model a occurs twice"},
        BadCsv{"model,weights_MB,b1_ms,input_kB\na,1,1,603\n", "column input_kB: '603' kB"},
        BadCsv{"model,weights_MB,b1_ms\n,1,1\n", "column model: the name is empty"},
        BadCsv{"model,weights_MB\na,1\n", "needs the columns"},
        BadCsv{"model,b1_ms\na,1\n", "needs the columns"},
        BadCsv{"model,weights_bytes,b1_ms\na,99999999999999,1\n", "too large"}));

}  // namespace
}  // namespace clockwork
