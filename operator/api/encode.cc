#include "operator/api/encode.h"

#include <fmt/format.h>

#include <cstdint>

#include <nlohmann/json.hpp>

#include "operator/api/names.h"

namespace clockwork::api {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson EncodeWorkers(const Workers& workers) {
  if (!workers.values.empty()) return {{"values", workers.values}};
  const WorkerRange& range = workers.range;
  return {{"range", {{"min", range.min}, {"max", range.max}, {"step", range.step}}}};
}

OrderedJson EncodeLoad(const Load& load) {
  return {{"factorMin", load.factor_min.text},
          {"factorMax", load.factor_max.text},
          {"factorStep", load.factor_step.text},
          {"periodSeconds", load.period_seconds},
          {"memoryLoadFactor", load.memory_load_factor}};
}

OrderedJson EncodeTrace(const Trace& trace) {
  OrderedJson json = {{"source", NameOf(kTraceSources, trace.source)}, {"seed", trace.seed}};
  if (!trace.directory.empty()) json["directory"] = trace.directory;
  return json;
}

OrderedJson EncodeScheduler(const Scheduler& scheduler) {
  OrderedJson json = {{"type", NameOf(kSchedulerTypes, scheduler.type)},
                      {"generateInputs", scheduler.generate_inputs}};
  if (scheduler.max_gpus) json["maxGpus"] = *scheduler.max_gpus;
  json["scheduleAheadMicroseconds"] = scheduler.schedule_ahead_microseconds;
  json["sloMilliseconds"] = scheduler.slo_milliseconds;
  json["maxExecMicroseconds"] = scheduler.max_exec_microseconds;
  json["maxBatch"] = scheduler.max_batch;
  json["stopLoadsAtZeroDemand"] = scheduler.stop_loads_at_zero_demand;
  return json;
}

OrderedJson EncodeTexts(const TextMap& texts) {
  OrderedJson json = OrderedJson::object();
  for (const auto& [key, text] : texts) json[key] = text;
  return json;
}

OrderedJson EncodePlacement(const RolePlacement& role) {
  OrderedJson json = {{"nodeSelector", EncodeTexts(role.node_selector)}};
  for (const Toleration& toleration : role.tolerations) {
    json["tolerations"].push_back(EncodeToleration(toleration));
  }
  return json;
}

OrderedJson EncodeImages(const Images& images) {
  OrderedJson json = OrderedJson::object();
  if (!images.worker.empty()) json["worker"] = images.worker;
  if (!images.controller.empty()) json["controller"] = images.controller;
  if (!images.client.empty()) json["client"] = images.client;
  if (!images.telemetry.empty()) json["telemetry"] = images.telemetry;
  if (!images.plotter.empty()) json["plotter"] = images.plotter;
  json["pullPolicy"] = NameOf(kPullPolicies, images.pull_policy);
  return json;
}

OrderedJson EncodeResources(const RoleResources& role) {
  return {{"requests", EncodeTexts(role.requests)}, {"limits", EncodeTexts(role.limits)}};
}

OrderedJson EncodeDeadlines(const Deadlines& deadlines) {
  OrderedJson json = OrderedJson::object();
  if (deadlines.trial_seconds) json["trialSeconds"] = *deadlines.trial_seconds;
  if (deadlines.experiment_seconds) json["experimentSeconds"] = *deadlines.experiment_seconds;
  json["startupSeconds"] = deadlines.startup_seconds;
  return json;
}

void AddClusterFields(const ExperimentSpec& spec, OrderedJson* json) {
  (*json)["placement"] = {{"worker", EncodePlacement(spec.placement.worker)},
                          {"controller", EncodePlacement(spec.placement.controller)},
                          {"client", EncodePlacement(spec.placement.client)}};
  (*json)["images"] = EncodeImages(spec.images);
  (*json)["resources"] = {{"worker", EncodeResources(spec.resources.worker)},
                          {"controller", EncodeResources(spec.resources.controller)},
                          {"client", EncodeResources(spec.resources.client)},
                          {"collector", EncodeResources(spec.resources.collector)}};
  if (!spec.image_pull_secrets.empty()) (*json)["imagePullSecrets"] = spec.image_pull_secrets;
  if (!spec.priority_class_name.empty()) (*json)["priorityClassName"] = spec.priority_class_name;
  (*json)["telemetryClaimSize"] = spec.telemetry_claim_size;
  if (!spec.telemetry_storage_class_name.empty()) {
    (*json)["telemetryStorageClassName"] = spec.telemetry_storage_class_name;
  }
  if (!spec.telemetry_claim_name.empty()) {
    (*json)["telemetryClaim"] = {{"name", spec.telemetry_claim_name}};
  }
  if (spec.ttl_seconds_after_finished) {
    (*json)["ttlSecondsAfterFinished"] = *spec.ttl_seconds_after_finished;
  }
  (*json)["cleanup"] = NameOf(kCleanups, spec.cleanup);
  (*json)["parallelTrials"] = spec.parallel_trials;
  (*json)["workerPods"] = spec.worker_pods;
}

}  // namespace

