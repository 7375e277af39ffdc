// The smallest experiment with the real programs, as a person would run it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/support/paths.h"
#include "tests/support/process.h"
#include "tests/support/temporary_directory.h"

namespace clockwork {
namespace {

TEST(ExperimentEndToEndTest, TheSmokeSampleIsMeasured) {
  const testing::TemporaryDirectory directory;
  const std::string output = directory / "out";
  testing::ProcessOptions options;
  options.command = {ProgramPath("clockwork-experiment"),
                     "run",
                     "-f",
                     SourcePath("manifests/samples/figure-11-smoke.yaml"),
                     "-o",
                     output,
                     "--plotter",
                     SourcePath("images/plotter/plot_figures.py")};
  std::string out;
  std::string err;
  const auto status = testing::RunCommand(options, &out, &err, std::chrono::minutes(4));
  ASSERT_EQ(status, testing::ExitedWith(0)) << err;
  std::ifstream file(output + "/result.json");
  const auto result = nlohmann::json::parse(file, nullptr, false);
  ASSERT_TRUE(result.is_object());
  EXPECT_EQ(result["complete"], true);
  ASSERT_EQ(result["results"].size(), 2U);
  for (const auto& each : result["results"]) {
    ASSERT_EQ(each["trials"].size(), 1U);
    const auto& trial = each["trials"][0];
    // How fast the machine is must not decide: only that requests were sent, all were logged, and
    // some were good.
    EXPECT_GT(trial["goodputRps"].get<double>(), 0);
    EXPECT_GT(trial["sent"].get<int>(), 0);
    EXPECT_EQ(trial["requestRows"], trial["sent"]);
  }
  for (const char* name :
       {"/trial-1/file=controller_2_request.tsv", "/trial-1/file=controller_2_manifest.json",
        "/data/processed-data-trial-1/timeseries_data-2.tsv",
        "/data/processed-data-trial-1/goodput_aggregate_data.tsv",
        "/data/11a_goodput_median_2_workers.tsv", "/data/11b_goodput_median_aggregate.tsv",
        "/data/11b_goodput_median_aggregate.pdf"}) {
    EXPECT_TRUE(std::filesystem::exists(output + name)) << name << "\n" << out;
  }
}

}  // namespace
}  // namespace clockwork
