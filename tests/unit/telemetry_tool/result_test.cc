#include "images/telemetry/result.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "images/common/base/file.h"
#include "tests/support/telemetry_logs.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::telemetry {
namespace {

using clockwork::testing::ReadText;
using clockwork::testing::TemporaryDirectory;
using nlohmann::json;

std::string EvidenceOf(double goodput_rps) {
  return json{{"version", 1},
              {"attempt", "a"},
              {"manifest",
               {{"complete", true},
                {"requestRows", 10},
                {"actionRows", 5},
                {"droppedRequestRows", 0},
                {"droppedActionRows", 0}}},
              {"peak",
               {{"bucket", 0},
                {"goodputRps", goodput_rps},
                {"throughputRps", 100.0},
                {"meanBatch", 2.0},
                {"offeredRps", 120.0}}},
              {"client",
               {{"valid", true},
                {"invalidReason", ""},
                {"sent", 10},
                {"unanswered", 0},
                {"lagP99Us", 1.5}}}}
      .dump();
}

class ResultTest : public ::testing::Test {
 protected:
  void Record(plan::TrialId id, double goodput_rps) {
    std::filesystem::create_directories(tree_ / plan::TrialDirectory(id.trial));
    const Status status = FileRecord(tree_.path(), id, EvidenceOf(goodput_rps), filing_);
    ASSERT_TRUE(status.ok()) << status.error().message;
  }
  json Result(bool finished) const {
    const Status status = FileResult(tree_.path(), filing_, finished);
    EXPECT_TRUE(status.ok()) << status.error().message;
    return json::parse(ReadText(tree_ / "result.json"));
  }

  TemporaryDirectory tree_;
  plan::Filing filing_ = {.experiment = "exp",
                          .measurement = "0123abcd",
                          .worker_counts = {2, 4},
                          .trials = 1,
                          .attempts = 1,
                          .spec = {{"trials", 1}}};
};

TEST_F(ResultTest, LeavesOutWhatAnEarlierExperimentOfTheNameHasFiled) {
  filing_.uid = "earlier";
  Record({1, 1}, 50);
  Record({2, 1}, 60);
  filing_.uid = "this";
  Record({1, 1}, 70);
  const json result = Result(true);
  EXPECT_EQ(result["complete"], false);
  EXPECT_EQ(result["results"][0]["medianGoodputRps"], 70);
  EXPECT_EQ(result["results"][1]["reason"], "0 of 1 trials measured");
}

TEST_F(ResultTest, IsCompleteWhenAllIsMeasuredAndNothingIsLeft) {
  Record({1, 1}, 50);
  EXPECT_EQ(Result(true)["complete"], false) << "one trial is missing";
  Record({2, 1}, 90);
  EXPECT_EQ(Result(false)["complete"], false) << "the figures are not drawn";
  const json result = Result(true);
  EXPECT_EQ(result["complete"], true);
  EXPECT_EQ(result["measurement"], "0123abcd");
  EXPECT_EQ(result["spec"]["trials"], 1);
  EXPECT_EQ(result["results"][0]["medianGoodputRps"], 50.0);
  EXPECT_EQ(result["results"][1]["medianGoodputRps"], 90.0);
  EXPECT_EQ(result["results"][1]["trials"][0]["offeredRps"], 120.0);
}

TEST_F(ResultTest, NamesTheFiguresThatAreDrawn) {
  std::filesystem::create_directories(tree_ / "data");
  for (const char* name : {"11b_goodput_median_aggregate.pdf", "11a_goodput_median_4_workers.tsv",
                           "11b_goodput_median_aggregate.tsv", "notes.txt"}) {
    ASSERT_TRUE(WriteFileAtomically(fmt::format("{}/data/{}", tree_.path(), name), "x").ok());
  }
  EXPECT_EQ(Result(true)["figures"], json::array({"data/11a_goodput_median_4_workers.tsv",
                                                  "data/11b_goodput_median_aggregate.pdf",
                                                  "data/11b_goodput_median_aggregate.tsv"}));
}

TEST_F(ResultTest, LeavesOutWhatIsNoRecordOfThisExperiment) {
  Record({1, 1}, 50);
  Record({2, 1}, 90);
  ASSERT_TRUE(WriteFileAtomically(tree_ / "trial-1/file=controller_2_trial.json", "damaged").ok());
  filing_.measurement = "4567cdef";
  Record({1, 1}, 60);
  filing_.measurement = "0123abcd";
  const json result = Result(true);
  EXPECT_EQ(result["results"][0]["reason"], "0 of 1 trials measured");
  EXPECT_EQ(result["results"][1]["reason"], "0 of 1 trials measured");
}

TEST_F(ResultTest, EvidenceOfNoUseLeavesNoRecord) {
  EXPECT_FALSE(FileRecord(tree_.path(), {1, 1}, "{}", filing_).ok());
  EXPECT_FALSE(std::filesystem::exists(tree_ / "trial-1"));
}

}  // namespace
}  // namespace clockwork::telemetry
