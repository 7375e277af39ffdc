#include "images/common/net/connect.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "images/common/base/clock.h"
#include "images/common/net/stop_signal.h"

namespace clockwork::net {
namespace {

int MillisecondsUntil(Nanos deadline_ns) {
  const Nanos left_ns = deadline_ns - NowNs();
  return static_cast<int>(
      std::clamp<Nanos>((left_ns + kMillisecond - 1) / kMillisecond, 0, 60'000));
}

// Waits for the socket to become writable, the stop signal, or the deadline.
void AwaitWritable(int fd, Nanos deadline_ns, const StopSignal* stop) {
  std::array<pollfd, 2> fds{{{fd, POLLOUT, 0}, {stop == nullptr ? -1 : stop->fd(), POLLIN, 0}}};
  ::poll(fds.data(), fds.size(), MillisecondsUntil(deadline_ns));
}

bool StopPending(const StopSignal* stop) {
  if (stop == nullptr) return false;
  pollfd waiting{stop->fd(), POLLIN, 0};
  return stop->requested() || ::poll(&waiting, 1, 0) > 0;
}

// One attempt. Returns the socket, or -1 with *cause set.
int TryConnect(const HostPort& address, Nanos deadline_ns, const StopSignal* stop,
               std::string* cause) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* results = nullptr;
  const int code =
      ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &results);
  if (code != 0) {
    *cause = ::gai_strerror(code);
    return -1;
  }
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int error = fd < 0 ? errno : 0;
  if (fd >= 0 && ::connect(fd, results->ai_addr, results->ai_addrlen) != 0) {
    error = errno;
    if (error == EINPROGRESS) {
      AwaitWritable(fd, deadline_ns, stop);
      socklen_t size = sizeof(error);
      pollfd ready{fd, POLLOUT, 0};
      if (::poll(&ready, 1, 0) <= 0) {
        error = ETIMEDOUT;
      } else {
        ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
      }
    }
  }
  ::freeaddrinfo(results);
  if (error == 0) return fd;
  if (fd >= 0) ::close(fd);
  *cause = std::strerror(error);
  return -1;
}

}  // namespace

Result<int> ConnectWithRetry(const HostPort& address, Nanos timeout_ns, const StopSignal* stop) {
  const Nanos deadline_ns = NowNs() + timeout_ns;
  std::string cause;
  while (true) {
    const int fd = TryConnect(address, deadline_ns, stop, &cause);
    if (fd >= 0) {
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      return fd;
    }
    if (StopPending(stop)) return RuntimeError("stopped by a signal while connecting");
    if (NowNs() + kConnectRetryNs >= deadline_ns) break;
    pollfd waiting{stop == nullptr ? -1 : stop->fd(), POLLIN, 0};
    ::poll(&waiting, 1, static_cast<int>(kConnectRetryNs / kMillisecond));
  }
  return RuntimeError(
      fmt::format("cannot connect to {}:{} within {} ms: {}; is it running and listening?",
                  address.host, address.port, timeout_ns / kMillisecond, cause));
}

}  // namespace clockwork::net
