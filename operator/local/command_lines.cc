#include "operator/local/command_lines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "operator/api/names.h"

namespace clockwork::local {
namespace {

constexpr const char* kLoopback = "127.0.0.1";
constexpr std::int64_t kNsPerMicrosecond = 1'000;
constexpr std::int64_t kNsPerMillisecond = 1'000'000;

bool IsDirectory(const std::string& zoo) { return zoo.starts_with('/'); }

// The published curves were measured with one zoo in one order; beside others they would mislead.
bool IsComparable(const api::Models& models) {
  return models.zoo == "v100-osdi20" && models.order == api::ModelOrder::kPublished;
}

// What a reader of the figure must know to judge it.
std::string Caption(const api::ExperimentSpec& spec) {
  const std::string order =
      IsDirectory(spec.models.zoo)
          ? "by name"
          : fmt::format("in {} order", api::NameOf(api::kModelOrders, spec.models.order));
  const std::string trace = spec.trace.source == api::TraceSource::kSynthetic
                                ? fmt::format("synthetic day {}", spec.trace.seed)
                                : "Azure Functions 2019";
  return fmt::format("zoo {} {}{}, {}, {} trials, load steps of {} s", spec.models.zoo, order,
                     IsComparable(spec.models) ? " (inferred)" : "", trace, spec.trials,
                     spec.load.period_seconds);
}

}  // namespace

ProcessSpec WorkerCommand(const Programs& programs, const AttemptFiles& files,
                          std::int64_t workers) {
  return {.name = "worker_dummy",
          .program = programs.worker_dummy,
          .arguments = {"-n", std::to_string(workers), "-p", "0", "--listen", kLoopback,
                        "--ready-file", files.worker_ready()},
          // A configuration file of the user's shell must not leak into the measurement.
          .environment = {{"CLOCKWORK_CONFIG_FILE", ""}},
          .log_file = files.logs + "/worker_dummy.log"};
}

ProcessSpec ControllerCommand(const Programs& programs, const AttemptFiles& files,
                              const api::Scheduler& scheduler, std::int64_t workers,
                              std::int64_t worker_port) {
  ProcessSpec spec{.name = "controller",
                   .program = programs.controller,
                   .arguments = {std::string(api::NameOf(api::kSchedulerTypes, scheduler.type)),
                                 fmt::format("{}:{}", kLoopback, worker_port)},
                   .environment = {{"CLOCKWORK_LOG_DIR", files.telemetry()}},
                   .log_file = files.logs + "/controller.log"};
  for (const std::int64_t option :
       {std::int64_t{scheduler.generate_inputs}, scheduler.max_gpus.value_or(workers),
        scheduler.schedule_ahead_microseconds * kNsPerMicrosecond,
        scheduler.slo_milliseconds * kNsPerMillisecond,
        scheduler.max_exec_microseconds * kNsPerMicrosecond, scheduler.max_batch}) {
    spec.arguments.push_back(std::to_string(option));
  }
  for (const std::string& argument :
       {std::string("--client-port"), std::string("0"), std::string("--listen"),
        std::string(kLoopback), std::string("--ready-file"), files.controller_ready()}) {
    spec.arguments.push_back(argument);
  }
  if (scheduler.stop_loads_at_zero_demand) spec.arguments.push_back("--stop-loads-at-zero-demand");
  return spec;
}

ProcessSpec ClientCommand(const Programs& programs, const AttemptFiles& files,
                          const api::ExperimentSpec& spec, std::int64_t workers,
                          std::int64_t controller_port) {
  const api::Load& load = spec.load;
  ProcessSpec command{
      .name = "client",
      .program = programs.client,
      .arguments = {fmt::format("{}:{}", kLoopback, controller_port), "azure_scalability_exp",
                    std::to_string(workers), load.factor_min.text, load.factor_max.text,
                    load.factor_step.text, std::to_string(load.period_seconds),
                    std::to_string(load.memory_load_factor), "--zoo", spec.models.zoo,
                    "--summary-file", files.summary(), "--progress-file", files.progress()},
      .environment = {{"CLOCKWORK_DISABLE_INPUTS", "1"},
                      {"CLOCKWORK_MODEL_DIR", ""},
                      {"AZURE_TRACE_DIR", spec.trace.directory}},
      .log_file = files.logs + "/client.log"};
  if (!IsDirectory(spec.models.zoo)) {
    command.arguments.emplace_back("--model-order");
    command.arguments.emplace_back(api::NameOf(api::kModelOrders, spec.models.order));
  }
  if (spec.trace.source == api::TraceSource::kSynthetic) {
    command.arguments.emplace_back("--trace-seed");
    command.arguments.push_back(std::to_string(spec.trace.seed));
  }
  return command;
}

ProcessSpec CollectCommand(const Programs& programs, const AttemptFiles& files,
                           const std::string& experiment_directory, plan::TrialId id) {
  return {.name = "telemetry collect",
          .program = programs.telemetry,
          .arguments = {"collect", "--logs", files.telemetry(), "--experiment",
                        experiment_directory, "--trial", std::to_string(id.trial), "--config",
                        std::to_string(id.config), "--client-summary", files.summary()},
          .environment = {},
          .log_file = files.logs + "/collect.log"};
}

ProcessSpec ProcessCommand(const Programs& programs, const AttemptFiles& files,
                           std::int64_t bucket_seconds, std::int64_t workers) {
  return {.name = "telemetry process",
          .program = programs.telemetry,
          .arguments = {"process", "-i", files.filed(), "-o", files.tables(), "-b",
                        std::to_string(bucket_seconds), "--workers", std::to_string(workers)},
          .environment = {},
          .log_file = files.logs + "/process.log"};
}

ProcessSpec FiguresCommand(const Programs& programs, const std::string& data_directory,
                           const std::string& logs_directory, const plan::Plan& plan) {
  return {.name = "telemetry figures",
          .program = programs.telemetry,
          .arguments = {"figures", "-i", data_directory, "-o", data_directory, "--left-config",
                        std::to_string(plan::ConfigOf(plan, plan.left_workers)), "--workers",
                        fmt::format("{}", fmt::join(plan.worker_counts, ","))},
          .environment = {},
          .log_file = logs_directory + "/figures.log"};
}

ProcessSpec PlotCommand(const Programs& programs, const std::string& experiment_directory,
                        const api::ScalabilityExperiment& experiment) {
  const std::string data = fmt::format("{}/{}", experiment_directory, plan::kDataDirectory);
  ProcessSpec command{
      .name = "the plotter",
      .program = "/usr/bin/python3",
      .arguments = {programs.plotter, "--data", data, "--output", data, "--title", experiment.name,
                    "--caption", Caption(experiment.spec)},
      .environment = {{"MPLBACKEND", "Agg"}},
      .log_file = fmt::format("{}/{}/plotter.log", experiment_directory, plan::kLogsDirectory)};
  if (!IsComparable(experiment.spec.models)) {
    command.arguments.emplace_back("--no-paper");
    command.arguments.emplace_back("--no-rerun");
  }
  return command;
}

}  // namespace clockwork::local
