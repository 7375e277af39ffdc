#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "images/telemetry/directory.h"
#include "images/telemetry/figures.h"
#include "tests/support/telemetry_logs.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::telemetry {
namespace {

using clockwork::testing::ReadText;
using clockwork::testing::TemporaryDirectory;
using clockwork::testing::WriteText;
using ::testing::HasSubstr;

class FiguresCommandTest : public ::testing::Test {
 protected:
  void AddTrial(const std::string& name, const std::string& goodput) const {
    const std::string directory = tree_ / ("data/processed-data-trial-" + name);
    std::filesystem::create_directories(directory);
    WriteText(directory + "/goodput_aggregate_data.tsv",
              "num_models\tgoodput\n2\t" + goodput + "\n");
    WriteText(directory + "/timeseries_data-2.tsv",
              "bucket\tt\tgoodput\tbatchsize\tthroughput\n0\t0.0\t" + goodput + "\t1.0\t2.0\n");
  }

  TemporaryDirectory tree_;
  FiguresOptions options_ = {
      .input = tree_.path(), .output = tree_ / "out", .left_config = 2, .workers = {1, 2}};
};

TEST_F(FiguresCommandTest, TrialsAreInTheOrderOfTheirNumbers) {
  for (const auto& [name, goodput] : {std::pair{"10", "100.0"}, {"2", "20.0"}, {"1", "10.0"}}) {
    AddTrial(name, goodput);
  }
  const Status status = RunFigures(options_);
  ASSERT_TRUE(status.ok()) << status.error().message;
  EXPECT_THAT(ReadText(tree_ / "out/11b_goodput_median_aggregate.tsv"),
              HasSubstr("\n2\t10.0\t20.0\t100.0\t20.0\n"));
  EXPECT_THAT(ReadText(tree_ / "out/11a_goodput_median_2_workers.tsv"),
              HasSubstr("\n0\t0.0\t10.0\t1.0\t2.0\t20.0\t1.0\t2.0\t100.0\t1.0\t2.0\t20.0\t"));
}

TEST_F(FiguresCommandTest, AMissingHalfIsAnErrorAfterTheOther) {
  AddTrial("1", "10.0");
  options_.left_config = 1;
  const Status status = RunFigures(options_);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("timeseries_data-1.tsv"));
  EXPECT_THAT(ReadText(tree_ / "out/11b_goodput_median_aggregate.tsv"), HasSubstr("\n2\t10.0\t"));
}

TEST_F(FiguresCommandTest, DamageIsNamedWithTheFile) {
  AddTrial("1", "10.0");
  AddTrial("2", "many");
  EXPECT_THAT(RunFigures(options_).error().message,
              HasSubstr("processed-data-trial-2/goodput_aggregate_data.tsv: column goodput"));
}

TEST_F(FiguresCommandTest, ConfigsWithoutWorkersAreAUsageError) {
  options_.left_config = 3;
  EXPECT_EQ(RunFigures(options_).error().kind, ErrorKind::kUsage);
  options_.input = tree_ / "missing";
  EXPECT_EQ(RunFigures(options_).error().kind, ErrorKind::kUsage);
}

TEST_F(FiguresCommandTest, OnlyFilesAreFound) {
  std::filesystem::create_directories(tree_ / "a/name");
  WriteText(tree_ / "a/name/name", "");
  WriteText(tree_ / "a/other", "");
  const auto found = FindFiles(tree_.path(), "name");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(*found, std::vector<std::string>{tree_ / "a/name/name"});
}

}  // namespace
}  // namespace clockwork::telemetry
