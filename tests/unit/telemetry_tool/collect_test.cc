#include "images/telemetry/collect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "images/common/telemetry/trial_log.h"
#include "tests/support/telemetry_logs.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::telemetry {
namespace {

using clockwork::testing::GoldenActions;
using clockwork::testing::GoldenRequests;
using clockwork::testing::LogText;
using clockwork::testing::ReadText;
using clockwork::testing::TemporaryDirectory;
using clockwork::testing::WriteText;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CollectTest : public ::testing::Test {
 protected:
  void SetUp() override {
    TrialLog log;
    ASSERT_TRUE(log.Open(logs_.path()).ok());
    ASSERT_TRUE(log.StartActions().ok());
    for (const auto& row : GoldenRequests()) log.Append(row);
    for (const auto& row : GoldenActions()) log.Append(row);
    ASSERT_TRUE(log.Finish(true).ok());
  }
  // Everything in the experiment's directory.
  std::vector<std::string> Tree() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(tree_.path())) {
      names.push_back(entry.path().lexically_relative(tree_.path()).string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  void ExpectFailure(const std::string& what) {
    const Status status = RunCollect(options_);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::kRuntime);
    EXPECT_THAT(status.error().message, HasSubstr(what));
    EXPECT_THAT(Tree(), IsEmpty());
  }
  void WriteManifest(const Manifest& manifest) const {
    WriteText(logs_ / kManifestName, EncodeManifest(manifest));
  }

  TemporaryDirectory logs_;
  TemporaryDirectory tree_;
  CollectOptions options_ = {.logs = logs_.path(),
                             .experiment = tree_.path(),
                             .trial = 3,
                             .config = 2,
                             .client_summary = ""};
  const Manifest good_ = {.complete = true, .request_rows = 400, .action_rows = 150};
};

TEST_F(CollectTest, FilesWhatIsComplete) {
  WriteText(logs_ / "summary", "{}\n");
  options_.client_summary = logs_ / "summary";
  for (int again = 0; again < 2; ++again) {
    const Status status = RunCollect(options_);
    ASSERT_TRUE(status.ok()) << status.error().message;
    EXPECT_THAT(Tree(), ElementsAre("trial-3", "trial-3/file=controller_2_action.tsv",
                                    "trial-3/file=controller_2_client.json",
                                    "trial-3/file=controller_2_manifest.json",
                                    "trial-3/file=controller_2_request.tsv"));
    EXPECT_EQ(ReadText(tree_ / "trial-3/file=controller_2_request.tsv"), LogText(GoldenRequests()));
    EXPECT_EQ(ReadText(tree_ / "trial-3/file=controller_2_action.tsv"), LogText(GoldenActions()));
    EXPECT_EQ(ReadText(tree_ / "trial-3/file=controller_2_manifest.json"),
              ReadText(logs_ / kManifestName));
    EXPECT_EQ(ReadText(tree_ / "trial-3/file=controller_2_client.json"), "{}\n");
  }
  EXPECT_EQ(ReadText(logs_ / kRequestLogName), LogText(GoldenRequests()));
}

TEST_F(CollectTest, OtherConfigsOfTheTrialStay) {
  ASSERT_TRUE(RunCollect(options_).ok());
  options_.config = 1;
  WriteText(logs_ / kManifestName, "");
  EXPECT_FALSE(RunCollect(options_).ok());
  EXPECT_EQ(Tree().size(), 4U);
}

TEST_F(CollectTest, WantsAManifest) {
  std::filesystem::remove(logs_ / kManifestName);
  ExpectFailure("clockwork_manifest.json");
  WriteText(logs_ / kManifestName, "{\"version\": 1");
  ExpectFailure("is no manifest");
  Manifest manifest = good_;
  manifest.complete = false;
  WriteManifest(manifest);
  ExpectFailure("not complete");
  manifest = good_;
  manifest.dropped_action_rows = 3;
  WriteManifest(manifest);
  ExpectFailure("3 action rows were dropped");
}

TEST_F(CollectTest, WantsAsManyRowsAsTheManifestSays) {
  Manifest manifest = good_;
  manifest.request_rows = 401;
  WriteManifest(manifest);
  ExpectFailure("400 whole rows, 0 damaged ones, 401 according to the manifest");
  manifest = good_;
  manifest.action_rows = 149;
  WriteManifest(manifest);
  ExpectFailure("150 whole rows, 0 damaged ones, 149 according to the manifest");
}

TEST_F(CollectTest, WantsWholeLogs) {
  const std::string text = LogText(GoldenActions());
  for (const std::size_t missing : {1UL, 2UL, 20UL}) {
    WriteText(logs_ / kActionLogName, text.substr(0, text.size() - missing));
    ExpectFailure("clockwork_action_log.tsv is cut");
  }
  WriteText(logs_ / kActionLogName, text + "1\t2\n");
  ExpectFailure("missing fields");
  WriteText(logs_ / kActionLogName, LogText(GoldenRequests()));
  ExpectFailure("header");
  std::filesystem::remove(logs_ / kActionLogName);
  ExpectFailure("clockwork_action_log.tsv");
}

TEST_F(CollectTest, AFailureWhileCopyingLeavesNothing) {
  options_.client_summary = logs_ / "missing.json";
  ExpectFailure("missing.json");
  options_.client_summary.clear();
  options_.experiment = logs_ / kManifestName;  // a file
  ExpectFailure("clockwork_manifest.json/trial-3");
}

TEST_F(CollectTest, ALogDirectoryMustExist) {
  options_.logs = "/nowhere/at/all";
  const Status status = RunCollect(options_);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kUsage);
}

}  // namespace
}  // namespace clockwork::telemetry
