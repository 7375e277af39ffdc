#include "images/telemetry/core/tail_cdf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace clockwork::telemetry {
namespace {

ActionRow Infer(Nanos expected, Nanos actual) {
  return {.action_type = kActionInfer,
          .batch_size = 1,
          .expected_exec_duration = expected,
          .worker_exec_duration = actual,
          .expected_exec_complete = expected,
          .worker_exec_complete = actual};
}
RequestRow Request(Nanos latency, std::int32_t arrival_count = 1) {
  return {.latency = latency, .arrival_count = arrival_count};
}

class TailCdfTest : public ::testing::Test {
 protected:
  void Fill(const std::vector<RequestRow>& requests, const std::vector<ActionRow>& actions) {
    TailCdf cdf;
    do {
      for (const auto& row : requests) cdf.Add(row);
      for (const auto& row : actions) cdf.Add(row);
    } while (!cdf.EndPass());
    table_ = cdf.Data();
  }
  std::string Cell(std::size_t row, const std::string& column) const {
    const auto found = std::find(table_.columns.begin(), table_.columns.end(), column);
    EXPECT_NE(found, table_.columns.end()) << column;
    return table_.rows[row][static_cast<std::size_t>(found - table_.columns.begin())];
  }
  // The different cells of a column, from top to bottom.
  std::vector<std::string> Cells(const std::string& column) const {
    std::vector<std::string> cells;
    for (std::size_t row = 0; row < table_.rows.size(); ++row) {
      if (cells.empty() || cells.back() != Cell(row, column)) cells.push_back(Cell(row, column));
    }
    return cells;
  }

  Table table_;
};

using Cells_ = std::vector<std::string>;

TEST_F(TailCdfTest, TheGridEndsAtTheNumberOfRows) {
  Fill({Request(1), Request(2)}, std::vector<ActionRow>(1000, Infer(3, 3)));
  ASSERT_EQ(table_.rows.size(), TailCdf::kPoints);
  EXPECT_EQ(Cell(0, "quantile"), "0.0");
  EXPECT_EQ(Cell(0, "y"), "0.0");
  EXPECT_EQ(Cell(999, "quantile"), "0.999");
  EXPECT_EQ(Cell(999, "y"), "3.0");
  EXPECT_EQ(table_.columns.size(), 21U);
}

TEST_F(TailCdfTest, ZerosAreOverAndUnder) {
  Fill({Request(1)}, {Infer(5, 5), Infer(5, 5), Infer(5, 5)});
  EXPECT_EQ(Cells("infer_prediction_error_over"), Cells_({"0.0"}));
  // Half way between two negative zeros the formula changes, and with it the sign.
  const Cells_ under = Cells("infer_prediction_error_under");
  EXPECT_EQ(under.front(), "0.0");
  EXPECT_EQ(under[1], "-0.0");
  EXPECT_EQ(Cells("infer_prediction_error_ratio_over"), Cells_({"0.0"}));
}

TEST_F(TailCdfTest, ASingleZeroUnderIsNegative) {
  Fill({Request(1)}, {Infer(5, 5)});
  EXPECT_EQ(Cells("infer_prediction_error_under"), Cells_({"-0.0"}));
  EXPECT_EQ(Cells("infer_prediction_error_over"), Cells_({"0.0"}));
}

TEST_F(TailCdfTest, UnderIsTheSizeOfWhatIsMissing) {
  Fill({Request(1)}, {Infer(5'000'000, 2'000'000)});
  EXPECT_EQ(Cells("infer_prediction_error_under"), Cells_({"3.0"}));
  EXPECT_EQ(Cells("infer_prediction_error_over"), Cells_({""}));
  EXPECT_EQ(Cells("infer_prediction_error_ratio_under"), Cells_({"1.5e-06"}));
  EXPECT_EQ(Cells("load_prediction_error_under"), Cells_({""}));
}

TEST_F(TailCdfTest, FailedActionsHaveInfiniteRatios) {
  // 0/0 is in neither column; between two infinities there is nothing.
  Fill({Request(1)}, {Infer(5'000'000, 0), Infer(7'000'000, 0), Infer(0, 0)});
  EXPECT_EQ(Cells("infer_prediction_error_ratio_under"), Cells_({""}));
  EXPECT_EQ(Cells("infer_prediction_error_ratio_over"), Cells_({""}));
  EXPECT_EQ(Cell(999, "infer_prediction_error_over"), "0.0");
  Fill({Request(1)}, {Infer(5'000'000, 0), Infer(3'000'000, 2'000'000)});
  EXPECT_EQ(Cell(0, "infer_prediction_error_ratio_under"), "");
  EXPECT_EQ(Cell(1, "infer_prediction_error_ratio_under"), "inf");
}

TEST_F(TailCdfTest, LatenciesAreSplitByWhetherTheModelWasThere) {
  Fill({Request(4'000'000, 0), Request(2'000'000, 2), Request(9'000'000, -1)}, {});
  EXPECT_EQ(Cells("cold"), Cells_({"4.0"}));
  EXPECT_EQ(Cells("hot"), Cells_({"2.0"}));
  EXPECT_EQ(Cell(0, "latency"), "2.0");
  EXPECT_EQ(Cells("infer_completion_error_over"), Cells_({""}));
}

TEST_F(TailCdfTest, OtherActionTypesOnlyCount) {
  std::vector<ActionRow> evictions(100, Infer(5, 6));
  for (auto& row : evictions) row.action_type = kActionEvict;
  Fill({Request(1)}, evictions);
  EXPECT_EQ(Cell(999, "y"), "2.0");
  EXPECT_EQ(Cells("infer_prediction_error_over"), Cells_({""}));
}

TEST_F(TailCdfTest, OneRowMakesAFlatGrid) {
  Fill({Request(3'000'000)}, {});
  EXPECT_EQ(Cells("quantile"), Cells_({"0.0"}));
  EXPECT_EQ(Cells("latency"), Cells_({"3.0"}));
}

}  // namespace
}  // namespace clockwork::telemetry
