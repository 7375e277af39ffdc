#include "operator/plan/cluster/pod_spec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "operator/api/names.h"
#include "operator/plan/command_lines.h"

namespace clockwork::plan::cluster {
namespace {

// The kubelet's own end of a pod comes this much later than the operator's.
constexpr Nanos kBackstopNs = 600 * kSecond;
// What drawing may take beside the start of its pod.
constexpr Nanos kDrawingNs = 300 * kSecond;

const api::ExperimentSpec& SpecOf(const World& world) { return world.experiment.experiment->spec; }

Owner OwnerOf(const World& world) {
  return {world.experiment.name, world.experiment.name_space, world.experiment.uid,
          world.defaults.operator_name};
}

std::string ImageOr(const std::string& image, const OperatorDefaults& defaults,
                    std::string_view program) {
  if (!image.empty()) return image;
  return fmt::format("{}/{}:{}", defaults.registry, program, defaults.tag);
}

// What the pods of all roles have in common.
PodSpec Common(const World& world, Nanos deadline_ns, const PodId& id) {
  const api::ExperimentSpec& spec = SpecOf(world);
  PodSpec pod;
  pod.owner = OwnerOf(world);
  pod.id = id;
  pod.name = PodName(world.experiment.name, world.experiment.uid, id);
  pod.pull_policy = spec.images.pull_policy;
  pod.pull_secrets = spec.image_pull_secrets;
  pod.priority_class = spec.priority_class_name;
  pod.grace_seconds = kGraceSeconds;
  pod.startup_seconds = spec.deadlines.startup_seconds;
  pod.active_deadline_seconds = (deadline_ns + kBackstopNs) / kSecond;
  return pod;
}

PodSpec OfTrial(const World& world, const PlannedTrial& trial, const PodId& id) {
  return Common(world, AttemptDeadlineNs(SpecOf(world).deadlines, trial), id);
}

void SetClaim(const World& world, PodSpec* pod) {
  pod->claim = ClaimName(*world.experiment.experiment);
}

Filing FilingOf(const World& world) {
  Filing filing = MakeFiling(*world.experiment.experiment);
  filing.uid = world.experiment.uid;
  return filing;
}

std::string WorkDirectory(const World& world, const PodId& id) {
  return fmt::format(
      "{}/{}", kWorkDirectory,
      AttemptName(world.experiment.name, world.experiment.uid, id.trial, id.attempt));
}

std::pair<std::string, std::string> ConnectTimeout(const api::ExperimentSpec& spec) {
  constexpr std::int64_t kMilliseconds = 1'000;
  const std::int64_t half_ms = spec.deadlines.startup_seconds * kMilliseconds / 2;
  return {"CLOCKWORK_CONNECT_TIMEOUT_MS",
          std::to_string(std::min(half_ms, kConnectSeconds * kMilliseconds))};
}

// Directories of the zoo and the trace are those of the client's image.
void SetClientEnvironment(const api::ExperimentSpec& spec, PodSpec* pod) {
  auto& environment = pod->environment;
  environment = {
      {"CLOCKWORK_DISABLE_INPUTS", "1"},
      ConnectTimeout(spec),
      {"CLOCKWORK_SUMMARY_FILE", kTerminationMessageFile},
      {"CLOCKWORK_SUMMARY_BYTES", std::to_string(kTerminationMessageBytes)},
      {"CLOCKWORK_MODEL_ORDER", std::string(api::NameOf(api::kModelOrders, spec.models.order))}};
  // An image of the original's takes this for a directory; left out, it has its own.
  if (spec.models.zoo != api::Models().zoo) {
    environment.emplace_back("CLOCKWORK_MODEL_DIR", spec.models.zoo);
  }
  if (spec.trace.source == api::TraceSource::kSynthetic) {
    environment.emplace_back("CLOCKWORK_TRACE_SEED", std::to_string(spec.trace.seed));
  } else {
    environment.emplace_back("AZURE_TRACE_DIR", spec.trace.directory);
  }
}

}  // namespace

std::string ClaimName(const api::ScalabilityExperiment& experiment) {
  if (!experiment.spec.telemetry_claim_name.empty()) return experiment.spec.telemetry_claim_name;
  return experiment.name + "-telemetry";
}

ClaimSpec MakeClaim(const World& world) {
  const api::ExperimentSpec& spec = SpecOf(world);
  return {OwnerOf(world), ClaimName(*world.experiment.experiment), spec.telemetry_claim_size,
          spec.telemetry_storage_class_name};
}

std::int64_t GpusOfPod(std::int64_t gpus, std::int64_t pods, std::int64_t ordinal) {
  return gpus / pods + (ordinal < gpus % pods ? 1 : 0);
}

Nanos AttemptDeadlineNs(const api::Deadlines& deadlines, const PlannedTrial& trial) {
  // What the plan derives knows of programs that start at once.
  if (deadlines.trial_seconds) return trial.deadline_ns;
  return trial.deadline_ns + deadlines.startup_seconds * kSecond;
}

Nanos FiguresDeadlineNs(const api::Deadlines& deadlines) {
  return deadlines.startup_seconds * kSecond + kDrawingNs;
}

std::string TelemetryImage(const World& world) {
  return ImageOr(SpecOf(world).images.telemetry, world.defaults, "telemetry");
}

PodSpec MakeWorker(const World& world, const PlannedTrial& trial, std::int64_t attempt,
                   std::int64_t ordinal) {
  const api::ExperimentSpec& spec = SpecOf(world);
  PodSpec pod = OfTrial(world, trial, {trial.id, attempt, Role::kWorker, ordinal});
  pod.image = ImageOr(spec.images.worker, world.defaults, "worker_dummy");
  pod.program = "worker_dummy";
  pod.arguments = WorkerArguments(GpusOfPod(trial.workers, spec.worker_pods, ordinal));
  pod.arguments.insert(pod.arguments.end(), {"-p", std::to_string(kWorkerPort)});
  pod.port = kWorkerPort;
  pod.placement = spec.placement.worker;
  pod.resources = spec.resources.worker;
  return pod;
}

PodSpec MakeController(const World& world, const PlannedTrial& trial, std::int64_t attempt,
                       const std::vector<std::string>& workers) {
  const api::ExperimentSpec& spec = SpecOf(world);
  PodSpec pod = OfTrial(world, trial, {trial.id, attempt, Role::kController, 0});
  pod.image = ImageOr(spec.images.controller, world.defaults, "controller");
  pod.program = "controller";
  pod.arguments = ControllerArguments(spec.scheduler, trial.workers,
                                      fmt::format("{}", fmt::join(workers, ",")));
  pod.environment = {{"CLOCKWORK_LOG_DIR", kTelemetryMount}, ConnectTimeout(spec)};
  if (spec.scheduler.stop_loads_at_zero_demand) {
    pod.environment.emplace_back("CLOCKWORK_STOP_LOADS_AT_ZERO_DEMAND", "1");
  }
  pod.port = kClientPort;
  SetClaim(world, &pod);
  pod.sub_path = WorkDirectory(world, pod.id);
  pod.placement = spec.placement.controller;
  pod.resources = spec.resources.controller;
  return pod;
}

PodSpec MakeClient(const World& world, const PlannedTrial& trial, std::int64_t attempt,
                   const std::string& controller_ip) {
  const api::ExperimentSpec& spec = SpecOf(world);
  PodSpec pod = OfTrial(world, trial, {trial.id, attempt, Role::kClient, 0});
  pod.image = ImageOr(spec.images.client, world.defaults, "client");
  pod.program = "client";
  pod.arguments =
      ClientArguments(spec.load, trial.workers, fmt::format("{}:{}", controller_ip, kClientPort));
  SetClientEnvironment(spec, &pod);
  pod.placement = spec.placement.client;
  pod.resources = spec.resources.client;
  return pod;
}

PodSpec MakeCollector(const World& world, const PlannedTrial& trial, std::int64_t attempt,
                      const std::string& node, const std::string& summary) {
  const api::ExperimentSpec& spec = SpecOf(world);
  PodSpec pod = OfTrial(world, trial, {trial.id, attempt, Role::kCollector, 0});
  pod.image = TelemetryImage(world);
  pod.program = "telemetry";
  pod.arguments = {"file-trial",
                   "--logs",
                   fmt::format("{}/{}", kTelemetryMount, WorkDirectory(world, pod.id)),
                   "--experiment",
                   fmt::format("{}/{}", kTelemetryMount, world.experiment.name),
                   "--trial",
                   std::to_string(trial.id.trial),
                   "--config",
                   std::to_string(trial.id.config),
                   "--workers",
                   std::to_string(trial.workers),
                   "--attempt",
                   AttemptName(world.experiment.name, world.experiment.uid, trial.id, attempt),
                   "-b",
                   std::to_string(spec.load.period_seconds),
                   "--result-file",
                   kTerminationMessageFile};
  // A controller of the original's leaves no manifest.
  if (!spec.images.controller.empty()) pod.arguments.emplace_back("--allow-missing-manifest");
  Filing filing = FilingOf(world);
  filing.attempts = EndedAttempts(world.experiment.status, trial.workers, trial.id.trial) + 1;
  pod.environment = {{"CLOCKWORK_CLIENT_SUMMARY", summary},
                     {kFilingVariable, EncodeFiling(filing)}};
  SetClaim(world, &pod);
  pod.node = node;
  pod.placement = spec.placement.controller;
  pod.resources = spec.resources.collector;
  return pod;
}

PodSpec MakeFigures(const World& world, const Plan& plan, std::int64_t left_workers,
                    std::int64_t attempt) {
  const api::ExperimentSpec& spec = SpecOf(world);
  PodSpec pod =
      Common(world, FiguresDeadlineNs(spec.deadlines), {{0, 0}, attempt, Role::kFigures, 0});
  const std::string directory = fmt::format("{}/{}", kTelemetryMount, world.experiment.name);
  const std::string data = fmt::format("{}/{}", directory, kDataDirectory);
  pod.image = TelemetryImage(world);
  pod.first = {{"tables", pod.image, "telemetry", FiguresArguments(plan, left_workers, data)},
               {"plotter",
                ImageOr(spec.images.plotter, world.defaults, "plotter"),
                "",
                PlotArguments(*world.experiment.experiment, data),
                {{"MPLCONFIGDIR", kScratchMount}, {"MPLBACKEND", "Agg"}}}};
  pod.program = "telemetry";
  pod.arguments = {"result", "--experiment", directory};
  pod.environment = {{kFilingVariable, EncodeFiling(FilingOf(world))}};
  pod.scratch = true;
  SetClaim(world, &pod);
  pod.placement = spec.placement.controller;
  pod.resources = spec.resources.collector;
  return pod;
}

}  // namespace clockwork::plan::cluster
