// Once an experiment has started, its spec is frozen but for suspend and ttlSecondsAfterFinished.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/apiserver/installed_server.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

struct Change {
  const char* field;
  json spec;  // merge patch
};

// One change of every field of the spec.
std::vector<Change> FrozenChanges() {
  return {
      {"spec.workers", {{"workers", {{"range", {{"max", 20}}}}}}},
      {"spec.trials", {{"trials", 4}}},
      {"spec.load", {{"load", {{"periodSeconds", 30}}}}},
      {"spec.models", {{"models", {{"zoo", "h100"}}}}},
      {"spec.trace", {{"trace", {{"seed", 2}}}}},
      {"spec.scheduler", {{"scheduler", {{"maxBatch", 16}}}}},
      {"spec.validity", {{"validity", {{"maxClientLagP99Microseconds", 5}}}}},
      {"spec.retries", {{"retries", {{"attempts", 9}}}}},
      {"spec.deadlines", {{"deadlines", {{"trialSeconds", 7200}}}}},
      {"spec.figures", {{"figures", {{"leftWorkers", 10}}}}},
      {"spec.placement",
       {{"placement", {{"worker", {{"nodeSelector", {{"clockwork.dev/role", "x"}}}}}}}}},
      {"spec.images", {{"images", {{"worker", "example.org/worker:2"}}}}},
      {"spec.resources", {{"resources", {{"client", {{"limits", {{"cpu", "1"}}}}}}}}},
      {"spec.telemetryClaim", {{"telemetryClaim", {{"name", "other"}}}}},
      {"spec.telemetryClaimSize", {{"telemetryClaimSize", "1Gi"}}},
      {"spec.telemetryStorageClassName", {{"telemetryStorageClassName", "fast"}}},
      {"spec.imagePullSecrets", {{"imagePullSecrets", json::array({"secret"})}}},
      {"spec.priorityClassName", {{"priorityClassName", "high"}}},
      {"spec.cleanup", {{"cleanup", "Never"}}},
      {"spec.parallelTrials", {{"parallelTrials", 2}}},
      {"spec.workerPods", {{"workerPods", 2}}},
  };
}

using FrozenSpecTest = InstalledServerTest;

TEST_F(FrozenSpecTest, MayBeChangedBeforeTheStart) {
  CreateExperiment("unstarted", "{}");
  const KubectlResult status = PatchStatus("unstarted", {{"phase", "Pending"}});
  ASSERT_TRUE(status.ok) << status.err;
  for (const Change& change : FrozenChanges()) {
    const KubectlResult result = PatchSpec("unstarted", change.spec);
    EXPECT_TRUE(result.ok) << change.field << "\n" << result.err;
  }
}

TEST_F(FrozenSpecTest, MayNotBeChangedOnceStarted) {
  CreateExperiment("started", "{}");
  const KubectlResult status = PatchStatus("started", {{"startTime", "2026-01-02T03:04:05Z"}});
  ASSERT_TRUE(status.ok) << status.err;
  for (const Change& change : FrozenChanges()) {
    const KubectlResult result = PatchSpec("started", change.spec);
    EXPECT_FALSE(result.ok) << change.field;
    EXPECT_THAT(result.err, HasSubstr(std::string(change.field) + " cannot be changed once"));
  }
}

// A field that the schema gains must be frozen too, or be named here.
TEST_F(FrozenSpecTest, CoversEveryField) {
  CreateExperiment("whole", "{}");
  std::vector<std::string> uncovered;
  const json spec = json::parse(RawExperiment("whole")).at("spec");
  for (const auto& [name, value] : spec.items()) {
    const auto changes = FrozenChanges();
    const bool covered = std::any_of(changes.begin(), changes.end(), [&](const Change& change) {
      return change.field == "spec." + name;
    });
    if (!covered) uncovered.push_back(name);
  }
  EXPECT_THAT(uncovered, ::testing::ElementsAre("suspend"));
}

TEST_F(FrozenSpecTest, AnOptionalFieldMayNotBeTakenAwayEither) {
  CreateExperiment("optional", "{telemetryClaim: {name: results}}");
  const KubectlResult status = PatchStatus("optional", {{"startTime", "2026-01-02T03:04:05Z"}});
  ASSERT_TRUE(status.ok) << status.err;
  const KubectlResult result = PatchSpec("optional", {{"telemetryClaim", nullptr}});
  EXPECT_FALSE(result.ok);
  EXPECT_THAT(result.err, HasSubstr("spec.telemetryClaim cannot be changed once"));
}

TEST_F(FrozenSpecTest, SuspendAndTheTimeToLiveMayBeChangedAlways) {
  CreateExperiment("suspendable", "{}");
  const KubectlResult status =
      PatchStatus("suspendable", {{"startTime", "2026-01-02T03:04:05Z"}, {"phase", "Running"}});
  ASSERT_TRUE(status.ok) << status.err;
  for (const json& spec :
       {json{{"suspend", true}}, json{{"suspend", false}}, json{{"ttlSecondsAfterFinished", 60}},
        json{{"ttlSecondsAfterFinished", nullptr}}}) {
    const KubectlResult result = PatchSpec("suspendable", spec);
    EXPECT_TRUE(result.ok) << spec.dump() << "\n" << result.err;
  }
}

}  // namespace
}  // namespace clockwork::testing
