#include "operator/remote/records.h"

#include <gtest/gtest.h>

#include "images/common/plan/tree.h"
#include "operator/api/encode.h"
#include "tests/unit/remote/remote_objects.h"

namespace clockwork::remote {
namespace {

constexpr const char* kEvidence =
    R"({"version": 1, "attempt": "a",
        "manifest": {"complete": true, "requestRows": 10, "actionRows": 5,
                     "droppedRequestRows": 0, "droppedActionRows": 0},
        "peak": {"bucket": 1, "goodputRps": 9988.5, "throughputRps": 9990.0, "meanBatch": 6.5,
                 "offeredRps": 15612.0},
        "client": {"valid": true, "invalidReason": "", "sent": 10, "answered": 10, "unanswered": 0,
                   "lagP99Us": 12.5, "offeredRps": 1.0, "trace": "synthetic", "zoo": "v100",
                   "modelOrder": "published"}})";

plan::PlannedTrial Trial() {
  plan::PlannedTrial trial;
  trial.id = {2, 1};
  trial.workers = 2;
  return trial;
}

TEST(FetchedRecords, HoldWhatTheEvidenceAndTheStatusSay) {
  RemoteExperiment experiment = MakeRemote();
  experiment.status.results = {{1, {1, 2}, {1, 1}, {}, {}}, {2, {9988, -1}, {3, 0}, {}, {}}};
  const auto record = RecordOf(kEvidence, Trial(), experiment);
  ASSERT_TRUE(record.ok()) << record.error().message;
  EXPECT_EQ(record->measurement, api::MeasurementHash(experiment.experiment.spec));
  EXPECT_EQ(record->id, (plan::TrialId{2, 1}));
  EXPECT_EQ(record->workers, 2);
  EXPECT_EQ(record->attempts, 3);
  EXPECT_TRUE(record->valid) << record->reason;
  EXPECT_EQ(record->goodput_rps, 9988.5);
  EXPECT_EQ(record->offered_rps, 15612.0);
  EXPECT_EQ(record->mean_batch, 6.5);
  EXPECT_EQ(record->lag_p99_us, 12.5);
  EXPECT_EQ(record->request_rows, 10);
  EXPECT_EQ(record->trace, "synthetic");
}

TEST(FetchedRecords, AreThoseOfThisExperimentOnly) {
  RemoteExperiment experiment = MakeRemote();
  const std::string record = plan::EncodeRecord(*RecordOf(kEvidence, Trial(), experiment));
  EXPECT_FALSE(IsOfAnother(record, experiment));
  EXPECT_FALSE(IsOfAnother("damaged", experiment)) << "that is told elsewhere";
  experiment.uid = "u-2";
  EXPECT_TRUE(IsOfAnother(record, experiment));
}

TEST(FetchedRecords, AreJudgedAsTheExperimentWants) {
  const RemoteExperiment strict = MakeRemote({{"validity", {{"maxClientLagP99Microseconds", 10}}}});
  const auto record = RecordOf(kEvidence, Trial(), strict);
  ASSERT_TRUE(record.ok());
  EXPECT_FALSE(record->valid);
}

TEST(FetchedRecords, EvidenceOfNoUseIsAnError) {
  for (const char* text : {"", "{}", "[]", R"({"error": "no logs"})"}) {
    EXPECT_FALSE(RecordOf(text, Trial(), MakeRemote()).ok()) << text;
  }
}

TEST(FetchedRecords, TheEvidenceLiesBesideTheTelemetry) {
  EXPECT_EQ(plan::EvidenceFile({3, 2}), "trial-2/file=controller_3_evidence.json");
}

}  // namespace
}  // namespace clockwork::remote
