#include "operator/api/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "tests/unit/operator/experiment_text.h"

namespace clockwork::api {
namespace {

using clockwork::testing::ExperimentText;

std::string ErrorOf(const std::string& text) {
  auto experiment = ParseExperiment(text);
  if (experiment.ok()) return "";
  EXPECT_EQ(experiment.error().kind, ErrorKind::kUsage);
  return experiment.error().message;
}

TEST(DecodeTest, AnEmptySpecIsThePublishedExperiment) {
  auto experiment = ParseExperiment(ExperimentText("{}"));
  ASSERT_TRUE(experiment.ok()) << experiment.error().message;
  const ExperimentSpec& spec = experiment->spec;
  EXPECT_EQ(experiment->name, "test");
  EXPECT_THAT(WorkerCounts(spec.workers), ::testing::ElementsAre(10, 20, 30, 40, 50, 60, 70, 80, 90,
                                                                 100, 110, 120, 130, 140, 150));
  EXPECT_EQ(spec.trials, 3);
  EXPECT_EQ(spec.load.factor_min.text, "0.1");
  EXPECT_DOUBLE_EQ(spec.load.factor_max.value, 4);
  EXPECT_DOUBLE_EQ(spec.load.factor_step.value, 1.5);
  EXPECT_EQ(spec.load.period_seconds, 60);
  EXPECT_EQ(spec.load.memory_load_factor, 4);
  EXPECT_EQ(spec.models.zoo, "v100-osdi20");
  EXPECT_EQ(spec.models.order, ModelOrder::kPublished);
  EXPECT_EQ(spec.trace.source, TraceSource::kSynthetic);
  EXPECT_FALSE(spec.scheduler.generate_inputs);
  EXPECT_FALSE(spec.scheduler.max_gpus.has_value());
  EXPECT_EQ(spec.scheduler.schedule_ahead_microseconds, 5'000);
  EXPECT_EQ(spec.scheduler.slo_milliseconds, 100);
  EXPECT_EQ(spec.scheduler.max_exec_microseconds, 25'000);
  EXPECT_EQ(spec.scheduler.max_batch, 8);
  EXPECT_EQ(spec.validity.max_client_lag_p99_microseconds, 1'000);
  EXPECT_EQ(spec, ExperimentSpec());
}

TEST(DecodeTest, AnAbsentSpecHasTheDefaultsToo) {
  auto experiment = ParseExperiment(
      "apiVersion: clockwork.dev/v1alpha1\nkind: ScalabilityExperiment\nmetadata: {name: a}\n");
  ASSERT_TRUE(experiment.ok()) << experiment.error().message;
  EXPECT_EQ(experiment->spec, ExperimentSpec());
}

TEST(DecodeTest, WhatAnApiServerAddsIsAccepted) {
  auto experiment = ParseExperiment(
      "{\"apiVersion\": \"clockwork.dev/v1alpha1\", \"kind\": \"ScalabilityExperiment\", "
      "\"metadata\": "
      "{\"name\": \"a\", \"namespace\": \"b\", \"uid\": \"1\", \"resourceVersion\": \"7\", "
      "\"generation\": 2, \"managedFields\": [{}], \"labels\": {\"x\": \"y\"}}, \"spec\": {}, "
      "\"status\": {\"phase\": \"Running\"}}");
  ASSERT_TRUE(experiment.ok()) << experiment.error().message;
  EXPECT_EQ(experiment->name_space, "b");
  EXPECT_EQ(experiment->labels.at("x"), "y");
}

struct GoodCase {
  const char* spec;
};

void PrintTo(const GoodCase& each, std::ostream* out) { *out << each.spec; }

class GoodSpecTest : public ::testing::TestWithParam<GoodCase> {};

TEST_P(GoodSpecTest, IsAccepted) { EXPECT_EQ(ErrorOf(ExperimentText(GetParam().spec)), ""); }

INSTANTIATE_TEST_SUITE_P(
    Limits, GoodSpecTest,
    ::testing::Values(
        GoodCase{"{workers: {values: [1]}}"}, GoodCase{"{workers: {values: [1, 10000]}}"},
        GoodCase{"{workers: {range: {min: 1, max: 1000, step: 1}}}"},
        GoodCase{"{workers: {range: {min: 7, max: 7}}}"}, GoodCase{"{trials: 1}"},
        GoodCase{"{trials: 100}"}, GoodCase{"{trials: null}"},
        GoodCase{"{load: {factorMin: \"1\", factorMax: '1', factorStep: \"1.000000001\"}}"},
        GoodCase{"{load: {periodSeconds: 86400}}"}, GoodCase{"{load: {memoryLoadFactor: 1}}"},
        GoodCase{"{models: {zoo: /srv/zoo, order: shuffled}}"}, GoodCase{"{models: {zoo: h100}}"},
        GoodCase{"{trace: {seed: 0}}"},
        GoodCase{"{trace: {source: AzureFunctions2019, directory: /srv/trace}}"},
        GoodCase{"{scheduler: {maxGpus: 10000, maxBatch: 16, generateInputs: true}}"},
        GoodCase{"{retries: {attempts: 10}, suspend: true}"},
        GoodCase{"{deadlines: {trialSeconds: 601, experimentSeconds: 1}}"},
        GoodCase{"{load: {factorMax: \"0.11\", factorStep: \"1.1\", periodSeconds: 10}, "
                 "deadlines: {trialSeconds: 21}}"},
        GoodCase{"{figures: {leftWorkers: 150}}"},
        GoodCase{
            "{placement: {client: {tolerations: [{operator: Exists}, {key: a, value: b, effect: "
            "NoSchedule}]}}}"},
        GoodCase{"{imagePullSecrets: [a], priorityClassName: high, telemetryClaimSize: 500Mi}"},
        GoodCase{"{placement: {worker: {nodeSelector: {}}, client: {nodeSelector: {a: b}}}}"},
        GoodCase{"{images: {worker: example.org/worker:1, pullPolicy: Always}}"},
        GoodCase{"{resources: {controller: {requests: {cpu: \"2\", memory: 1.5Gi}}}}"},
        GoodCase{"{telemetryClaim: {name: results}, ttlSecondsAfterFinished: 0, cleanup: Never}"},
        GoodCase{"{parallelTrials: 2, workerPods: 10}"}));

struct BadSpec {
  const char* spec;
  const char* message;
};

void PrintTo(const BadSpec& each, std::ostream* out) { *out << each.spec; }

class BadSpecTest : public ::testing::TestWithParam<BadSpec> {};

TEST_P(BadSpecTest, NamesTheFieldAndTheRule) {
  EXPECT_EQ(ErrorOf(ExperimentText(GetParam().spec)), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Workers, BadSpecTest,
    ::testing::Values(
        BadSpec{"{workers: {values: []}}",
                "spec.workers.values: must be a list of whole numbers, not []"},
        BadSpec{"{workers: {values: 3}}",
                "spec.workers.values: must be a list of whole numbers, not 3"},
        BadSpec{"{workers: {values: [0]}}",
                "spec.workers.values[0]: must be a whole number from 1 to 10000, not 0"},
        BadSpec{"{workers: {values: [2, x]}}",
                "spec.workers.values[1]: must be a whole number from 1 to 10000, not \"x\""},
        BadSpec{"{workers: {values: [2, 2]}}",
                "spec.workers.values[1]: must be greater than the one before it (2): the list is "
                "ascending"},
        BadSpec{"{workers: {values: [1], range: {min: 1}}}",
                "spec.workers: takes either values or range, not both"},
        BadSpec{"{workers: {range: {min: 20, max: 10}}}",
                "spec.workers.range.max: must not be less than min (20)"},
        BadSpec{"{workers: {range: {min: 1, max: 1001, step: 1}}}",
                "spec.workers.range.step: gives 1001 worker counts; at most 1000 are allowed"},
        BadSpec{"{workers: {range: {step: 0}}}",
                "spec.workers.range.step: must be a whole number from 1 to 10000, not 0"},
        BadSpec{"{workers: 10}", "spec.workers: must be an object with fields, not 10"}));

INSTANTIATE_TEST_SUITE_P(
    Load, BadSpecTest,
    ::testing::Values(
        BadSpec{"{load: {factorStep: \"1\"}}", "spec.load.factorStep: must be greater than 1"},
        BadSpec{"{load: {factorStep: \"0.5\"}}", "spec.load.factorStep: must be greater than 1"},
        BadSpec{"{load: {factorMin: \"0\"}}", "spec.load.factorMin: must be greater than 0"},
        BadSpec{"{load: {factorMin: \"5\"}}",
                "spec.load.factorMax: must not be less than factorMin (5)"},
        BadSpec{"{load: {factorMin: 0.1}}",
                "spec.load.factorMin: must be a decimal in quotes: write \"0.1\""},
        BadSpec{"{load: {factorMax: 4}}",
                "spec.load.factorMax: must be a decimal in quotes: write \"4\""},
        BadSpec{"{load: {factorMin: \"1e-1\"}}",
                "spec.load.factorMin: must be a decimal such as \"0.1\", not \"1e-1\""},
        BadSpec{"{load: {factorMin: \"-1\"}}",
                "spec.load.factorMin: must be a decimal such as \"0.1\", not \"-1\""},
        BadSpec{"{load: {factorMin: \"0.1234567890\"}}",
                "spec.load.factorMin: must be a decimal such as \"0.1\", not \"0.1234567890\""},
        BadSpec{"{load: {factorMin: \".5\"}}",
                "spec.load.factorMin: must be a decimal such as \"0.1\", not \".5\""},
        BadSpec{"{load: {factorStep: \"1.001\"}}",
                "spec.load.factorStep: gives more than 1000 load steps between factorMin and "
                "factorMax; give "
                "a larger one"},
        BadSpec{"{load: {periodSeconds: 0}}",
                "spec.load.periodSeconds: must be a whole number from 1 to 86400, not 0"},
        BadSpec{"{load: {periodSeconds: 0.5}}",
                "spec.load.periodSeconds: must be a whole number from 1 to 86400, not 0.5"},
        BadSpec{"{load: {periodSeconds: 99999999999999999999}}",
                "spec.load.periodSeconds: must be a whole number from 1 to 86400, not 1e+20"},
        BadSpec{"{load: {memoryLoadFactor: 5}}",
                "spec.load.memoryLoadFactor: must be a whole number from 1 to 4, not 5"},
        BadSpec{"{load: {factorStpe: \"2\"}}",
                "spec.load.factorStpe: unknown field; did you mean factorStep?"},
        BadSpec{"{load: {zzzzzz: 2}}",
                "spec.load.zzzzzz: unknown field; known here: factorMin, factorMax, factorStep, "
                "periodSeconds, memoryLoadFactor"}));

INSTANTIATE_TEST_SUITE_P(
    Rest, BadSpecTest,
    ::testing::Values(
        BadSpec{"{trials: 0}", "spec.trials: must be a whole number from 1 to 100, not 0"},
        BadSpec{"{trials: 101}", "spec.trials: must be a whole number from 1 to 100, not 101"},
        BadSpec{"{trials: \"3\"}", "spec.trials: must be a whole number from 1 to 100, not \"3\""},
        BadSpec{"{trials: 11, workers: {range: {min: 1, max: 1000, step: 1}}}",
                "spec.trials: gives 11000 trials in all, of 1000 worker counts; at most 10000 are "
                "allowed"},
        BadSpec{"{Trials: 3}", "spec.Trials: unknown field; did you mean trials?"},
        BadSpec{
            "{models: {zoo: a100}}",
            "spec.models.zoo: must be v100-osdi20, h100 or an absolute directory, not \"a100\""},
        BadSpec{
            "{models: {order: random}}",
            "spec.models.order: must be one of published, alphabetical, shuffled, not \"random\""},
        BadSpec{"{trace: {source: AzureFunctions2019}}",
                "spec.trace.directory: must be the absolute directory of the trace's files when "
                "source is "
                "AzureFunctions2019"},
        BadSpec{"{trace: {directory: /srv}}",
                "spec.trace.directory: is only for source AzureFunctions2019; leave it out or "
                "change source"},
        BadSpec{"{scheduler: {type: CLOCKWORK}}",
                "spec.scheduler.type: must be INFER5, not \"CLOCKWORK\""},
        BadSpec{"{scheduler: {generateInputs: 1}}",
                "spec.scheduler.generateInputs: must be true or false, not 1"},
        BadSpec{"{scheduler: {maxBatch: 17}}",
                "spec.scheduler.maxBatch: must be a whole number from 1 to 16, not 17"},
        BadSpec{"{retries: {backoffSeconds: 3601}}",
                "spec.retries.backoffSeconds: must be a whole number from 0 to 3600, not 3601"},
        BadSpec{"{deadlines: {startupSeconds: 0}}",
                "spec.deadlines.startupSeconds: must be a whole number from 1 to 2592000, not 0"},
        BadSpec{
            "{placement: {worker: {tolerations: [{value: x}]}}}",
            "spec.placement.worker.tolerations[0].key: must be given unless operator is Exists"},
        BadSpec{"{placement: {worker: {tolerations: [{key: a, operator: Exists, value: x}]}}}",
                "spec.placement.worker.tolerations[0].value: must be left out when operator is "
                "Exists"},
        BadSpec{"{placement: {worker: {tolerations: [{key: a, tolerationSeconds: 1}]}}}",
                "spec.placement.worker.tolerations[0].tolerationSeconds: is only for effect "
                "NoExecute"},
        BadSpec{"{placement: {worker: {tolerations: {}}}}",
                "spec.placement.worker.tolerations: must be a list, not {}"},
        BadSpec{"{imagePullSecrets: [A]}",
                "spec.imagePullSecrets[0]: must be the name of a secret: a-z, 0-9, '-' and '.', "
                "with a letter or digit at both ends"},
        BadSpec{"{imagePullSecrets: [a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a]}",
                "spec.imagePullSecrets: has 17 entries; at most 16 are allowed"},
        BadSpec{"{telemetryClaimSize: big}",
                "spec.telemetryClaimSize: must be a quantity such as \"10Gi\", not \"big\""},
        BadSpec{"{retries: {attempts: 11}}",
                "spec.retries.attempts: must be a whole number from 1 to 10, not 11"},
        BadSpec{"{deadlines: {trialSeconds: 600}}",
                "spec.deadlines.trialSeconds: must be greater than the 600 s that the load steps "
                "of one "
                "trial take"},
        // As products 0.1 * 1.1 > 0.11, but what the client multiplies for 10 workers is not.
        BadSpec{"{load: {factorMax: \"0.11\", factorStep: \"1.1\", periodSeconds: 10}, "
                "deadlines: {trialSeconds: 20}}",
                "spec.deadlines.trialSeconds: must be greater than the 20 s that the load steps of "
                "one trial take"},
        BadSpec{"{workers: {values: [2, 4]}, figures: {leftWorkers: 3}}",
                "spec.figures.leftWorkers: must be one of the worker counts (2, 4)"},
        BadSpec{"{workerPods: 11}",
                "spec.workerPods: must not be greater than the smallest worker count (10)"},
        BadSpec{
            "{resources: {worker: {limits: {cpu: two}}}}",
            "spec.resources.worker.limits.cpu: must be a quantity such as \"500m\" or \"2Gi\", not "
            "\"two\""},
        BadSpec{"{resources: {worker: {limits: {cpu: 2}}}}",
                "spec.resources.worker.limits.cpu: must be a text, not 2"},
        BadSpec{"{placement: {worker: {nodeSelector: {a b: c}}}}",
                "spec.placement.worker.nodeSelector.a b: is no key of a label: write for example "
                "clockwork.dev/role"},
        BadSpec{"{placement: {worker: {nodeSelector: {a: b c}}}}",
                "spec.placement.worker.nodeSelector.a: must be the value of a label: up to 63 "
                "letters, digits, '-', '_' and '.', with a letter or digit at both ends"},
        BadSpec{"{placement: {worker: {tolerations: [{key: a b, operator: Exists}]}}}",
                "spec.placement.worker.tolerations[0].key: must be the key of a taint, such as "
                "clockwork.dev/role"},
        BadSpec{"{telemetryClaim: {name: Results}}",
                "spec.telemetryClaim.name: must be the name of a claim in the experiment's own "
                "namespace: a-z, 0-9, '-' and '.', with a letter or digit at both ends"},
        BadSpec{"{cleanup: Sometimes}",
                "spec.cleanup: must be one of OnSuccess, Always, Never, not \"Sometimes\""},
        BadSpec{"{images: {worker: \"a\\tb\"}}",
                "spec.images.worker: must not contain control characters"},
        BadSpec{"[]", "spec: must be an object with fields, not []"}));

TEST(DecodeTest, AnnotationsOfOthersMayHoldAnything) {
  const std::string applied = "{\\\"spec\\\": {}}\\n" + std::string(10'000, 'x');
  const auto experiment = ParseExperiment(
      R"({"apiVersion": "clockwork.dev/v1alpha1", "kind": "ScalabilityExperiment", "metadata": {"name": "sample",
          "annotations": {"kubectl.kubernetes.io/last-applied-configuration": ")" +
      applied + "\"}}}");
  ASSERT_TRUE(experiment.ok()) << experiment.error().message;
  EXPECT_THAT(experiment->annotations.at("kubectl.kubernetes.io/last-applied-configuration"),
              ::testing::StartsWith("{\"spec\": {}}\n"));
}

TEST(DecodeTest, AllErrorsAreReportedAtOnce) {
  EXPECT_EQ(ErrorOf(ExperimentText("{trials: 0, load: {periodSeconds: x, factor: 1}}")),
            "spec.trials: must be a whole number from 1 to 100, not 0\n"
            "spec.load.periodSeconds: must be a whole number from 1 to 86400, not \"x\"\n"
            "spec.load.factor: unknown field; did you mean factorMin?");
  EXPECT_EQ(ErrorOf(ExperimentText("{load: {factorMin: \"0\", factorStep: \"1\"}}", "Bad_Name")),
            "metadata.name: must be 1 to 52 characters of a-z, 0-9 and '-' that start and end with "
            "a letter "
            "or digit\n"
            "spec.load.factorMin: must be greater than 0\n"
            "spec.load.factorStep: must be greater than 1");
}

TEST(DecodeTest, TheNumberOfReportedErrorsIsBounded) {
  std::string spec = "{";
  for (int i = 0; i < 60; ++i) spec += "unknown" + std::to_string(i) + ": 1, ";
  const std::string message = ErrorOf(ExperimentText(spec + "trials: 1}"));
  EXPECT_THAT(message, ::testing::EndsWith("\nand 10 more errors"));
}

TEST(DecodeTest, TheHeadIsChecked) {
  EXPECT_EQ(ErrorOf("metadata: {name: a}\nkind: Job\n"),
            "apiVersion: must be clockwork.dev/v1alpha1\nkind: must be ScalabilityExperiment");
  EXPECT_EQ(ErrorOf("apiVersion: clockwork.dev/v1alpha1\nkind: ScalabilityExperiment\n"),
            "metadata.name: must be 1 to 52 characters of a-z, 0-9 and '-' that start and end with "
            "a letter "
            "or digit");
  EXPECT_EQ(ErrorOf("- a\n"),
            "the document must be an object with apiVersion, kind, metadata and spec");
}

}  // namespace
}  // namespace clockwork::api
