#include "images/telemetry/file_trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "images/common/telemetry/trial_log.h"
#include "images/telemetry/core/evidence.h"
#include "tests/support/telemetry_logs.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::telemetry {
namespace {

using clockwork::testing::GoldenActions;
using clockwork::testing::GoldenRequests;
using clockwork::testing::ReadText;
using clockwork::testing::TemporaryDirectory;
using ::testing::HasSubstr;

class FileTrialTest : public ::testing::Test {
 protected:
  void SetUp() override { WriteControllerLogs(); }
  void WriteControllerLogs() {
    std::filesystem::create_directories(options_.logs);
    TrialLog log;
    ASSERT_TRUE(log.Open(options_.logs).ok());
    ASSERT_TRUE(log.StartActions().ok());
    for (const auto& row : GoldenRequests()) log.Append(row);
    for (const auto& row : GoldenActions()) log.Append(row);
    ASSERT_TRUE(log.Finish(true).ok());
  }
  bool Exists(const std::string& name) const { return std::filesystem::exists(tree_ / name); }

  TemporaryDirectory directory_;
  TemporaryDirectory tree_;
  FileTrialOptions options_ = {
      .logs = directory_ / "logs",
      .experiment = tree_.path(),
      .trial = 2,
      .config = 1,
      .workers = 10,
      .attempt = "exp-c1t2a1",
      .client_summary = R"({"valid": true, "invalidReason": "", "sent": 400, "unanswered": 0,
                            "lagP99Us": 3.5, "steps": [{"offeredRps": 7}, {"offeredRps": 8},
                            {"offeredRps": 9}, {"offeredRps": 10}]})"};
};

TEST_F(FileTrialTest, FilesEverythingAndReportsTheEvidence) {
  const auto text = RunFileTrial(options_);
  ASSERT_TRUE(text.ok()) << text.error().message;
  EXPECT_LE(text->size(), kMaxEvidenceBytes);
  const auto evidence = nlohmann::json::parse(*text);
  EXPECT_EQ(evidence["attempt"], "exp-c1t2a1");
  EXPECT_EQ(evidence["manifest"]["requestRows"], 400);
  EXPECT_EQ(evidence["client"]["sent"], 400);
  EXPECT_FALSE(evidence["client"].contains("steps"));
  const auto bucket = evidence["peak"]["bucket"].get<int>();
  EXPECT_EQ(evidence["peak"]["offeredRps"], 7 + bucket);
  for (const char* name :
       {"trial-2/file=controller_1_request.tsv", "trial-2/file=controller_1_client.json",
        "data/processed-data-trial-2/timeseries_data-1.tsv",
        "data/processed-data-trial-2/goodput_aggregate_data.tsv"}) {
    EXPECT_TRUE(Exists(name)) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(options_.logs));
}

// As they are on a claim, where each attempt at each trial of an experiment has its directory.
TEST_F(FileTrialTest, TakesTheLogsOfEarlierAttemptsAlong) {
  const auto place = [this](const std::string& attempt) { return directory_ / attempt; };
  for (const char* attempt : {"exp-c1t2a1", "exp-c1t2a9", "exp-c1t2a11", "exp-c1t1a1", "exp-c1t2a",
                              "exp-c1t2a1x", "exp-c11t2a1", "other-c1t2a1"}) {
    std::filesystem::create_directory(place(attempt));
    std::ofstream(place(attempt) + "/request.tsv") << "large";
  }
  options_.attempt = "exp-c1t2a10";
  options_.logs = place(options_.attempt);
  WriteControllerLogs();
  const auto text = RunFileTrial(options_);
  ASSERT_TRUE(text.ok()) << text.error().message;
  for (const char* gone : {"exp-c1t2a1", "exp-c1t2a9", "exp-c1t2a10"}) {
    EXPECT_FALSE(std::filesystem::exists(place(gone))) << gone;
  }
  for (const char* stays :
       {"exp-c1t2a11", "exp-c1t1a1", "exp-c1t2a", "exp-c1t2a1x", "exp-c11t2a1", "other-c1t2a1"}) {
    EXPECT_TRUE(std::filesystem::exists(place(stays) + "/request.tsv")) << stays;
  }
}

