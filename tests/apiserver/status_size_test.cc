// The largest status that an experiment can have is accepted, and the object stays small enough.

#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

#include "tests/apiserver/installed_server.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;

constexpr int kWorkerCounts = 1'000;
constexpr int kTrials = 10;
constexpr int kActive = 100;
constexpr std::size_t kMaxObjectBytes = 400 * 1024;
constexpr std::size_t kConditionMessageBytes = 1'024;
constexpr std::size_t kAttemptMessageBytes = 256;

json Results() {
  json results = json::array();
  for (int i = 1; i <= kWorkerCounts; ++i) {
    json all = json::array();
    for (int trial = 1; trial <= kTrials; ++trial) all.push_back(trial);
    results.push_back({{"workers", 9'000 + i},
                       {"medianGoodputRps", 1'234'567},
                       {"goodputRps", json(kTrials, 1'234'567)},
                       {"attempts", json(kTrials, 10)},
                       {"invalid", all}});
  }
  return results;
}

json Active() {
  json active = json::array();
  for (int i = 0; i < kActive; ++i) {
    active.push_back({{"config", 1'000},
                      {"trial", kTrials},
                      {"workers", 10'000},
                      {"attempt", 10},
                      {"step", std::string(64, 's')},
                      {"startTime", "2026-01-02T03:04:05Z"},
                      {"node", std::string(253, 'n')},
                      {"reason", std::string(128, 'R')},
                      {"message", std::string(kAttemptMessageBytes, 'm')}});
  }
  return active;
}

json WorstStatus() {
  json conditions = json::array();
  for (const char* type : {"Ready", "Progressing", "Degraded", "Complete", "FiguresDrawn"}) {
    conditions.push_back({{"type", type},
                          {"status", "Unknown"},
                          {"observedGeneration", 1'000},
                          {"reason", std::string(128, 'R')},
                          {"message", std::string(kConditionMessageBytes, 'm')},
                          {"lastTransitionTime", "2026-01-02T03:04:05Z"}});
  }
  return {{"phase", "Suspended"},
          {"message", std::string(kConditionMessageBytes, 'm')},
          {"progress", "10000/10000"},
          {"trialsTotal", 10'000},
          {"trialsDone", 10'000},
          {"trialsValid", 10'000},
          {"trialsInvalid", 10'000},
          {"failures", 100'000},
          {"currentWorkers", 10'000},
          {"peakGoodputRps", 1'234'567},
          {"peakWorkers", 10'000},
          {"startTime", "2026-01-02T03:04:05Z"},
          {"completionTime", "2026-02-02T03:04:05Z"},
          {"telemetryImage", std::string(4'096, 'i')},
          {"observedGeneration", 1'000},
          {"conditions", conditions},
          {"active", Active()},
          {"figures",
           {{"state", "Drawing"},
            {"attempt", 10},
            {"startTime", "2026-01-02T03:04:05Z"},
            {"reason", std::string(128, 'R')},
            {"message", std::string(kAttemptMessageBytes, 'm')}}},
          {"results", Results()}};
}

using StatusSizeTest = InstalledServerTest;

TEST_F(StatusSizeTest, TheLargestStatusIsAcceptedAsItIs) {
  json values = json::array();
  for (int i = 1; i <= kWorkerCounts; ++i) values.push_back(9'000 + i);
  CreateExperiment("large", "{workers: {values: " + values.dump() + "}, trials: 10}");
  const json status = WorstStatus();
  const KubectlResult patched = PatchStatus("large", status);
  ASSERT_TRUE(patched.ok) << patched.err.substr(0, 2'000);
  const std::string raw = RawExperiment("large");
  RecordProperty("object_bytes", static_cast<int>(raw.size()));
  EXPECT_LT(raw.size(), kMaxObjectBytes);
  // Nothing was pruned: the schema knows every field.
  EXPECT_EQ(json::parse(raw).at("status"), status);
}

TEST_F(StatusSizeTest, OneThatIsTooLongIsRefused) {
  CreateExperiment("longer", "{}");
  json status = WorstStatus();
  status["results"].push_back(status["results"].back());
  EXPECT_FALSE(PatchStatus("longer", status).ok);
}

}  // namespace
}  // namespace clockwork::testing