OrderedJson EncodeToleration(const Toleration& toleration) {
  OrderedJson json = OrderedJson::object();
  if (!toleration.key.empty()) json["key"] = toleration.key;
  json["operator"] = NameOf(kTolerationOperators, toleration.match);
  if (!toleration.value.empty()) json["value"] = toleration.value;
  if (toleration.effect != TaintEffect::kAny) {
    json["effect"] = NameOf(kTaintEffects, toleration.effect);
  }
  if (toleration.toleration_seconds) json["tolerationSeconds"] = *toleration.toleration_seconds;
  return json;
}

OrderedJson EncodeMeasurement(const ExperimentSpec& spec) {
  return {
      {"workers", EncodeWorkers(spec.workers)},
      {"trials", spec.trials},
      {"load", EncodeLoad(spec.load)},
      {"models", {{"zoo", spec.models.zoo}, {"order", NameOf(kModelOrders, spec.models.order)}}},
      {"trace", EncodeTrace(spec.trace)},
      {"scheduler", EncodeScheduler(spec.scheduler)},
      {"validity",
       {{"maxClientLagP99Microseconds", spec.validity.max_client_lag_p99_microseconds}}}};
}

OrderedJson EncodeSpec(const ExperimentSpec& spec) {
  OrderedJson json = EncodeMeasurement(spec);
  json["retries"] = {{"attempts", spec.retries.attempts},
                     {"backoffSeconds", spec.retries.backoff_seconds}};
  json["deadlines"] = EncodeDeadlines(spec.deadlines);
  json["figures"] = OrderedJson::object();
  if (spec.figures.left_workers) json["figures"]["leftWorkers"] = *spec.figures.left_workers;
  json["suspend"] = spec.suspend;
  AddClusterFields(spec, &json);
  return json;
}

OrderedJson EncodeExperiment(const ScalabilityExperiment& experiment) {
  OrderedJson metadata = {{"name", experiment.name}};
  if (!experiment.name_space.empty()) metadata["namespace"] = experiment.name_space;
  if (!experiment.labels.empty()) metadata["labels"] = EncodeTexts(experiment.labels);
  if (!experiment.annotations.empty())
    metadata["annotations"] = EncodeTexts(experiment.annotations);
  return {{"apiVersion", kApiVersion},
          {"kind", kKind},
          {"metadata", metadata},
          {"spec", EncodeSpec(experiment.spec)}};
}

std::string MeasurementHash(const ExperimentSpec& spec) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c :
       EncodeMeasurement(spec).dump(-1, ' ', false, OrderedJson::error_handler_t::replace)) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  return fmt::format("{:016x}", hash);
}

}  // namespace clockwork::api
