// The program `controller`: command line, telemetry, event loop; then the server until it is
// stopped.

#include "images/common/base/exit_code.h"
#include "images/common/base/log.h"
#include "images/common/base/scheduling.h"
#include "images/controller/command.h"

namespace clockwork::controller {
namespace {

constexpr char kProgram[] = "controller";

Status Serve(const Command& command, net::StopSignal* stop, telemetry::TrialLog* log) {
  auto loop = net::EventLoop::Create();
  if (!loop.ok()) return loop.error();
  Server server(command.server, loop->get(), stop, log);
  // First, as it fails where a controller runs already: the telemetry there is that one's.
  if (Status status = server.Listen(); !status.ok()) return status;
  // What writes the logs has this precedence as well, or a busy machine would keep it from writing
  // until the controller has to wait for it.
  LogInfo("{}", RequestPromptWakeups());
  // Before anything is connected: a run without telemetry is worthless.
  if (Status status = log->Open(command.log_directory); !status.ok()) return status;
  if (Status status = server.Start(); !status.ok()) return status;
  return server.Run();
}

int Main(int argc, const char* const* argv) {
  InitLog(kProgram);
  Command command;
  if (auto end = ParseCommand(argc, argv, &command)) return *end;
  auto stop = net::StopSignal::Create();
  if (!stop.ok()) return ReportError(kProgram, stop.error());
  telemetry::TrialLog log;
  const Status served = Serve(command, stop->get(), &log);
  // Whatever happened, rows already earned are kept.
  const Status finished = log.Finish(served.ok());
  if (!served.ok()) return ReportError(kProgram, served.error());
  if (!finished.ok()) return ReportError(kProgram, finished.error());
  return command.exit_with_signal ? (*stop)->number() : kExitSuccess;
}

}  // namespace
}  // namespace clockwork::controller

int main(int argc, char** argv) { return clockwork::controller::Main(argc, argv); }
