#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "images/common/base/command_line.h"
#include "images/common/base/environment.h"
#include "images/common/base/exit_code.h"
#include "images/common/base/log.h"
#include "images/common/base/scheduling.h"
#include "images/common/net/event_loop.h"
#include "images/common/net/ready_file.h"
#include "images/common/net/stop_signal.h"
#include "images/worker_dummy/config.h"
#include "images/worker_dummy/server.h"

namespace clockwork::worker {
namespace {

constexpr char kProgram[] = "worker_dummy";
constexpr std::int64_t kDefaultPort = 12345;

struct Options {
  std::int64_t gpus = 1;
  std::int64_t port = kDefaultPort;
  std::string config_file;
  std::string listen = "0.0.0.0";
  std::string ready_file;
};

void Declare(CommandLine* line, Options* options) {
  line->Integer("-n,--num_gpus", "GPUs to emulate", 1, kMaxGpus, &options->gpus);
  line->Integer("-p,--port", "TCP port to listen on; 0 lets the system choose", 0, 65535,
                &options->port);
  line->Text("-c,--config", "libconfig file with a group WorkerConfig", &options->config_file);
  line->Text("--listen", "IPv4 address to listen on", &options->listen);
  line->Text("--ready-file", "File to write once the worker listens", &options->ready_file);
  line->Footer(
      "CLOCKWORK_CONFIG_FILE names the configuration file when --config is absent. Models are the\n"
      "built-in ones (builtin:<zoo>/<model>) or files below the path that the client sends.");
}

Result<WorkerConfig> Configure(const Options& options) {
  WorkerConfig config;
  const std::string file = options.config_file.empty() ? EnvironmentOr("CLOCKWORK_CONFIG_FILE", "")
                                                       : options.config_file;
  if (!file.empty()) {
    auto overrides = ReadWorkerConfig(file, config);
    if (!overrides.ok()) return overrides.error();
    for (const std::string& line : overrides->announcements) LogInfo("{}: {}", file, line);
    config = overrides->config;
  }
  config.gpus = static_cast<std::uint32_t>(options.gpus);
  return config;
}

Status Serve(const Options& options, const WorkerConfig& config) {
  auto stop = net::StopSignal::Create();
  if (!stop.ok()) return stop.error();
  auto loop = net::EventLoop::Create();
  if (!loop.ok()) return loop.error();
  (*loop)->PaceTurns(kMinTurnNs);
  Server server(config, loop->get());
  auto port = (*loop)->Listen(options.listen, static_cast<std::uint16_t>(options.port),
                              [&server](int fd) { server.Accept(fd); });
  if (!port.ok()) return port.error();
  if (Status status = (*loop)->AddReader((*stop)->fd(), stop->get()); !status.ok()) return status;
  LogInfo("emulating {} GPUs with {} pages each, listening on {}:{}", config.gpus,
          config.PagesPerGpu(), options.listen, *port);
  LogInfo("{}", RequestPromptWakeups());
  if (Status status = net::WriteReadyFile(options.ready_file, *port); !status.ok()) return status;
  while (!(*stop)->requested()) server.RunOnce();
  (*loop)->FlushAll();
  server.LogStatistics();
  LogInfo("ended by signal {}", (*stop)->number());
  return {};
}

int Main(int argc, const char* const* argv) {
  InitLog(kProgram);
  Options options;
  CommandLine line(kProgram, "Emulates GPUs for a Clockwork controller.");
  Declare(&line, &options);
  if (auto end = line.Parse(argc, argv)) return *end;
  const Result<WorkerConfig> config = Configure(options);
  if (!config.ok()) return ReportError(kProgram, config.error());
  const Status status = Serve(options, *config);
  return status.ok() ? kExitSuccess : ReportError(kProgram, status.error());
}

}  // namespace
}  // namespace clockwork::worker

// NOLINTNEXTLINE(bugprone-exception-escape): only a lack of memory throws here; it ends the program
int main(int argc, char** argv) { return clockwork::worker::Main(argc, argv); }
