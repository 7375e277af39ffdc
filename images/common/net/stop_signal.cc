#include "images/common/net/stop_signal.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace clockwork::net {

Result<std::unique_ptr<StopSignal>> StopSignal::Create() {
  // A peer that is gone and a file that may not grow are errors of a call, not the end of the
  // program.
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGINT);
  sigaddset(&mask, SIGTERM);
  if (::pthread_sigmask(SIG_BLOCK, &mask, nullptr) != 0) {
    return RuntimeError("cannot block SIGINT and SIGTERM");
  }
  const int fd = ::signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0)
    return RuntimeError(fmt::format("cannot create a signalfd: {}", std::strerror(errno)));
  return std::unique_ptr<StopSignal>(new StopSignal(fd));
}

StopSignal::~StopSignal() { ::close(fd_); }

bool StopSignal::Poll() {
  signalfd_siginfo info;
  if (::read(fd_, &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info))) {
    number_ = static_cast<int>(info.ssi_signo);
  }
  return requested();
}

void StopSignal::OnReady(bool /*readable*/, bool /*writable*/) { Poll(); }

}  // namespace clockwork::net
