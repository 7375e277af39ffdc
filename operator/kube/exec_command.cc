// The process of an exec plugin (exec_plugin.h).

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "images/common/base/clock.h"
#include "operator/kube/exec_plugin.h"

namespace clockwork::kube {
namespace {

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { Close(); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

std::vector<char*> Pointers(std::vector<std::string>* texts) {
  std::vector<char*> pointers;
  for (std::string& text : *texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Ours, and then the plugin's: of two values getenv finds the first.
std::vector<std::string> Environment(const ExecPlugin& plugin, const std::string& info) {
  std::vector<std::string> all = {"KUBERNETES_EXEC_INFO=" + info};
  for (const auto& [name, value] : plugin.environment) {
    all.push_back(fmt::format("{}={}", name, value));
  }
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view text = *each;
    const std::string name(text.substr(0, text.find('=')));
    if (name != "KUBERNETES_EXEC_INFO" && !plugin.environment.contains(name))
      all.emplace_back(text);
  }
  return all;
}

// Starts the program as the leader of a process group, with all signals as they are by default.
// The code of an error, or 0.
int Spawn(const ExecPlugin& plugin, const std::string& info, int output, pid_t* pid) {
  std::vector<std::string> arguments = {plugin.command};
  arguments.insert(arguments.end(), plugin.arguments.begin(), plugin.arguments.end());
  std::vector<std::string> environment = Environment(plugin, info);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  const int code = ::posix_spawnp(pid, plugin.command.c_str(), &files, &attributes,
                                  Pointers(&arguments).data(), Pointers(&environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return code;
}

// What is there to be read; false when it is too much.
bool ReadSome(int fd, std::string* text) {
  std::array<char, 16384> chunk;
  while (true) {
    const ssize_t count = ::read(fd, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return true;
    text->append(chunk.data(), static_cast<std::size_t>(count));
    if (text->size() > kMaxExecOutputBytes) return false;
  }
}

// Until the program has ended (what it leaves behind may hold the pipe open); else why it has to.
const char* Collect(int pipe, int process, Nanos limit_ns, std::string* text) {
  const Nanos end_ns = NowNs() + limit_ns;
  while (true) {
    const Nanos left_ns = end_ns - NowNs();
    if (left_ns <= 0) return "does not end in time";
    std::array<pollfd, 2> waits = {{{pipe, POLLIN, 0}, {process, POLLIN, 0}}};
    ::poll(waits.data(), waits.size(), static_cast<int>(left_ns / kMillisecond) + 1);
    if (!ReadSome(pipe, text)) return "prints more than a credential";
    if (waits[1].revents != 0) return nullptr;
    // Closed before its end: only that is waited for.
    if ((waits[0].revents & POLLHUP) != 0) pipe = -1;
  }
}

}  // namespace

Result<std::string> RunExecPlugin(const ExecPlugin& plugin, const std::string& info,
                                  Nanos limit_ns) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return RuntimeError("cannot be run: no pipe is left");
  const Fd output(ends[0]);
  Fd input(ends[1]);
  ::fcntl(output.get(), F_SETFL, O_NONBLOCK);
  pid_t pid = -1;
  if (const int code = Spawn(plugin, info, input.get(), &pid); code != 0)
    return RuntimeError(fmt::format("cannot be run: {}", std::strerror(code)));
  input.Close();
  const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  std::string text;
  const char* trouble = process.get() < 0 ? "cannot be watched: the kernel has no pidfd_open"
                                          : Collect(output.get(), process.get(), limit_ns, &text);
  if (trouble != nullptr) ::kill(-pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (trouble != nullptr) return RuntimeError(trouble);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return text;
  return RuntimeError(WIFEXITED(status) ? fmt::format("ends with exit code {}", WEXITSTATUS(status))
                                        : fmt::format("is killed by signal {}", WTERMSIG(status)));
}

}  // namespace clockwork::kube
