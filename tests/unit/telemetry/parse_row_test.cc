#include "images/common/telemetry/parse_row.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include "images/common/telemetry/format.h"
#include "tests/support/telemetry_logs.h"

namespace clockwork::telemetry {
namespace {

template <typename Row>
void ExpectRoundTrip(const Row& row) {
  std::array<char, kMaxRowBytes> line;
  char* end = FormatRow(row, line.data());
  Row parsed;
  const ParsedRow result = ParseRow(line.data(), &parsed);
  EXPECT_EQ(result.verdict, RowVerdict::kRow) << std::string(line.data(), end);
  EXPECT_EQ(result.end, end);
  EXPECT_EQ(parsed, row) << std::string(line.data(), end);
}

TEST(ParseRowTest, ReadsWhatIsWritten) {
  for (const RequestRow& row : testing::GoldenRequests()) ExpectRoundTrip(row);
  for (const ActionRow& row : testing::GoldenActions()) ExpectRoundTrip(row);
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    RequestRow row;
    row.t = static_cast<Nanos>(random() >> (1 + random() % 63));
    row.request_id = static_cast<std::int32_t>(random() >> 33);
    row.user_id = -row.request_id;
    row.slo_factor = static_cast<float>(random() % 100) / 4;
    row.latency = static_cast<Nanos>(random() >> (1 + random() % 63));
    row.deadline_met = random() % 2 == 0;
    ExpectRoundTrip(row);
  }
}

// Any client may ask for a model of any number.
TEST(ParseRowTest, ReadsTheLeastNumbers) {
  RequestRow row = testing::GoldenRequests().front();
  row.request_id = row.user_id = row.model_id = std::numeric_limits<std::int32_t>::min();
  ExpectRoundTrip(row);
}

struct Case {
  const char* line;  // a request row
  RowVerdict verdict;
  const char* column = "";
};

class ParseRowVerdictTest : public ::testing::TestWithParam<Case> {};

TEST_P(ParseRowVerdictTest, IsAsExpected) {
  const std::string line = std::string(GetParam().line) + "\n";
  RequestRow row;
  const ParsedRow result = ParseRow(line.data(), &row);
  EXPECT_EQ(result.verdict, GetParam().verdict) << line;
  EXPECT_EQ(result.column, GetParam().column) << line;
  EXPECT_EQ(result.end, line.data() + line.size());
}

constexpr auto kRow = RowVerdict::kRow;
constexpr auto kMalformed = RowVerdict::kMalformed;

INSTANTIATE_TEST_SUITE_P(
    Whole, ParseRowVerdictTest,
    ::testing::Values(Case{"1\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0", kRow},
                      Case{"9223372036854775807\t-2147483647\t0\t4\t5\t1.5\t7\t-1\t1\t10\t11\t0",
                           kRow},
                      Case{"1\t2\t0\t4\t5\tinf\t7\t8\t1\t10\t11\t0", kRow},
                      Case{"1\t2\t0\t4\t5\t1e-05\t7\t8\t1\t10\t11\t0", kRow}));

// What makes a field missing is asked before what makes it wrong: a cut row may look like both.
INSTANTIATE_TEST_SUITE_P(
    Missing, ParseRowVerdictTest,
    ::testing::Values(
        Case{"", RowVerdict::kMissingField, "t"}, Case{"1", RowVerdict::kMissingField, "t"},
        Case{"1\t2\t0\t4\t5\t0\t7\t-", RowVerdict::kMissingField, "deadline"},
        Case{"1\t2\t0\t4\t5\t1e", RowVerdict::kMissingField, "slo_factor"},
        Case{"1\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11", RowVerdict::kMissingField, "departure_count"},
        Case{"1\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t", RowVerdict::kMissingField, "is_coldstart"},
        Case{"\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0", RowVerdict::kMissingField, "t"},
        Case{"1\t2\t\t4\t5\t0\t7\t8\t1\t10\t11\t0", RowVerdict::kMissingField, "result"},
        Case{"1\t2\t0\t4\t5\tnan\t7\t8\t1\t10\t11\t0", RowVerdict::kMissingField, "slo_factor"}));

INSTANTIATE_TEST_SUITE_P(
    Malformed, ParseRowVerdictTest,
    ::testing::Values(
        Case{"1\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0\t", kMalformed},
        Case{"1\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0\t5", kMalformed},
        Case{"-1\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0", kMalformed, "t"},
        Case{"9223372036854775808\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0", kMalformed, "t"},
        Case{"99999999999999999999999\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0", kMalformed, "t"},
        Case{"1\t2147483648\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0", kMalformed, "request_id"},
        Case{"1\t2\t0x1\t4\t5\t0\t7\t8\t1\t10\t11\t0", kMalformed, "result"},
        Case{"1\t2\t0\t4\t 5\t0\t7\t8\t1\t10\t11\t0", kMalformed, "model_id"},
        Case{"1\t2\t0\t4\t5\t0x\t7\t8\t1\t10\t11\t0", kMalformed, "slo_factor"},
        Case{"1\t2\t0\t4\t5\t0\t-7\t8\t1\t10\t11\t0", kMalformed, "latency"},
        Case{"1\t2\t0\t4\t5\t0\t7\t8\t2\t10\t11\t0", kMalformed, "deadline_met"},
        Case{"1\t2\t0\t4\t5\t0\t7\t8\t1\t1.0\t11\t0", kMalformed, "arrival_count"},
        Case{"1\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0\r", kMalformed, "is_coldstart"}));

}  // namespace
}  // namespace clockwork::telemetry
