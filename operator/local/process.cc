#include "operator/local/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "operator/local/log_tail.h"

namespace clockwork::local {
namespace {

// The C library's own declaration is of no use to C++ (it lacks extern "C").
int PidfdOpen(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// Everything the child needs between fork and exec, prepared beforehand: nothing may be allocated
// there.
struct Launch {
  std::vector<char*> arguments;
  std::vector<char*> environment;
  int log_fd = -1;
  int output_fd = -1;
  int input_fd = -1;
  int error_fd = -1;
  pid_t parent = -1;
};

std::vector<std::string> EnvironmentOf(const ProcessSpec& spec) {
  std::vector<std::string> texts;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!spec.environment.contains(std::string(text.substr(0, text.find('='))))) {
      texts.emplace_back(text);
    }
  }
  for (const auto& [name, value] : spec.environment)
    texts.push_back(fmt::format("{}={}", name, value));
  return texts;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Runs in the child and only calls what is safe after fork. Reports a failure as its errno.
[[noreturn]] void RunChild(const Launch& launch) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have gone before prctl took effect; then nobody would end this process.
  if (::getppid() != launch.parent) ::_exit(127);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(launch.input_fd, STDIN_FILENO);
  ::dup2(launch.output_fd, STDOUT_FILENO);
  ::dup2(launch.log_fd, STDERR_FILENO);
  ::execve(launch.arguments[0], launch.arguments.data(), launch.environment.data());
  const int code = errno;
  // Nothing is left to do when even this fails; the parent then sees a program that ended with 127.
  [[maybe_unused]] const ssize_t written = ::write(launch.error_fd, &code, sizeof code);
  ::_exit(127);
}

// The errno of a failed exec; 0 when the child runs its program (the pipe closed itself on exec).
int ReadExecError(int fd) {
  int code = 0;
  ssize_t count = 0;
  do {
    count = ::read(fd, &code, sizeof code);
  } while (count < 0 && errno == EINTR);
  return count == static_cast<ssize_t>(sizeof code) ? code : 0;
}

Error StartError(const ProcessSpec& spec, std::string_view what, int code) {
  return RuntimeError(fmt::format("cannot start {} ({}): {}: {}", spec.name, spec.program, what,
                                  std::strerror(code)));
}

}  // namespace

std::string ExitState::Describe() const {
  if (by_signal) return fmt::format("signal {} ({})", value, ::strsignal(value));
  return fmt::format("exit code {}", value);
}

Result<Process> Process::Start(const ProcessSpec& spec) {
  const FileDescriptor log(
      ::open(spec.log_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644));
  if (!log.valid()) return StartError(spec, spec.log_file, errno);
  const FileDescriptor input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return StartError(spec, "pipe", errno);
  const FileDescriptor read_end(ends[0]);
  FileDescriptor write_end(ends[1]);

  std::vector<std::string> arguments = {spec.program};
  arguments.insert(arguments.end(), spec.arguments.begin(), spec.arguments.end());
  std::vector<std::string> environment = EnvironmentOf(spec);
  const int output = spec.stdout_descriptor >= 0 ? spec.stdout_descriptor : log.get();
  const Launch launch{Pointers(arguments), Pointers(environment), log.get(), output,
                      input.get(),         write_end.get(),       ::getpid()};
  const pid_t pid = ::fork();
  if (pid < 0) return StartError(spec, "fork", errno);
  if (pid == 0) RunChild(launch);
  { const FileDescriptor closed = std::move(write_end); }  // so that the read below sees the end
  FileDescriptor pidfd(PidfdOpen(pid));
  const int pidfd_error = pidfd.valid() ? 0 : errno;
  Process process(spec.name, spec.log_file, pid, std::move(pidfd));  // kills and reaps on error
  if (const int code = ReadExecError(read_end.get()); code != 0)
    return StartError(spec, "exec", code);
  if (pidfd_error != 0) return StartError(spec, "pidfd_open", pidfd_error);
  return process;
}

Process::Process(std::string name, std::string log_file, pid_t pid, FileDescriptor pidfd)
    : name_(std::move(name)), log_file_(std::move(log_file)), pid_(pid), pidfd_(std::move(pidfd)) {}

Process::Process(Process&& other) noexcept
    : name_(std::move(other.name_)),
      log_file_(std::move(other.log_file_)),
      pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      end_(other.end_),
      use_(other.use_) {}

Process& Process::operator=(Process&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(log_file_, other.log_file_);
  std::swap(pid_, other.pid_);
  std::swap(pidfd_, other.pidfd_);
  std::swap(end_, other.end_);
  std::swap(use_, other.use_);
  return *this;
}

Process::~Process() {
  if (pid_ < 0 || end_) return;
  Signal(SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
}

std::optional<ExitState> Process::Poll() {
  if (end_ || pid_ < 0) return end_;
  int status = 0;
  rusage usage{};
  if (::wait4(pid_, &status, WNOHANG, &usage) != pid_) return std::nullopt;
  use_ = {Seconds(usage.ru_utime), Seconds(usage.ru_stime), usage.ru_maxrss * 1024};
  end_ = WIFSIGNALED(status) ? ExitState{true, WTERMSIG(status)}
                             : ExitState{false, WEXITSTATUS(status)};
  return end_;
}

void Process::Signal(int signal) {
  if (pid_ < 0 || end_) return;
  // The group exists once the child has come to setpgid; until then the process itself must do.
  if (::kill(-pid_, signal) != 0) ::kill(pid_, signal);
}

std::string Process::DescribeEnd() const {
  const std::string last = LastLine(log_file_);
  return fmt::format("{} ended with {}{}{} (log: {})", name_,
                     end_ ? end_->Describe() : "no exit code", last.empty() ? "" : ": ", last,
                     log_file_);
}

}  // namespace clockwork::local
