#include "tests/support/tcp_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace clockwork::testing {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

sockaddr_in Loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Waits for `events` on the socket; false at the deadline.
bool Await(int fd, short events, SteadyTime deadline) {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd wait{fd, events, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

SteadyTime After(std::chrono::milliseconds patience) {
  return std::chrono::steady_clock::now() + patience;
}

[[noreturn]] void DieOfSystemCall(const char* what) {
  std::perror(what);
  std::abort();
}

}  // namespace

std::optional<TcpClient> TcpClient::Connect(std::uint16_t port,
                                            std::chrono::milliseconds patience) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) DieOfSystemCall("socket");
  TcpClient client(fd);
  const sockaddr_in address = Loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    return client;
  }
  if (errno != EINPROGRESS || !Await(fd, POLLOUT, After(patience))) return std::nullopt;
  int error = 0;
  socklen_t size = sizeof(error);
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return std::nullopt;
  return client;
}

TcpClient::~TcpClient() {
  if (fd_ >= 0) ::close(fd_);
}

TcpClient::TcpClient(TcpClient&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }

bool TcpClient::Send(std::string_view bytes, std::chrono::milliseconds patience) {
  const SteadyTime deadline = After(patience);
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!Await(fd_, POLLOUT, deadline)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

void TcpClient::FinishSending() const { ::shutdown(fd_, SHUT_WR); }

void TcpClient::Reset() {
  const linger abrupt{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &abrupt, sizeof(abrupt));
  ::close(fd_);
  fd_ = -1;
}

std::optional<std::string> TcpClient::Read(std::size_t count, std::chrono::milliseconds patience) {
  const SteadyTime deadline = After(patience);
  std::string bytes(count, '\0');
  std::size_t filled = 0;
  while (filled < count) {
    if (!Await(fd_, POLLIN, deadline)) return std::nullopt;
    const ssize_t got = ::recv(fd_, bytes.data() + filled, count - filled, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return std::nullopt;
    if (got > 0) filled += static_cast<std::size_t>(got);
  }
  return bytes;
}

bool TcpClient::WaitForClose(std::string* received, std::chrono::milliseconds patience) {
  const SteadyTime deadline = After(patience);
  std::array<char, 65536> chunk;
  while (Await(fd_, POLLIN, deadline)) {
    const ssize_t got = ::recv(fd_, chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return true;
    if (got > 0 && received != nullptr) {
      received->append(chunk.data(), static_cast<std::size_t>(got));
    }
  }
  return false;
}

TcpListener::TcpListener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  if (fd_ < 0 || ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(fd_, 16) != 0 ||
      ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    DieOfSystemCall("listen on 127.0.0.1");
  }
  port_ = ntohs(address.sin_port);
}

TcpListener::~TcpListener() { ::close(fd_); }

std::optional<TcpClient> TcpListener::Accept(std::chrono::milliseconds patience) const {
  if (!Await(fd_, POLLIN, After(patience))) return std::nullopt;
  const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return std::nullopt;
  return TcpClient(fd);
}

std::uint16_t UnusedPort() { return TcpListener().port(); }

}  // namespace clockwork::testing