TEST_F(FileTrialTest, ASecondRunReportsTheSame) {
  const auto first = RunFileTrial(options_);
  ASSERT_TRUE(first.ok()) << first.error().message;
  options_.client_summary.clear();
  const auto second = RunFileTrial(options_);
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_EQ(*second, *first);
  // Another attempt is another measurement.
  options_.attempt = "exp-c1t2a2";
  EXPECT_FALSE(RunFileTrial(options_).ok());
  WriteControllerLogs();
  const auto other = RunFileTrial(options_);
  ASSERT_TRUE(other.ok()) << other.error().message;
  EXPECT_EQ(nlohmann::json::parse(*other)["attempt"], "exp-c1t2a2");
}

TEST_F(FileTrialTest, WithTheExperimentItFilesItsRecordAndTheResultSoFar) {
  ASSERT_TRUE(RunFileTrial(options_).ok());
  EXPECT_FALSE(Exists("trial-2/file=controller_1_trial.json")) << "nobody said whose it is";
  options_.filing = plan::Filing{.experiment = "exp",
                                 .measurement = "0123abcd",
                                 .worker_counts = {10, 20},
                                 .trials = 2,
                                 .attempts = 1};
  // As after a collector that was killed before it had written them.
  ASSERT_TRUE(RunFileTrial(options_).ok());
  const auto record = plan::DecodeRecord(ReadText(tree_ / "trial-2/file=controller_1_trial.json"));
  ASSERT_TRUE(record.ok()) << record.error().message;
  EXPECT_TRUE(record->valid) << record->reason;
  EXPECT_EQ(record->sent, 400);
  const auto result = nlohmann::json::parse(ReadText(tree_ / "result.json"));
  EXPECT_EQ(result["experiment"], "exp");
  EXPECT_EQ(result["complete"], false);
  EXPECT_EQ(result["results"][0]["medianGoodputRps"], record->goodput_rps);
  EXPECT_EQ(result["results"][1]["reason"], "0 of 2 trials measured");
}

TEST_F(FileTrialTest, TheAggregateHoldsAllConfigsOfTheTrial) {
  ASSERT_TRUE(RunFileTrial(options_).ok());
  WriteControllerLogs();
  options_.config = 2;
  options_.workers = 20;
  options_.attempt = "exp-c2t2a1";
  ASSERT_TRUE(RunFileTrial(options_).ok());
  const std::string table =
      ReadText(tree_ / "data/processed-data-trial-2/goodput_aggregate_data.tsv");
  EXPECT_THAT(table, HasSubstr("\n10\t"));
  EXPECT_THAT(table, HasSubstr("\n20\t"));
}

TEST_F(FileTrialTest, AMissingManifestIsAnErrorUnlessItIsAllowed) {
  std::filesystem::remove(options_.logs + "/" + kManifestName);
  const auto refused = RunFileTrial(options_);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("did the controller end in order?"));
  options_.allow_missing_manifest = true;
  options_.client_summary.clear();
  const auto text = RunFileTrial(options_);
  ASSERT_TRUE(text.ok()) << text.error().message;
  const auto evidence = nlohmann::json::parse(*text);
  EXPECT_EQ(evidence["manifest"]["requestRows"], 400);
  EXPECT_TRUE(evidence["client"].is_null());
}

TEST_F(FileTrialTest, AFailureIsReportedToo) {
  const std::string file = directory_ / "message";
  ASSERT_TRUE(ReportTrial(RuntimeError("it \"failed\"" + std::string(9'000, '\x01')), file).ok());
  const std::string text = ReadText(file);
  EXPECT_LE(text.size(), kMaxEvidenceBytes);
  EXPECT_THAT(nlohmann::json::parse(text)["error"].get<std::string>(), HasSubstr("it \"failed\""));
}

}  // namespace
}  // namespace clockwork::telemetry
