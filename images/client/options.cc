#include "images/client/options.h"

#include <fmt/format.h>

#include <utility>

#include "images/client/core/mapping.h"
#include "images/common/base/command_line.h"
#include "images/common/base/environment.h"
#include "images/common/base/exit_code.h"
#include "images/common/model/zoo.h"

namespace clockwork::client {
namespace {

constexpr const char* kWorkload = "azure_scalability_exp";
constexpr std::int64_t kMaxMs = 3'600'000;
constexpr const char* kFooter =
    "Environment:\n"
    "  CLOCKWORK_MODEL_DIR         directory of the model zoo, unless --zoo is given\n"
    "  AZURE_TRACE_DIR             directory of the Azure Functions 2019 trace; unset: a synthetic "
    "day\n"
    "  CLOCKWORK_DISABLE_INPUTS    1: requests carry no input\n"
    "  CLOCKWORK_MODEL_ORDER, CLOCKWORK_TRACE_SEED, CLOCKWORK_SUMMARY_FILE, "
    "CLOCKWORK_CONNECT_TIMEOUT_MS\n"
    "                              as --model-order, --trace-seed, --summary-file, "
    "--connect-timeout-ms, unless given\n"
    "  CLOCKWORK_SUMMARY_BYTES     the summary leaves details out to be no longer than this";

// The positional arguments of the workload, as given or by default.
struct Parameters {
  std::int64_t workers = 0;
  LoadFactors factors;
  std::int64_t period_seconds = 1;
  std::int64_t memory_load_factor = 4;
};

CommandLine::Setter SetInteger(std::int64_t min, std::int64_t max, std::int64_t* out) {
  return [min, max, out](std::string_view name, const std::string& text) -> Status {
    const auto value = ParseInteger(name, text, min, max);
    if (value.ok()) *out = *value;
    return value.status();
  };
}

CommandLine::Setter SetDecimal(double* out) {
  return [out](std::string_view name, const std::string& text) -> Status {
    const auto value = ParseDecimal(name, text);
    if (value.ok()) *out = *value;
    return value.status();
  };
}

// A published command line leaves the number of workers out; its first parameter is then 0.1.
Status SetWorkers(std::string_view name, const std::string& text, std::int64_t* out) {
  const auto value = ParseInteger(name, text, 1, kMaxWorkers);
  if (value.ok()) {
    *out = *value;
    return {};
  }
  if (text.find_first_of(".eE") != std::string::npos && ParseDecimal(name, text).ok()) {
    return UsageError(fmt::format(
        "{} is missing: '{}' stands in its place and looks like a load factor; give the number of "
        "workers before it, e.g. 10 {}",
        name, text, text));
  }
  return value.error();
}

void DeclarePositionals(CommandLine* line, Options* options, Parameters* parameters) {
  line->Positional("HOST:PORT", "the controller's address", true,
                   [options](std::string_view name, const std::string& text) -> Status {
                     auto address = ParseHostPort(name, text);
                     if (address.ok()) options->controller = *address;
                     return address.status();
                   });
  line->Positional(
      "WORKLOAD", kWorkload, true, [](std::string_view name, const std::string& text) -> Status {
        if (text == kWorkload) return {};
        return UsageError(fmt::format("{}: '{}' is not known; give {}", name, text, kWorkload));
      });
  line->Positional("NUM_WORKERS", "GPUs to scale the load for", true,
                   [parameters](std::string_view name, const std::string& text) {
                     return SetWorkers(name, text, &parameters->workers);
                   });
  line->Positional("factor_min", "first load factor (default 0.1)", false,
                   SetDecimal(&parameters->factors.min));
  line->Positional("factor_max", "largest load factor (default 2)", false,
                   SetDecimal(&parameters->factors.max));
  line->Positional("factor_inc", "multiplier from step to step (default 2)", false,
                   SetDecimal(&parameters->factors.increment));
  line->Positional("period_s", "seconds per step, a whole number (default 1)", false,
                   SetInteger(1, kMaxPeriodSeconds, &parameters->period_seconds));
  line->Positional("memory_load_factor", "1, 2, 3, 4: 3, 13, 29, 66 copies per model (default 4)",
                   false, SetInteger(1, 4, &parameters->memory_load_factor));
}

// What a cluster sets this way, so that the command line stays the original's.
Status ReadMoreEnvironment(Options* options) {
  options->summary_file = EnvironmentOr("CLOCKWORK_SUMMARY_FILE", "");
  options->model_order = EnvironmentOr("CLOCKWORK_MODEL_ORDER", options->model_order);
  if (options->model_order != "published" && options->model_order != "alphabetical" &&
      options->model_order != "shuffled") {
    return UsageError(fmt::format(
        "CLOCKWORK_MODEL_ORDER: '{}' is not known; give published, alphabetical or shuffled",
        options->model_order));
  }
  constexpr const char* kSeed = "CLOCKWORK_TRACE_SEED";
  const auto seed =
      ParseInteger(kSeed, EnvironmentOr(kSeed, std::to_string(options->trace_seed)), 0, INT64_MAX);
  if (!seed.ok()) return seed.error();
  options->trace_seed = *seed;
  constexpr const char* kBytes = "CLOCKWORK_SUMMARY_BYTES";
  const auto bytes = ParseInteger(kBytes, EnvironmentOr(kBytes, "0"), 0, 1 << 30);
  if (!bytes.ok()) return bytes.error();
  options->summary_bytes = static_cast<std::size_t>(*bytes);
  constexpr const char* kConnect = "CLOCKWORK_CONNECT_TIMEOUT_MS";
  const auto connect_ms = ParseInteger(
      kConnect, EnvironmentOr(kConnect, std::to_string(options->connect_timeout_ns / kMillisecond)),
      0, kMaxMs);
  if (!connect_ms.ok()) return connect_ms.error();
  options->connect_timeout_ns = *connect_ms * kMillisecond;
  return {};
}

Status Apply(const Parameters& parameters, Options* options) {
  auto schedule =
      MakeStepSchedule(parameters.workers, parameters.factors, parameters.period_seconds);
  if (!schedule.ok()) return schedule.error();
  const auto copies = CopiesPerEntry(parameters.memory_load_factor);
  if (!copies.ok()) return copies.error();
  options->workers = parameters.workers;
  options->schedule = std::move(*schedule);
  options->copies_per_entry = *copies;
  return {};
}

}  // namespace

std::optional<int> ParseOptions(int argc, const char* const* argv, Options* options) {
  options->zoo = EnvironmentOr("CLOCKWORK_MODEL_DIR", BuiltinZoos().front().name);
  options->trace_directory = EnvironmentOr("AZURE_TRACE_DIR", "");
  options->send_inputs = EnvironmentOr("CLOCKWORK_DISABLE_INPUTS", "") != "1";
  const Status environment = ReadMoreEnvironment(options);

  Parameters parameters;
  std::int64_t drain_ms = 1000;
  std::int64_t connect_timeout_ms = options->connect_timeout_ns / kMillisecond;
  std::string realtime = "auto";
  CommandLine line("client", "Sends the requests of a workload to a Clockwork controller.");
  DeclarePositionals(&line, options, &parameters);
  line.Text("--zoo", fmt::format("Model zoo: {} or a directory", BuiltinZooNames()), &options->zoo);
  line.Choice("--model-order", "Order of the zoo's models",
              {"published", "alphabetical", "shuffled"}, &options->model_order);
  line.Integer("--trace-seed", "Seed of the synthetic day", 0, INT64_MAX, &options->trace_seed);
  line.Integer("--seed", "Added to every stream's seed", 0, INT64_MAX, &options->seed);
  line.Text("--summary-file", "Write the run's summary here (JSON)", &options->summary_file);
  line.Text("--progress-file", "Replace this file every second (JSON)", &options->progress_file);
  line.Integer("--drain-ms", "Wait this long for the last answers", 0, kMaxMs, &drain_ms);
  line.Integer("--connect-timeout-ms", "Try this long to connect", 0, kMaxMs, &connect_timeout_ms);
  line.Choice("--realtime", "Ask for real-time scheduling and awake processors, go on without",
              {"auto", "off"}, &realtime);
  line.Footer(kFooter);
  if (auto end = line.Parse(argc, argv)) return end;
  // Whoever asks for help gets it in any environment.
  if (!environment.ok()) return ReportError("client", environment.error());
  if (Status status = Apply(parameters, options); !status.ok()) {
    return ReportError("client", status.error());
  }
  options->real_time = realtime == "auto";
  options->drain_ns = drain_ms * kMillisecond;
  options->connect_timeout_ns = connect_timeout_ms * kMillisecond;
  return std::nullopt;
}

}  // namespace clockwork::client
