#include "images/controller/core/estimate.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace clockwork::controller {
namespace {

struct PercentileCase {
  std::string what;
  std::vector<std::uint64_t> inserted;
  std::uint64_t percentile;
};

TEST(PercentileWindowTest, InterpolatesInFloat32) {
  const std::uint64_t work = 2'730'000ULL * 1380;
  const std::vector<PercentileCase> cases = {
      {"one value is itself, exactly", {3'767'400'001}, 3'767'400'001},
      {"two values: position 0.99", {100, 200}, 199},
      {"order of insertion does not matter", {200, 100}, 199},
      {"ten values: 0.91 of the largest, 0.09 of the second, cut (1909.9999)",
       {1, 2, 3, 4, 5, 6, 7, 8, 1000, 2000},
       1909},
      {"only the largest two count", {0, 0, 0, 0, 0, 0, 0, 0, 1000, 2000}, 1909},
      {"the eleventh value pushes the first out",
       {9'000'000, 1, 1, 1, 1, 1, 1, 1, 1, 1000, 2000},
       1909},
      {"equal values read back with 24 significant bits", std::vector<std::uint64_t>(10, work),
       3'767'399'936},
  };
  for (const PercentileCase& c : cases) {
    PercentileWindow window;
    for (const std::uint64_t value : c.inserted) window.Insert(value);
    EXPECT_EQ(window.Percentile(), c.percentile) << c.what;
  }
}

TEST(ExecEstimateTest, TheFirstMeasurementReplacesTheStartValue) {
  ExecEstimate estimate(5'000'000);
  EXPECT_EQ(estimate.At(1380), 5'000'000);
  estimate.Measure(2'730'000, 1380, 1380);
  EXPECT_EQ(estimate.At(1380), 2'730'000);
}

TEST(ExecEstimateTest, AFullWindowOfEqualDurationsReadsBackOneLess) {
  ExecEstimate estimate(2'730'000);
  for (int i = 0; i < 10; ++i) estimate.Measure(2'730'000, 1380, 1380);
  EXPECT_EQ(estimate.At(1380), 2'729'999);
}

TEST(ExecEstimateTest, ScalesWithTheClock) {
  ExecEstimate estimate(2'000'000);
  EXPECT_EQ(estimate.At(690), 4'000'000);
  EXPECT_EQ(estimate.At(2760), 1'000'000);
  // The mean of both clocks, rounded down: 1001.
  estimate.Measure(1'000'000, 1000, 1003);
  EXPECT_EQ(estimate.At(1001), 1'000'000);
  EXPECT_EQ(estimate.At(1), 1'001'000'000);
}

TEST(ExecEstimateTest, StaysWithinBoundsWhateverAWorkerReports) {
  ExecEstimate estimate(1);
  estimate.Measure(UINT64_MAX, UINT32_MAX, UINT32_MAX);
  EXPECT_GE(estimate.At(1), 0);
  EXPECT_LE(estimate.At(1), kMaxEstimateNs);
  ExecEstimate huge(kMaxEstimateNs);
  EXPECT_EQ(huge.At(1), kMaxEstimateNs);
}

TEST(LoadEstimateTest, FollowsTheMeasurements) {
  LoadEstimate estimate(8'320'000);
  EXPECT_EQ(estimate.Get(), 8'320'000);
  estimate.Measure(100);
  EXPECT_EQ(estimate.Get(), 100);
  estimate.Measure(200);
  EXPECT_EQ(estimate.Get(), 199);
}

TEST(LoadEstimateTest, StaysWithinBoundsWhateverAWorkerReports) {
  LoadEstimate estimate(0);
  estimate.Measure(-1);
  EXPECT_EQ(estimate.Get(), 0);
  LoadEstimate huge(INT64_MAX);
  huge.Measure(INT64_MAX);
  EXPECT_EQ(huge.Get(), kMaxEstimateNs);
}

}  // namespace
}  // namespace clockwork::controller
