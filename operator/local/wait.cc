#include "operator/local/wait.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "images/common/base/clock.h"

namespace clockwork::local {

Interrupts::Interrupts() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&signals, signal);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  fd_ = FileDescriptor(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
}

bool Interrupts::Pending() {
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
    pending_ = true;
  return pending_;
}

Result<DirectoryWatch> DirectoryWatch::Open(const std::string& directory) {
  FileDescriptor fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd.valid() ||
      ::inotify_add_watch(fd.get(), directory.c_str(), IN_MOVED_TO | IN_CLOSE_WRITE) < 0) {
    return RuntimeError(fmt::format("cannot watch {}: {}", directory, std::strerror(errno)));
  }
  return DirectoryWatch(std::move(fd));
}

void DirectoryWatch::Drain() {
  std::array<char, 4096> events;
  while (::read(fd_.get(), events.data(), events.size()) > 0) {
  }
}

Wake WaitForAny(std::span<Process* const> processes, DirectoryWatch* watch, Interrupts* interrupts,
                Nanos deadline_ns) {
  std::vector<pollfd> polled = {{interrupts->descriptor(), POLLIN, 0}};
  if (watch != nullptr) polled.push_back({watch->descriptor(), POLLIN, 0});
  for (const Process* process : processes) polled.push_back({process->descriptor(), POLLIN, 0});
  while (true) {
    if (interrupts->Pending()) return Wake::kInterrupted;
    for (Process* process : processes) {
      if (process->Poll()) return Wake::kProcess;
    }
    const Nanos left_ns = deadline_ns - NowNs();
    if (left_ns <= 0) return Wake::kDeadline;
    const Nanos left_ms =
        std::min<Nanos>(left_ns / kMillisecond + 1, kSecond / kMillisecond * 3600);
    if (::poll(polled.data(), polled.size(), static_cast<int>(left_ms)) <= 0) continue;
    if (watch != nullptr && polled[1].revents != 0) {
      watch->Drain();
      return Wake::kDirectory;
    }
  }
}

}  // namespace clockwork::local
