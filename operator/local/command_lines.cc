#include "operator/local/command_lines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <initializer_list>

#include "operator/api/names.h"
#include "operator/plan/command_lines.h"

namespace clockwork::local {
namespace {

constexpr const char* kLoopback = "127.0.0.1";

void Append(std::vector<std::string>* arguments, std::initializer_list<std::string> more) {
  arguments->insert(arguments->end(), more);
}

bool IsDirectory(const std::string& zoo) { return zoo.starts_with('/'); }

}  // namespace

ProcessSpec WorkerCommand(const Programs& programs, const AttemptFiles& files,
                          std::int64_t workers) {
  ProcessSpec spec{.name = "worker_dummy",
                   .program = programs.worker_dummy,
                   .arguments = plan::WorkerArguments(workers),
                   // A configuration file of the user's shell must not leak into the measurement.
                   .environment = {{"CLOCKWORK_CONFIG_FILE", ""}},
                   .log_file = files.logs + "/worker_dummy.log"};
  Append(&spec.arguments, {"-p", "0", "--listen", kLoopback, "--ready-file", files.worker_ready()});
  return spec;
}

ProcessSpec ControllerCommand(const Programs& programs, const AttemptFiles& files,
                              const api::Scheduler& scheduler, std::int64_t workers,
                              std::int64_t worker_port) {
  ProcessSpec spec{.name = "controller",
                   .program = programs.controller,
                   .arguments = plan::ControllerArguments(
                       scheduler, workers, fmt::format("{}:{}", kLoopback, worker_port)),
                   .environment = {{"CLOCKWORK_LOG_DIR", files.telemetry()}},
                   .log_file = files.logs + "/controller.log"};
  Append(&spec.arguments,
         {"--client-port", "0", "--listen", kLoopback, "--ready-file", files.controller_ready()});
  if (scheduler.stop_loads_at_zero_demand) spec.arguments.push_back("--stop-loads-at-zero-demand");
  return spec;
}

ProcessSpec ClientCommand(const Programs& programs, const AttemptFiles& files,
                          const api::ExperimentSpec& spec, std::int64_t workers,
                          std::int64_t controller_port) {
  ProcessSpec command{.name = "client",
                      .program = programs.client,
                      .arguments = plan::ClientArguments(
                          spec.load, workers, fmt::format("{}:{}", kLoopback, controller_port)),
                      .environment = {{"CLOCKWORK_DISABLE_INPUTS", "1"},
                                      {"CLOCKWORK_MODEL_DIR", ""},
                                      {"AZURE_TRACE_DIR", spec.trace.directory}},
                      .log_file = files.logs + "/client.log"};
  Append(&command.arguments, {"--zoo", spec.models.zoo, "--summary-file", files.summary(),
                              "--progress-file", files.progress()});
  if (!IsDirectory(spec.models.zoo)) {
    const std::string order(api::NameOf(api::kModelOrders, spec.models.order));
    Append(&command.arguments, {"--model-order", order});
  }
  if (spec.trace.source == api::TraceSource::kSynthetic) {
    Append(&command.arguments, {"--trace-seed", std::to_string(spec.trace.seed)});
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
          .arguments = plan::FiguresArguments(plan, plan.left_workers, data_directory),
          .environment = {},
          .log_file = logs_directory + "/figures.log"};
}

ProcessSpec PlotCommand(const Programs& programs, const std::string& experiment_directory,
                        const api::ScalabilityExperiment& experiment) {
  const std::string data = fmt::format("{}/{}", experiment_directory, plan::kDataDirectory);
  ProcessSpec command{
      .name = "the plotter",
      .program = "/usr/bin/python3",
      .arguments = {programs.plotter},
      .environment = {{"MPLBACKEND", "Agg"}},
      .log_file = fmt::format("{}/{}/plotter.log", experiment_directory, plan::kLogsDirectory)};
  for (std::string& argument : plan::PlotArguments(experiment, data)) {
    command.arguments.push_back(std::move(argument));
  }
  return command;
}

}  // namespace clockwork::local
