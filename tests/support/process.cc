#include "tests/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <ostream>
#include <sstream>

#include "images/common/base/file.h"

namespace clockwork::testing {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

// So that a child which is not being read can still log without blocking.
constexpr int kPipeBytes = 1 << 20;

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::abort();
}

// As a system call: glibc 2.36 declares the function without C linkage.
int OpenPidfd(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) Die("pipe2");
    read_end = ends[0];
    write_end = ends[1];
    ::fcntl(read_end, F_SETFL, O_NONBLOCK);
    ::fcntl(write_end, F_SETPIPE_SZ, kPipeBytes);  // best effort
  }

  int read_end = -1;
  int write_end = -1;
};

std::vector<std::string> MakeEnvironment(const ProcessOptions& options) {
  auto named = [](const std::string& entry, const std::string& name) {
    return entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
  };
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const auto is_named = [&](const std::string& name) { return named(text, name); };
    const bool replaced =
        std::any_of(options.environment.begin(), options.environment.end(),
                    [&](const auto& variable) { return is_named(variable.first); });
    const bool removed = std::any_of(options.unset.begin(), options.unset.end(), is_named);
    if (!replaced && !removed) entries.push_back(text);
  }
  for (const auto& [name, value] : options.environment) entries.push_back(name + "=" + value);
  return entries;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// The child's side between fork and exec: system calls only, for other threads may have held locks.
[[noreturn]] void BecomeCommand(const ProcessOptions& options, pid_t parent, char* const* argv,
                                char* const* envp, int out, int err) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // the parent died before the line above
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  if (options.file_size_limit_bytes) {
    const rlimit limit{*options.file_size_limit_bytes, *options.file_size_limit_bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) ::_exit(127);
  ::execvpe(argv[0], argv, envp);
  const char* reason = std::strerror(errno);
  const char* const program = argv[0];
  for (const char* piece : {program, ": ", reason, "\n"}) {
    [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, piece, std::strlen(piece));
  }
  ::_exit(127);
}

int MillisecondsUntil(SteadyTime deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const ExitStatus& status) {
  if (status.signal != 0) return out << "killed by signal " << status.signal;
  return out << "exit code " << status.code;
}

Process::Process(std::vector<std::string> command)
    : Process(ProcessOptions{.command = std::move(command)}) {}

Process::Process(ProcessOptions options) {
  std::vector<std::string> environment = MakeEnvironment(options);
  const std::vector<char*> envp = Pointers(environment);
  const std::vector<char*> argv = Pointers(options.command);
  const Pipe out;
  const Pipe err;
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) Die("fork");
  if (pid_ == 0) {
    BecomeCommand(options, parent, argv.data(), envp.data(), out.write_end, err.write_end);
  }
  ::setpgid(pid_, pid_);  // both sides set it: neither has to wait for the other
  ::close(out.write_end);
  ::close(err.write_end);
  out_.fd = out.read_end;
  err_.fd = err.read_end;
  pidfd_ = OpenPidfd(pid_);
  if (pidfd_ < 0) Die("pidfd_open");
}

Process::~Process() {
  ::kill(-pid_, SIGKILL);
  if (!status_) {
    int ignored = 0;
    while (::waitpid(pid_, &ignored, 0) < 0 && errno == EINTR) {
    }
  }
  for (const int fd : {pidfd_, out_.fd, err_.fd}) {
    if (fd >= 0) ::close(fd);
  }
}

void Process::Signal(int signal) const {
  if (!status_) ::kill(pid_, signal);
}

bool Process::Running() {
  Reap();
  return !status_;
}

void Process::Reap() {
  int state = 0;
  if (status_ || ::waitpid(pid_, &state, WNOHANG) != pid_) return;
  status_ = WIFSIGNALED(state) ? KilledBy(WTERMSIG(state)) : ExitedWith(WEXITSTATUS(state));
}

void Process::TakeOutput(Stream* stream) {
  std::array<char, 65536> chunk;
  while (stream->fd >= 0) {
    const ssize_t count = ::read(stream->fd, chunk.data(), chunk.size());
    if (count > 0) {
      stream->text.append(chunk.data(), static_cast<std::size_t>(count));
    } else if (count == 0) {
      ::close(stream->fd);
      stream->fd = -1;
    } else if (errno != EINTR) {
      return;
    }
  }
}

