#include "images/common/telemetry/format.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace clockwork::telemetry {
namespace {

template <typename Row>
std::string Line(const Row& row) {
  std::array<char, kMaxRowBytes> line;
  return {line.data(), FormatRow(row, line.data())};
}

TEST(FormatRowTest, RequestColumnsInOrder) {
  const RequestRow row{.t = 1'600'000'000'123'456'789,
                       .request_id = 1,
                       .result = 2,
                       .user_id = 3,
                       .model_id = 4,
                       .slo_factor = 0,
                       .latency = 6,
                       .deadline = -1,
                       .deadline_met = true,
                       .arrival_count = 9,
                       .departure_count = 10,
                       .is_coldstart = false};
  EXPECT_EQ(Line(row), "1600000000123456789\t1\t2\t3\t4\t0\t6\t-1\t1\t9\t10\t0\n");
}

TEST(FormatRowTest, IntegersOfAnyLengthAreThoseOfTheStandardLibrary) {
  std::vector<std::int64_t> values = {0, std::numeric_limits<std::int64_t>::min(),
                                      std::numeric_limits<std::int64_t>::max()};
  for (std::int64_t power = 1; power <= 1'000'000'000'000'000'000 / 10; power *= 10) {
    for (const std::int64_t value : {power - 1, power, power + 7, 5 * power, 9 * power}) {
      values.push_back(value);
      values.push_back(-value);
    }
  }
  for (const std::int64_t value : values) {
    RequestRow row;
    row.t = value;
    row.request_id = static_cast<std::int32_t>(value);
    const std::string begin =
        std::to_string(value) + "\t" + std::to_string(row.request_id) + "\t0\t";
    EXPECT_EQ(Line(row).substr(0, begin.size()), begin);
  }
}

TEST(FormatRowTest, ActionColumnsInOrder) {
  ActionRow row;
  std::int64_t next = 1;
  for (auto* column : {&row.t}) *column = next++;
  for (auto* column : {&row.action_id, &row.action_type, &row.status, &row.worker_id, &row.gpu_id,
                       &row.model_id, &row.batch_size}) {
    *column = static_cast<std::int32_t>(next++);
  }
  for (auto* column : {&row.expected_exec_duration, &row.worker_exec_duration,
                       &row.expected_exec_complete, &row.worker_exec_complete}) {
    *column = next++;
  }
  for (auto* column :
       {&row.expected_gpu_clock, &row.worker_gpu_clock_before, &row.worker_gpu_clock}) {
    *column = static_cast<std::int32_t>(next++);
  }
  for (auto* column :
       {&row.worker_copy_output_complete, &row.worker_action_received, &row.worker_result_sent,
        &row.controller_result_enqueue, &row.controller_action_duration, &row.goodput}) {
    *column = next++;
  }
  for (auto* column : {&row.requests_queued, &row.copies_loaded}) {
    *column = static_cast<std::int32_t>(next++);
  }
  EXPECT_EQ(Line(row),
            "1\t2\t3\t4\t5\t6\t7\t8\t9\t10\t11\t12\t13\t14\t15\t16\t17\t18\t19\t20\t21\t22\t23\n");
}

TEST(FormatRowTest, SloFactorHasSixSignificantDigits) {
  struct Case {
    float value;
    const char* text;
  };
  for (const Case& c :
       {Case{0, "0"}, Case{-0.0F, "0"}, Case{2, "2"}, Case{1.25F, "1.25"}, Case{0.1F, "0.1"},
        Case{1.0F / 3, "0.333333"}, Case{1e6F, "1e+06"}, Case{123456, "123456"},
        Case{1e-5F, "1e-05"}, Case{std::numeric_limits<float>::infinity(), "inf"}}) {
    RequestRow row;
    row.slo_factor = c.value;
    const std::string expected = std::string("0\t0\t0\t0\t0\t") + c.text + "\t0\t-1\t0\t0\t0\t0\n";
    EXPECT_EQ(Line(row), expected) << c.text;
  }
}

TEST(FormatRowTest, NoRowIsLongerThanItsRoom) {
  constexpr auto kLowest = std::numeric_limits<std::int64_t>::min();
  constexpr auto kLowest32 = std::numeric_limits<std::int32_t>::min();
  const ActionRow row{kLowest,   kLowest32, kLowest32, kLowest32, kLowest32, kLowest32,
                      kLowest32, kLowest32, kLowest,   kLowest,   kLowest,   kLowest,
                      kLowest32, kLowest32, kLowest32, kLowest,   kLowest,   kLowest,
                      kLowest,   kLowest,   kLowest,   kLowest32, kLowest32};
  EXPECT_LE(Line(row).size(), kMaxRowBytes);
}

TEST(HeaderTest, NamesEveryColumn) {
  const auto columns = [](std::string_view header) {
    std::size_t count = 1;
    for (const char c : header) count += c == '\t' ? 1 : 0;
    return count;
  };
  EXPECT_EQ(columns(kRequestHeader), kRequestColumns);
  EXPECT_EQ(columns(kActionHeader), kActionColumns);
}

}  // namespace
}  // namespace clockwork::telemetry
