#include "tests/bench/figure11_ideal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "images/common/base/version.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::bench {
namespace {

class IdealFile : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(directory_ / "data"); }

  testing::TemporaryDirectory directory_;
};

TEST_F(IdealFile, IsReadAsItWasWritten) {
  EXPECT_FALSE(ReadIdeal(directory_.path()).has_value());
  const Ideal ideal{5, 0.1 + 0.2, "0.1.0 (abc)", {{0.1, 7, 6, 1.5}, {0.15, 9, 8, 2}}};
  ASSERT_TRUE(WriteIdeal(directory_.path(), ideal).ok());
  const auto read = ReadIdeal(directory_.path());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->period_seconds, 5);
  EXPECT_EQ(read->goodput_rps, 0.1 + 0.2);  // every digit counts
  EXPECT_EQ(read->version, "0.1.0 (abc)");
  ASSERT_EQ(read->steps.size(), 2U);
  EXPECT_EQ(read->steps[0].factor, 0.1);
  EXPECT_EQ(read->steps[0].offered_rps, 7);
  EXPECT_EQ(read->steps[0].goodput_rps, 6);
  EXPECT_EQ(read->steps[0].mean_batch, 1.5);
}

TEST_F(IdealFile, WithoutStepsOrDamagedIsNone) {
  for (const char* text :
       {"", "{", "{\"periodSeconds\":5,\"goodputRps\":1.5,\"version\":\"0.1.0 (abc)\"}"}) {
    std::ofstream(directory_ / "data/ideal.json") << text;
    EXPECT_FALSE(ReadIdeal(directory_.path()).has_value()) << text;
  }
}

TEST_F(IdealFile, OfAnotherVersionOrAnotherLengthIsFoundAnew) {
  // A test is not linked with the commit, so its own version does not count either.
  for (const std::string& version : {std::string("0.1.0 (of before)"), std::string(Version())}) {
    for (const std::int64_t period_seconds : {1, 2}) {
      ASSERT_TRUE(WriteIdeal(directory_.path(), {period_seconds, 77, version, {}}).ok());
      const auto ideal = IdealOf(directory_.path(), 1, 1);
      ASSERT_TRUE(ideal.ok()) << ideal.error().message;
      EXPECT_EQ(ideal->period_seconds, 1);
      EXPECT_GT(ideal->goodput_rps, 500);
      EXPECT_EQ(ideal->steps.size(), 10U);
      EXPECT_EQ(ReadIdeal(directory_.path())->version, Version());
    }
  }
}

}  // namespace
}  // namespace clockwork::bench
