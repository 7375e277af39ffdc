#include "images/controller/command.h"

#include <fmt/format.h>

#include <algorithm>

#include "images/common/base/command_line.h"
#include "images/common/base/environment.h"
#include "images/common/base/exit_code.h"

namespace clockwork::controller {
namespace {

constexpr std::int64_t kMaxSpanNs = 3600 * kSecond;
constexpr std::size_t kMaxWorkers = 1024;
constexpr Nanos kDefaultAheadNs = 10 * kMillisecond;
constexpr Nanos kDefaultAheadGeneratingNs = 15 * kMillisecond;

Status ParseWorkers(std::string_view name, const std::string& text,
                    std::vector<HostPort>* workers) {
  for (const std::string_view item : Split(text, ',')) {
    auto address = ParseHostPort(name, item);
    if (!address.ok()) return address.error();
    const bool known = std::any_of(workers->begin(), workers->end(), [&](const HostPort& other) {
      return other.host == address->host && other.port == address->port;
    });
    if (known) {
      return UsageError(fmt::format("{}: {} is given twice; name each worker once", name, item));
    }
    workers->push_back(*address);
  }
  if (workers->size() > kMaxWorkers) {
    return UsageError(fmt::format("{}: at most {} workers can be given", name, kMaxWorkers));
  }
  return {};
}

// A positional argument that is a number within [min, max].
template <typename Out>
CommandLine::Setter Number(std::int64_t min, std::int64_t max, Out* out) {
  return [min, max, out](std::string_view name, const std::string& text) -> Status {
    auto value = ParseInteger(name, text, min, max);
    if (!value.ok()) return value.error();
    *out = static_cast<Out>(*value);
    return {};
  };
}

}  // namespace

std::optional<int> ParseCommand(int argc, const char* const* argv, Command* command) {
  ServerOptions& server = command->server;
  SchedulerOptions& scheduler = server.scheduler;
  std::int64_t port = server.client_port;
  constexpr const char* kTimeout = "CLOCKWORK_CONNECT_TIMEOUT_MS";
  constexpr std::int64_t kMaxTimeoutMs = 3'600'000;
  std::int64_t timeout_ms = server.worker_connect_timeout_ns / kMillisecond;
  const auto told =
      ParseInteger(kTimeout, EnvironmentOr(kTimeout, std::to_string(timeout_ms)), 0, kMaxTimeoutMs);
  if (told.ok()) timeout_ms = *told;
  Nanos ahead_ns = 0;

  CommandLine line("controller",
                   "Clockwork's central scheduler: serves inference requests on "
                   "workers' GPUs within their SLO.");
  line.Positional("TYPE", "the scheduler: INFER5", true,
                  [](std::string_view, const std::string& text) -> Status {
                    if (text == "INFER5") return {};
                    return UsageError(fmt::format("TYPE: '{}' is not provided; give INFER5", text));
                  });
  line.Positional("WORKERS", "host:port of each worker, separated by commas", true,
                  [&server](std::string_view name, const std::string& text) {
                    return ParseWorkers(name, text, &server.workers);
                  });
  line.Positional("generate_inputs", "1: send made-up inputs for requests without one (default 0)",
                  false, Number(INT64_MIN, INT64_MAX, &scheduler.generate_inputs));
  line.Positional("max_gpus", "use at most this many GPUs (default 100)", false,
                  Number(1, 1'000'000, &scheduler.max_gpus));
  line.Positional("schedule_ahead", "ns of work to keep at each GPU (default 10000000)", false,
                  Number(ExecutorTracker::kFutureNs + 1, kMaxSpanNs, &ahead_ns));
  line.Positional("default_slo", "ns (default 100000000)", false,
                  Number(1, kMaxSpanNs, &scheduler.default_slo_ns));
  line.Positional("max_exec", "ns; batches that take longer are not used (default 250000000)",
                  false, Number(1, kMaxSpanNs, &scheduler.max_exec_ns));
  line.Positional("max_batch", "largest batch size (default 8)", false,
                  Number(1, 4096, &scheduler.max_batch));
  line.Integer("--client-port", "port for clients; 0 lets the system choose", 0, 65535, &port);
  line.Text("--listen", "IPv4 address to listen on", &server.listen_address);
  line.Text("--ready-file", "file to write when models can be loaded", &server.ready_file);
  line.Integer("--worker-connect-timeout-ms", "how long to wait for each worker", 0, kMaxTimeoutMs,
               &timeout_ms);
  line.Flag("--stop-loads-at-zero-demand",
            "do not copy a model to further GPUs once its demand is met",
            &scheduler.stop_loads_at_zero_demand);
  line.Flag("--exit-with-signal", "exit with the signal's number, as the original does",
            &command->exit_with_signal);
  line.Footer(
      "CLOCKWORK_LOG_DIR names the directory for the telemetry (default /local).\n"
      "CLOCKWORK_CONNECT_TIMEOUT_MS is as --worker-connect-timeout-ms, unless that is given.\n"
      "CLOCKWORK_STOP_LOADS_AT_ZERO_DEMAND=1 is as --stop-loads-at-zero-demand.");
  if (auto end = line.Parse(argc, argv)) return end;
  if (!told.ok()) return ReportError("controller", told.error());

  scheduler.schedule_ahead_ns =
      ahead_ns > 0 ? ahead_ns
                   : (scheduler.generate_inputs ? kDefaultAheadGeneratingNs : kDefaultAheadNs);
  server.client_port = static_cast<std::uint16_t>(port);
  server.worker_connect_timeout_ns = timeout_ms * kMillisecond;
  if (EnvironmentOr("CLOCKWORK_STOP_LOADS_AT_ZERO_DEMAND", "") == "1") {
    scheduler.stop_loads_at_zero_demand = true;
  }
  command->log_directory = EnvironmentOr("CLOCKWORK_LOG_DIR", "/local");
  return std::nullopt;
}

}  // namespace clockwork::controller