bool Process::Step(SteadyTime deadline, int extra_fd) {
  // poll ignores negative descriptors: ended streams, or no extra one.
  std::array<pollfd, 4> waits{
      {{pidfd_, POLLIN, 0}, {out_.fd, POLLIN, 0}, {err_.fd, POLLIN, 0}, {extra_fd, POLLIN, 0}}};
  const int ready = ::poll(waits.data(), waits.size(), MillisecondsUntil(deadline));
  Reap();  // before the last read, so that a status means complete output
  TakeOutput(&out_);
  TakeOutput(&err_);
  return ready > 0 || (ready < 0 && errno == EINTR) || status_.has_value();
}

std::optional<ExitStatus> Process::Wait(std::chrono::milliseconds patience) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + patience;
  while (!status_ && Step(deadline, -1)) {
  }
  return status_;
}

std::optional<ExitStatus> Process::End(int signal, std::chrono::milliseconds patience) {
  Signal(signal);
  return Wait(patience);
}

bool Process::WaitForOutput(std::string_view text, std::chrono::milliseconds patience) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + patience;
  auto found = [&] {
    return out_.text.find(text) != std::string::npos || err_.text.find(text) != std::string::npos;
  };
  while (!found()) {
    if (status_ || !Step(deadline, -1)) return found();
  }
  return true;
}

std::optional<std::string> Process::WaitForFile(const std::string& path, std::string_view text,
                                                std::chrono::milliseconds patience) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + patience;
  const std::string directory = path.substr(0, path.rfind('/'));
  const int watch = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (watch < 0 ||
      ::inotify_add_watch(watch, directory.c_str(), IN_CREATE | IN_MODIFY | IN_MOVED_TO) < 0) {
    Die(directory.c_str());
  }
  std::optional<std::string> content;
  bool more = true;
  while (true) {
    if (auto read = ReadFile(path); read.ok() && read->find(text) != std::string::npos) {
      content = *read;
      break;
    }
    if (!more) break;
    more = !status_ && Step(deadline, watch);  // the file is looked for once more afterwards
    std::array<char, 4096> events;
    while (::read(watch, events.data(), events.size()) > 0) {
    }
  }
  ::close(watch);
  return content;
}

const std::string& Process::out() {
  TakeOutput(&out_);
  return out_.text;
}

const std::string& Process::err() {
  TakeOutput(&err_);
  return err_.text;
}

std::vector<pid_t> ProcessGroupMembers(pid_t group) {
  std::vector<pid_t> members;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const auto stat = ReadFile(entry.path().string() + "/stat");
    if (!stat.ok()) continue;  // not a process, or one that has just gone
    // "pid (name) state parent group ...", and a name may hold anything, parentheses too.
    const std::size_t name_end = stat->rfind(')');
    if (name_end == std::string::npos) continue;
    std::istringstream fields(stat->substr(name_end + 1));
    char state = 0;
    pid_t parent = 0;
    pid_t its_group = 0;
    fields >> state >> parent >> its_group;
    if (its_group == group && state != 'Z' && state != 'X') {
      members.push_back(std::stoi(entry.path().filename().string()));
    }
  }
  return members;
}

bool WaitForGroupEnd(pid_t group, std::chrono::milliseconds patience) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    const std::vector<pid_t> members = ProcessGroupMembers(group);
    if (members.empty()) return true;
    const int fd = OpenPidfd(members.front());
    if (fd < 0) continue;  // it has just gone
    pollfd wait{fd, POLLIN, 0};
    const int ready = ::poll(&wait, 1, MillisecondsUntil(deadline));
    ::close(fd);
    if (ready == 0) return false;
  }
}

void KillAndAwaitEnd(pid_t pid) {
  const int fd = OpenPidfd(pid);
  if (fd < 0) return;  // it has gone
  ::kill(pid, SIGKILL);
  pollfd wait{fd, POLLIN, 0};
  while (::poll(&wait, 1, -1) < 0 && errno == EINTR) {
  }
  ::close(fd);
}

std::optional<ExitStatus> RunCommand(ProcessOptions options, std::string* out, std::string* err,
                                     std::chrono::milliseconds patience) {
  Process process(std::move(options));
  const auto status = process.Wait(patience);
  if (out != nullptr) *out = process.out();
  if (err != nullptr) *err = process.err();
  return status;
}

}  // namespace clockwork::testing
