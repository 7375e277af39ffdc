#include "operator/api/decode.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "operator/api/field_reader.h"
#include "operator/api/names.h"
#include "operator/api/validate.h"
#include "operator/api/yaml_document.h"

namespace clockwork::api {
namespace {

constexpr std::size_t kMaxReportedErrors = 50;
constexpr std::int64_t kMaxMicroseconds = 60'000'000;
constexpr std::int64_t kMaxSloMilliseconds = 60'000;

void ReadWorkers(FieldReader workers, Workers* out) {
  const bool both = workers.Has("values") && workers.Has("range");
  if (both) workers.Fail("", "takes either values or range, not both");
  workers.Integers("values", 1, kMaxGpus, kMaxWorkerCounts, &out->values);
  FieldReader range = workers.Object("range");
  range.Integer("min", 1, kMaxGpus, &out->range.min);
  range.Integer("max", 1, kMaxGpus, &out->range.max);
  range.Integer("step", 1, kMaxGpus, &out->range.step);
  range.Finish();
  workers.Finish();
}

void ReadLoad(FieldReader load, Load* out) {
  load.Fraction("factorMin", &out->factor_min);
  load.Fraction("factorMax", &out->factor_max);
  load.Fraction("factorStep", &out->factor_step);
  load.Integer("periodSeconds", 1, kMaxPeriodSeconds, &out->period_seconds);
  load.Integer("memoryLoadFactor", 1, 4, &out->memory_load_factor);
  load.Finish();
}

void ReadModels(FieldReader models, Models* out) {
  models.Text("zoo", kMaxTextBytes, &out->zoo);
  models.Choice<ModelOrder>("order", kModelOrders, &out->order);
  models.Finish();
}

void ReadTrace(FieldReader trace, Trace* out) {
  trace.Choice<TraceSource>("source", kTraceSources, &out->source);
  trace.Integer("seed", 0, kMaxTraceSeed, &out->seed);
  trace.Text("directory", kMaxTextBytes, &out->directory);
  trace.Finish();
}

void ReadScheduler(FieldReader scheduler, Scheduler* out) {
  scheduler.Choice<SchedulerType>("type", kSchedulerTypes, &out->type);
  scheduler.Boolean("generateInputs", &out->generate_inputs);
  scheduler.Integer("maxGpus", 1, kMaxGpus, &out->max_gpus);
  scheduler.Integer("scheduleAheadMicroseconds", 1, kMaxMicroseconds,
                    &out->schedule_ahead_microseconds);
  scheduler.Integer("sloMilliseconds", 1, kMaxSloMilliseconds, &out->slo_milliseconds);
  scheduler.Integer("maxExecMicroseconds", 1, kMaxMicroseconds, &out->max_exec_microseconds);
  scheduler.Integer("maxBatch", 1, 16, &out->max_batch);
  scheduler.Boolean("stopLoadsAtZeroDemand", &out->stop_loads_at_zero_demand);
  scheduler.Finish();
}

// What a toleration says must fit together, as the API server demands of a pod.
void ReadToleration(FieldReader reader, Toleration* out) {
  reader.Text("key", kMaxTextBytes, &out->key);
  reader.Choice<TolerationOperator>("operator", kTolerationOperators, &out->match);
  reader.Text("value", kMaxTextBytes, &out->value);
  reader.Choice<TaintEffect>("effect", kTaintEffects, &out->effect);
  reader.Integer("tolerationSeconds", 0, kMaxDeadlineSeconds, &out->toleration_seconds);
  if (out->match == TolerationOperator::kExists && !out->value.empty()) {
    reader.Fail("value", "must be left out when operator is Exists");
  }
  if (out->match == TolerationOperator::kEqual && out->key.empty()) {
    reader.Fail("key", "must be given unless operator is Exists");
  }
  if (out->toleration_seconds && out->effect != TaintEffect::kNoExecute) {
    reader.Fail("tolerationSeconds", "is only for effect NoExecute");
  }
  reader.Finish();
}

void ReadPlacement(FieldReader placement, Placement* out) {
  const std::pair<const char*, RolePlacement*> roles[] = {
      {"worker", &out->worker}, {"controller", &out->controller}, {"client", &out->client}};
  for (const auto& [name, role] : roles) {
    FieldReader reader = placement.Object(name);
    reader.Texts("nodeSelector", &role->node_selector);
    std::vector<Toleration>* tolerations = &role->tolerations;
    reader.Objects("tolerations", kMaxTolerations, [tolerations](FieldReader entry) {
      ReadToleration(std::move(entry), &tolerations->emplace_back());
    });
    reader.Finish();
  }
  placement.Finish();
}

void ReadImages(FieldReader images, Images* out) {
  images.Text("worker", kMaxTextBytes, &out->worker);
  images.Text("controller", kMaxTextBytes, &out->controller);
  images.Text("client", kMaxTextBytes, &out->client);
  images.Text("telemetry", kMaxTextBytes, &out->telemetry);
  images.Text("plotter", kMaxTextBytes, &out->plotter);
  images.Choice<PullPolicy>("pullPolicy", kPullPolicies, &out->pull_policy);
  images.Finish();
}

void ReadResources(FieldReader resources, Resources* out) {
  const std::pair<const char*, RoleResources*> roles[] = {{"worker", &out->worker},
                                                          {"controller", &out->controller},
                                                          {"client", &out->client},
                                                          {"collector", &out->collector}};
  for (const auto& [name, role] : roles) {
    FieldReader reader = resources.Object(name);
    reader.Texts("requests", &role->requests);
    reader.Texts("limits", &role->limits);
    reader.Finish();
  }
  resources.Finish();
}

// The blocks of one or two fields.
void ReadSmallBlocks(FieldReader& spec, ExperimentSpec* out) {
  FieldReader validity = spec.Object("validity");
  validity.Integer("maxClientLagP99Microseconds", 1, kMaxMicroseconds,
                   &out->validity.max_client_lag_p99_microseconds);
  validity.Finish();
  FieldReader retries = spec.Object("retries");
  retries.Integer("attempts", 1, kMaxAttempts, &out->retries.attempts);
  retries.Integer("backoffSeconds", 0, kMaxBackoffSeconds, &out->retries.backoff_seconds);
  retries.Finish();
  FieldReader deadlines = spec.Object("deadlines");
  deadlines.Integer("trialSeconds", 1, kMaxDeadlineSeconds, &out->deadlines.trial_seconds);
  deadlines.Integer("experimentSeconds", 1, kMaxDeadlineSeconds,
                    &out->deadlines.experiment_seconds);
  deadlines.Integer("startupSeconds", 1, kMaxDeadlineSeconds, &out->deadlines.startup_seconds);
  deadlines.Finish();
  FieldReader figures = spec.Object("figures");
  figures.Integer("leftWorkers", 1, kMaxGpus, &out->figures.left_workers);
  figures.Finish();
  FieldReader claim = spec.Object("telemetryClaim");
  claim.Text("name", kMaxTextBytes, &out->telemetry_claim_name);
  claim.Finish();
}

// The fields without a block of their own that only a cluster uses.
void ReadClusterFields(FieldReader& spec, ExperimentSpec* out) {
  spec.TextList("imagePullSecrets", kMaxPullSecrets, kMaxTextBytes, &out->image_pull_secrets);
  spec.Text("priorityClassName", kMaxTextBytes, &out->priority_class_name);
  spec.Text("telemetryClaimSize", kMaxTextBytes, &out->telemetry_claim_size);
  spec.Text("telemetryStorageClassName", kMaxTextBytes, &out->telemetry_storage_class_name);
  spec.Integer("ttlSecondsAfterFinished", 0, kMaxDeadlineSeconds, &out->ttl_seconds_after_finished);
  spec.Choice<Cleanup>("cleanup", kCleanups, &out->cleanup);
  spec.Integer("parallelTrials", 1, kMaxTrials, &out->parallel_trials);
  spec.Integer("workerPods", 1, kMaxWorkerPods, &out->worker_pods);
}

void ReadSpec(FieldReader spec, ExperimentSpec* out) {
  ReadWorkers(spec.Object("workers"), &out->workers);
  spec.Integer("trials", 1, kMaxTrials, &out->trials);
  ReadLoad(spec.Object("load"), &out->load);
  ReadModels(spec.Object("models"), &out->models);
  ReadTrace(spec.Object("trace"), &out->trace);
  ReadScheduler(spec.Object("scheduler"), &out->scheduler);
  ReadSmallBlocks(spec, out);
  spec.Boolean("suspend", &out->suspend);
  ReadPlacement(spec.Object("placement"), &out->placement);
  ReadImages(spec.Object("images"), &out->images);
  ReadResources(spec.Object("resources"), &out->resources);
  ReadClusterFields(spec, out);
  spec.Finish();
}

void ReadMetadata(FieldReader metadata, ScalabilityExperiment* out) {
  metadata.Text("name", kMaxTextBytes, &out->name);
  metadata.Text("namespace", kMaxTextBytes, &out->name_space);
  metadata.Texts("labels", &out->labels);
  // `kubectl apply` keeps the whole object there, with a line end.
  metadata.OthersTexts("annotations", &out->annotations);
  // What an API server adds to every object.
  for (const char* name : {"uid", "resourceVersion", "generation", "creationTimestamp",
                           "deletionTimestamp", "deletionGracePeriodSeconds", "finalizers",
                           "ownerReferences", "managedFields", "selfLink", "generateName"}) {
    metadata.Ignore(name);
  }
  metadata.Finish();
}

void ReadHead(FieldReader& root, std::string_view name, std::string_view wanted) {
  std::string text;
  root.Text(name, kMaxTextBytes, &text);
  if (text != wanted) root.Fail(name, fmt::format("must be {}", wanted));
}

Error Joined(const FieldErrors& errors) {
  const std::size_t shown = std::min(errors.size(), kMaxReportedErrors);
  const auto end = errors.begin() + static_cast<std::ptrdiff_t>(shown);
  std::string text = fmt::format("{}", fmt::join(errors.begin(), end, "\n"));
  if (shown < errors.size()) text += fmt::format("\nand {} more errors", errors.size() - shown);
  return UsageError(std::move(text));
}

}  // namespace

Result<ScalabilityExperiment> DecodeExperiment(const nlohmann::json& document) {
  if (!document.is_object()) {
    return UsageError("the document must be an object with apiVersion, kind, metadata and spec");
  }
  FieldErrors errors;
  ScalabilityExperiment experiment;
  FieldReader root(&document, "", &errors);
  ReadHead(root, "apiVersion", kApiVersion);
  ReadHead(root, "kind", kKind);
  ReadMetadata(root.Object("metadata"), &experiment);
  ReadSpec(root.Object("spec"), &experiment.spec);
  root.Ignore("status");
  root.Finish();
  // Rules over several fields only make sense on fields that could be read.
  if (errors.empty()) errors = Validate(experiment);
  if (!errors.empty()) return Joined(errors);
  return experiment;
}

Result<ScalabilityExperiment> ParseExperiment(std::string_view text) {
  auto document = ParseYamlDocument(text);
  if (!document.ok()) return document.error();
  return DecodeExperiment(*document);
}

}  // namespace clockwork::api
