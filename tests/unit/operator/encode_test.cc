#include "operator/api/encode.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

#include "images/common/base/file.h"
#include "operator/api/decode.h"
#include "operator/api/yaml_document.h"
#include "tests/support/paths.h"
#include "tests/unit/operator/experiment_text.h"

namespace clockwork::api {
namespace {

using clockwork::testing::ExperimentText;

// One value other than the default in every field.
constexpr const char* kEverything =
    "{workers: {values: [3, 5]}, trials: 7, load: {factorMin: \"0.25\", factorMax: \"3.0\", "
    "factorStep: "
    "\"2\", periodSeconds: 9, memoryLoadFactor: 2}, models: {zoo: h100, order: shuffled}, trace: "
    "{source: "
    "AzureFunctions2019, seed: 4, directory: /t}, scheduler: {type: INFER5, generateInputs: true, "
    "maxGpus: "
    "5, scheduleAheadMicroseconds: 1, sloMilliseconds: 2, maxExecMicroseconds: 3, maxBatch: 4, "
    "stopLoadsAtZeroDemand: true}, validity: {maxClientLagP99Microseconds: 6}, retries: {attempts: "
    "1, backoffSeconds: 0}, "
    "deadlines: {trialSeconds: 1000, experimentSeconds: 2000, startupSeconds: 7}, figures: "
    "{leftWorkers: 3}, suspend: "
    "true, "
    "placement: {worker: {nodeSelector: {a: b}, tolerations: [{key: k, operator: Equal, value: v, "
    "effect: NoExecute, tolerationSeconds: 3}, {operator: Exists}]}, controller: {nodeSelector: "
    "{c: d}}, client: "
    "{nodeSelector: {}}}, images: {worker: w, controller: c, client: l, telemetry: t, pullPolicy: "
    "Never}, "
    "resources: {worker: {requests: {cpu: \"1\"}, limits: {cpu: \"2\"}}, controller: {limits: "
    "{memory: "
    "1Gi}}, client: {requests: {cpu: 500m}}, collector: {requests: {cpu: 100m}}}, "
    "imagePullSecrets: "
    "[s1, s2], priorityClassName: p, telemetryClaimSize: 1Gi, telemetryStorageClassName: fast, "
    "telemetryClaim: {name: claim}, "
    "ttlSecondsAfterFinished: 5, "
    "cleanup: Always, parallelTrials: 2, workerPods: 3}";

TEST(EncodeTest, DecodingWhatWasEncodedGivesTheSame) {
  for (const char* spec : {"{}", kEverything, "{workers: {range: {min: 2, max: 8, step: 3}}}"}) {
    auto experiment = ParseExperiment(ExperimentText(spec));
    ASSERT_TRUE(experiment.ok()) << experiment.error().message;
    auto from_json = ParseExperiment(EncodeExperiment(*experiment).dump());
    ASSERT_TRUE(from_json.ok()) << from_json.error().message;
    EXPECT_EQ(*from_json, *experiment);
    auto from_yaml = ParseExperiment(WriteYamlDocument(EncodeExperiment(*experiment)));
    ASSERT_TRUE(from_yaml.ok()) << from_yaml.error().message;
    EXPECT_EQ(*from_yaml, *experiment);
  }
}

TEST(EncodeTest, EveryFieldOfTheFullExampleDiffersFromItsDefault) {
  auto experiment = ParseExperiment(ExperimentText(kEverything));
  ASSERT_TRUE(experiment.ok()) << experiment.error().message;
  const auto full = nlohmann::json(EncodeSpec(experiment->spec)).flatten();
  const auto defaults = nlohmann::json(EncodeSpec(ExperimentSpec())).flatten();
  for (const auto& [path, value] : full.items()) {
    // The scheduler has one type, and an empty map (null here) is the absence of entries.
    if (path == "/scheduler/type" || value.is_null()) continue;
    EXPECT_NE(value, defaults.value(path, nlohmann::json())) << path;
  }
}

TEST(EncodeTest, TheHashFollowsWhatIsMeasuredAndNothingElse) {
  ExperimentSpec spec;
  const std::string hash = MeasurementHash(spec);
  EXPECT_EQ(hash.size(), 16U);
  spec.retries.attempts = 1;
  spec.figures.left_workers = 10;
  spec.worker_pods = 2;
  spec.suspend = true;
  EXPECT_EQ(MeasurementHash(spec), hash);
  spec.load.period_seconds = 3;
  EXPECT_NE(MeasurementHash(spec), hash);
}

TEST(EncodeTest, TheSamplesAreValid) {
  int count = 0;
  const std::string samples = SourcePath("manifests/samples");
  for (const auto& entry : std::filesystem::directory_iterator(samples)) {
    auto text = ReadFile(entry.path());
    ASSERT_TRUE(text.ok()) << text.error().message;
    auto experiment = ParseExperiment(*text);
    EXPECT_TRUE(experiment.ok()) << entry.path() << ": " << experiment.error().message;
    ++count;
  }
  EXPECT_GE(count, 3);
}

TEST(EncodeTest, TheFullSampleSpellsOutTheDefaults) {
  auto text = ReadFile(SourcePath("manifests/samples/figure-11.yaml"));
  ASSERT_TRUE(text.ok());
  auto experiment = ParseExperiment(*text);
  ASSERT_TRUE(experiment.ok()) << experiment.error().message;
  EXPECT_EQ(MeasurementHash(experiment->spec), MeasurementHash(ExperimentSpec()));
}

}  // namespace
}  // namespace clockwork::api
