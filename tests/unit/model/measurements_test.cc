#include "images/common/model/measurements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clockwork {
namespace {

using ::testing::HasSubstr;

TEST(MeasurementsTest, ReadsWholeNumbersWithAndWithoutSuffix) {
  for (const char* text : {"weights = 8310000L; b1 = 2730000L; b16 = 17300000L;",
                           "weights = 8310000; b1 = 2730000; b16 = 17300000;",
                           "// measured\nweights : 8310000\nb1 : 2730000L\nb16 = 17300000"}) {
    auto measurements = ParseMeasurements(text);
    ASSERT_TRUE(measurements.ok()) << text << ": " << measurements.error().message;
    EXPECT_EQ(measurements->load_ns, 8'310'000) << text;
    EXPECT_EQ(measurements->ExecNs(1), 2'730'000) << text;
    EXPECT_EQ(measurements->ExecNs(16), 17'300'000) << text;
  }
}

TEST(MeasurementsTest, TakesTimesBeyond32Bits) {
  for (const char* text : {"weights = 5000000000L;", "weights = 5000000000;"}) {
    auto measurements = ParseMeasurements(text);
    ASSERT_TRUE(measurements.ok()) << measurements.error().message;
    EXPECT_EQ(measurements->load_ns, 5'000'000'000) << text;
  }
}

TEST(MeasurementsTest, AMissingBatchSizeTakesNoTime) {
  auto measurements = ParseMeasurements("weights = 1L; b1 = 2L;");
  ASSERT_TRUE(measurements.ok());
  EXPECT_EQ(measurements->ExecNs(2), 0);
}

TEST(MeasurementsTest, OtherSettingsAreIgnored) {
  auto measurements = ParseMeasurements("weights = 1L; batch = \"x\"; b = 3; b0 = 2; bias = 1.5;");
  ASSERT_TRUE(measurements.ok()) << measurements.error().message;
  EXPECT_TRUE(measurements->exec_ns.empty());
}

struct BadText {
  const char* text;
  const char* message;
};

class BadMeasurementsTest : public ::testing::TestWithParam<BadText> {};

TEST_P(BadMeasurementsTest, SaysWhatIsWrong) {
  auto measurements = ParseMeasurements(GetParam().text);
  ASSERT_FALSE(measurements.ok());
  EXPECT_THAT(measurements.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadMeasurementsTest,
    ::testing::Values(BadText{"", "'weights' is missing"},
                      BadText{"b1 = 2L;", "'weights' is missing"},
                      BadText{"weights = 1L;\nb1 = ;", "line 2"},
                      BadText{"weights = 8.31;", "line 1: weights must be a whole number"},
                      BadText{"weights = 1L;\nb1 = \"fast\";", "line 2: b1 must be a whole"},
                      BadText{"weights = -1L;", "must be from 0"},
                      BadText{"weights = 1L; b1 = 9000000000000000L;", "b1 must be from 0"},
                      BadText{"weights = { b1 = 1L; };", "weights must be a whole number"}));

}  // namespace
}  // namespace clockwork
