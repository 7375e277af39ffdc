#include "operator/plan/command_lines.h"

#include "operator/api/names.h"

namespace clockwork::plan {
namespace {

constexpr std::int64_t kNsPerMicrosecond = 1'000;
constexpr std::int64_t kNsPerMillisecond = 1'000'000;

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

}  // namespace clockwork::plan
