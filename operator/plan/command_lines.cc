#include "operator/plan/command_lines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "operator/api/names.h"

namespace clockwork::plan {
namespace {

constexpr std::int64_t kNsPerMicrosecond = 1'000;
constexpr std::int64_t kNsPerMillisecond = 1'000'000;

// The published curves were measured with one zoo in one order; beside others they would mislead.
bool IsComparable(const api::Models& models) {
  return models.zoo == "v100-osdi20" && models.order == api::ModelOrder::kPublished;
}

// What a reader of the figure must know to judge it.
std::string Caption(const api::ExperimentSpec& spec) {
  const std::string order =
      spec.models.zoo.starts_with('/')
          ? "by name"
          : fmt::format("in {} order", api::NameOf(api::kModelOrders, spec.models.order));
  const std::string trace =
      spec.trace.source == api::TraceSource::kSynthetic
          ? fmt::format("synthetic day {} (level{} fitted to the paper's N = 40)", spec.trace.seed,
                        IsComparable(spec.models) ? " and order" : "")
          : "Azure Functions 2019";
  return fmt::format("emulated GPUs, zoo {} {}{}, {}, {} trials, load steps of {} s",
                     spec.models.zoo, order, IsComparable(spec.models) ? " (inferred)" : "", trace,
                     spec.trials, spec.load.period_seconds);
}

}  // namespace

std::vector<std::string> WorkerArguments(std::int64_t gpus) { return {"-n", std::to_string(gpus)}; }

std::vector<std::string> ControllerArguments(const api::Scheduler& scheduler, std::int64_t workers,
                                             std::string_view addresses) {
  std::vector<std::string> arguments = {
      std::string(api::NameOf(api::kSchedulerTypes, scheduler.type)), std::string(addresses)};
  for (const std::int64_t option :
       {std::int64_t{scheduler.generate_inputs}, scheduler.max_gpus.value_or(workers),
        scheduler.schedule_ahead_microseconds * kNsPerMicrosecond,
        scheduler.slo_milliseconds * kNsPerMillisecond,
        scheduler.max_exec_microseconds * kNsPerMicrosecond, scheduler.max_batch}) {
    arguments.push_back(std::to_string(option));
  }
  return arguments;
}

std::vector<std::string> ClientArguments(const api::Load& load, std::int64_t workers,
                                         std::string_view address) {
  return {std::string(address),
          "azure_scalability_exp",
          std::to_string(workers),
          load.factor_min.text,
          load.factor_max.text,
          load.factor_step.text,
          std::to_string(load.period_seconds),
          std::to_string(load.memory_load_factor)};
}

std::vector<std::string> FiguresArguments(const Plan& plan, std::int64_t left_workers,
                                          const std::string& data) {
  return {"figures",
          "-i",
          data,
          "-o",
          data,
          "--left-config",
          std::to_string(ConfigOf(plan, left_workers)),
          "--workers",
          fmt::format("{}", fmt::join(plan.worker_counts, ","))};
}

std::vector<std::string> PlotArguments(const api::ScalabilityExperiment& experiment,
                                       const std::string& data) {
  std::vector<std::string> arguments = {"--data",    data,
                                        "--output",  data,
                                        "--title",   experiment.name,
                                        "--caption", Caption(experiment.spec)};
  if (!IsComparable(experiment.spec.models)) {
    arguments.emplace_back("--no-paper");
    arguments.emplace_back("--no-rerun");
  }
  return arguments;
}

}  // namespace clockwork::plan
