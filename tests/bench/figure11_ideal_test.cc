#include "tests/bench/figure11_ideal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

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

TEST_F(IdealFile, IsKeptWhereTheSameBuildFoundItForTheSameSteps) {
  constexpr char kSteps[] = ",\"steps\":[]";
  struct Case {
    const char* what;
    std::int64_t period_seconds;
    const char* found_by;
    const char* steps;
    const char* version;
    bool kept;
  };
  const Case cases[] = {
      {"the same", 1, "0.1.0 (a)", kSteps, "0.1.0 (a)", true},
      {"steps of another length", 2, "0.1.0 (a)", kSteps, "0.1.0 (a)", false},
      {"another version", 1, "0.1.0 (a)", kSteps, "0.1.0 (b)", false},
      {"uncommitted changes", 1, "0.1.0 (a-dirty)", kSteps, "0.1.0 (a-dirty)", false},
      {"no repository", 1, "0.1.0 (unknown)", kSteps, "0.1.0 (unknown)", false},
      {"a file of when steps were not kept", 1, "0.1.0 (a)", "", "0.1.0 (a)", false}};
  for (const Case& each : cases) {
    SCOPED_TRACE(each.what);
    std::ofstream(directory_ / "data/ideal.json")
        << fmt::format(R"({{"periodSeconds":{},"goodputRps":77,"version":"{}"{}}})",
                       each.period_seconds, each.found_by, each.steps);
    const Ideal ideal = IdealOf(directory_.path(), 1, 1, each.version);
    EXPECT_EQ(ideal.period_seconds, 1);
    EXPECT_EQ(ideal.version, each.version);
    EXPECT_EQ(ideal.steps.size(), each.kept ? 0U : 10U);
    EXPECT_EQ(ideal.goodput_rps == 77, each.kept) << ideal.goodput_rps;
    const auto now = ReadIdeal(directory_.path());
    ASSERT_TRUE(now.has_value());
    EXPECT_EQ(now->version, each.version);
    EXPECT_EQ(now->goodput_rps, ideal.goodput_rps);
  }
}

TEST_F(IdealFile, IsFoundWhereItCannotBeKept) {
  EXPECT_EQ(IdealOf(directory_ / "none", 1, 1, "0.1.0 (a)").steps.size(), 10U);
}

}  // namespace
}  // namespace clockwork::bench
