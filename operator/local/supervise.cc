#include "operator/local/supervise.h"

#include <fmt/format.h>
#include <signal.h>

#include <filesystem>

#include "images/common/base/clock.h"
#include "images/common/base/exit_code.h"
#include "images/common/base/file.h"
#include "images/common/plan/program_files.h"

namespace clockwork::local {
namespace {

constexpr std::size_t kMaxReadyFileBytes = 4'096;

Error DeadlineError(const std::string& name, std::string_view what) {
  return RuntimeError(fmt::format("{} {} before its deadline", name, what));
}

}  // namespace

Error EndError(const Process& process, const ExitState& end) {
  const bool refused = !end.by_signal && end.value == kExitUsage;
  return {refused ? ErrorKind::kUsage : ErrorKind::kRuntime, process.DescribeEnd()};
}

Status RunToEnd(const ProcessSpec& spec, Interrupts* interrupts, Nanos deadline_ns) {
  auto process = Process::Start(spec);
  if (!process.ok()) return process.error();
  Process* const processes[] = {&*process};
  switch (WaitForAny(processes, nullptr, interrupts, deadline_ns)) {
    case Wake::kInterrupted:
      return RuntimeError(std::string(kInterruptedSentence));
    case Wake::kDeadline:
      return DeadlineError(spec.name, "did not end");
    default:
      break;
  }
  const ExitState end = *process->Poll();
  if (!end.success()) return EndError(*process, end);
  return {};
}

Result<std::int64_t> AwaitReady(std::span<Process* const> processes, const std::string& ready_file,
                                DirectoryWatch* watch, Interrupts* interrupts, Nanos deadline_ns) {
  const std::string& name = processes.back()->name();
  std::error_code ignored;
  while (!std::filesystem::exists(ready_file, ignored)) {
    switch (WaitForAny(processes, watch, interrupts, deadline_ns)) {
      case Wake::kInterrupted:
        return RuntimeError(std::string(kInterruptedSentence));
      case Wake::kDeadline:
        return DeadlineError(name, "was not ready");
      case Wake::kDirectory:
        continue;
      case Wake::kProcess:
        break;
    }
    for (Process* process : processes) {
      if (const auto end = process->Poll()) return EndError(*process, *end);
    }
  }
  auto text = ReadFile(ready_file, kMaxReadyFileBytes);
  if (!text.ok()) return text.error();
  auto port = plan::ParseReadyPort(*text);
  if (!port.ok()) {
    return RuntimeError(
        fmt::format("{}'s ready file {} is of no use: {}", name, ready_file, port.error().message));
  }
  return port;
}

Status StopInOrder(Process* process, Interrupts* interrupts, Nanos deadline_ns) {
  process->Signal(SIGTERM);
  Process* const processes[] = {process};
  switch (WaitForAny(processes, nullptr, interrupts, deadline_ns)) {
    case Wake::kInterrupted:
      return RuntimeError(std::string(kInterruptedSentence));
    case Wake::kDeadline:
      process->Signal(SIGKILL);
      return DeadlineError(process->name(), "did not end on SIGTERM");
    default:
      break;
  }
  const ExitState end = *process->Poll();
  if (!end.success()) return EndError(*process, end);
  return {};
}

}  // namespace clockwork::local
