#include "operator/remote/exec_stream.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "images/common/base/clock.h"
#include "images/common/base/environment.h"
#include "images/common/base/parse.h"
#include "operator/local/process.h"
#include "operator/local/supervise.h"

namespace clockwork::remote {
namespace {

constexpr std::size_t kChunkBytes = 256U << 10;
constexpr Nanos kEndNs = 30 * kSecond;  // for kubectl to end once its output has

// Hands on what comes until the writer closes the pipe.
Status Copy(int in, archive::Reader* reader, local::Interrupts* interrupts) {
  std::string buffer(kChunkBytes, '\0');
  while (true) {
    pollfd polled[] = {{in, POLLIN, 0}, {interrupts->descriptor(), POLLIN, 0}};
    const int ready = ::poll(polled, 2, static_cast<int>(kStreamIdleNs / kMillisecond));
    if (interrupts->Pending()) return RuntimeError(std::string(local::kInterruptedSentence));
    if (ready == 0) return RuntimeError("kubectl exec: nothing came for two minutes");
    if (ready < 0 || polled[0].revents == 0) continue;
    const ssize_t count = ::read(in, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return RuntimeError(fmt::format("kubectl exec: {}", std::strerror(errno)));
    if (count == 0) return {};
    const auto got = static_cast<std::size_t>(count);
    if (Status status = reader->Take({buffer.data(), got}); !status.ok()) {
      return status;
    }
  }
}

}  // namespace

Result<std::string> FindKubectl(const std::string& given) {
  if (!given.empty()) {
    if (::access(given.c_str(), X_OK) == 0) return std::filesystem::absolute(given).string();
    return UsageError(fmt::format("--kubectl: cannot execute {}", given));
  }
  const std::string path = EnvironmentOr("PATH", "");
  for (const std::string_view directory : Split(path, ':')) {
    std::string candidate = fmt::format("{}/kubectl", directory);
    if (!directory.empty() && ::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return UsageError(
      "there is no kubectl in the PATH, which fetch runs to copy the files (`kubectl exec`); "
      "install it from https://kubernetes.io/docs/tasks/tools, or name it with --kubectl");
}

std::vector<std::string> ExecArguments(const ExecOptions& options) {
  std::vector<std::string> arguments;
  if (!options.cluster.kubeconfig.empty()) {
    arguments.insert(arguments.end(), {"--kubeconfig", options.cluster.kubeconfig});
  }
  if (!options.cluster.context.empty()) {
    arguments.insert(arguments.end(), {"--context", options.cluster.context});
  }
  arguments.insert(arguments.end(), {"--namespace", options.name_space, "exec", options.pod,
                                     "--container", options.container, "--"});
  arguments.insert(arguments.end(), options.command.begin(), options.command.end());
  return arguments;
}

Status StreamArchive(const ExecOptions& options, archive::Reader* reader,
                     local::Interrupts* interrupts) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return RuntimeError(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  }
  const local::FileDescriptor in(ends[0]);
  local::FileDescriptor out(ends[1]);
  local::ProcessSpec spec;
  spec.name = "kubectl exec";
  spec.program = options.kubectl;
  spec.arguments = ExecArguments(options);
  spec.log_file = options.log_file;
  spec.stdout_descriptor = out.get();
  auto process = local::Process::Start(spec);
  if (!process.ok()) return process.error();
  { const local::FileDescriptor closed = std::move(out); }  // so that the end is seen
  if (Status status = Copy(in.get(), reader, interrupts); !status.ok()) return status;
  local::Process* const processes[] = {&*process};
  if (local::WaitForAny(processes, nullptr, interrupts, NowNs() + kEndNs) !=
      local::Wake::kProcess) {
    return RuntimeError("kubectl exec did not end after its output");
  }
  const local::ExitState end = *process->Poll();
  // The command's own sentence tells more than the cut that follows from it.
  if (!end.success()) return RuntimeError(local::EndError(*process, end).message);
  return reader->Finish();
}

}  // namespace clockwork::remote
