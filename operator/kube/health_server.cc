#include "operator/kube/health_server.h"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "images/common/base/clock.h"

namespace clockwork::kube {
namespace {

// How long no connection is accepted when the process has no descriptor left.
constexpr Nanos kAcceptPauseNs = 100 * kMillisecond;
constexpr int kBacklog = 64;

Result<int> Listen(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    return UsageError(fmt::format("\"{}\" is no IP address to answer probes on", host));
  }
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  const bool listening = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                         bind(fd, found->ai_addr, found->ai_addrlen) == 0 &&
                         listen(fd, kBacklog) == 0;
  const int error = errno;
  freeaddrinfo(found);
  if (listening) return fd;
  if (fd >= 0) close(fd);
  return RuntimeError(
      fmt::format("cannot answer probes on {} port {}: {}", host, port, std::strerror(error)));
}

std::uint16_t PortOf(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return 0;
  std::array<char, NI_MAXSERV> text{};
  if (getnameinfo(reinterpret_cast<sockaddr*>(&address), length, nullptr, 0, text.data(),
                  text.size(), NI_NUMERICSERV) != 0) {
    return 0;
  }
  return static_cast<std::uint16_t>(std::atoi(text.data()));
}

bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

Result<std::unique_ptr<HealthServer>> HealthServer::Start(const std::string& host,
                                                          std::uint16_t port,
                                                          HealthEndpoints endpoints,
                                                          Nanos deadline_ns) {
  const Result<int> listener = Listen(host, port);
  if (!listener.ok()) return listener.error();
  const int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) {
    close(*listener);
    return RuntimeError(fmt::format("cannot answer probes: eventfd: {}", std::strerror(errno)));
  }
  return std::unique_ptr<HealthServer>(
      new HealthServer(*listener, wake, PortOf(*listener), std::move(endpoints), deadline_ns));
}

HealthServer::HealthServer(int listener, int wake, std::uint16_t port, HealthEndpoints endpoints,
                           Nanos deadline_ns)
    : listener_(listener),
      wake_(wake),
      port_(port),
      endpoints_(std::move(endpoints)),
      deadline_ns_(deadline_ns),
      thread_([this] { Run(); }) {}

HealthServer::~HealthServer() {
  stopping_ = true;
  eventfd_write(wake_, 1);
  thread_.join();
  close(listener_);
  close(wake_);
}

HealthServerCounters HealthServer::counters() const {
  return {.answered = answered_, .expired = expired_, .evicted = evicted_};
}

void HealthServer::Run() {
  while (!stopping_) Turn();
  for (Connection& connection : connections_) Close(&connection);
}

void HealthServer::Turn() {
  std::vector<pollfd> polled;
  polled.push_back({.fd = wake_, .events = POLLIN, .revents = 0});
  // A negative descriptor is passed over.
  const bool accepting = NowNs() >= accept_after_ns_;
  polled.push_back({.fd = accepting ? listener_ : -1, .events = POLLIN, .revents = 0});
  for (const Connection& connection : connections_) {
    const bool writing = !connection.answer.empty();
    polled.push_back({.fd = connection.fd,
                      .events = static_cast<decltype(pollfd::events)>(writing ? POLLOUT : POLLIN),
                      .revents = 0});
  }
  poll(polled.data(), polled.size(), PollTimeoutMs());
  for (std::size_t i = 0; i + 2 < polled.size(); ++i) {
    if (polled[i + 2].revents != 0) Serve(&connections_[i]);
  }
  CloseExpired();
  std::erase_if(connections_, [](const Connection& connection) { return connection.fd < 0; });
  if (polled[1].revents != 0) Accept();
}

void HealthServer::Accept() {
  const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    // Without a descriptor the listener stays readable: do not turn in circles.
    if (!WouldBlock()) accept_after_ns_ = NowNs() + kAcceptPauseNs;
    return;
  }
  if (connections_.size() >= kMaxProbeConnections) {
    ++evicted_;
    Close(&connections_.front());
    connections_.erase(connections_.begin());
  }
  connections_.push_back({.fd = fd, .deadline_ns = NowNs() + deadline_ns_});
}

void HealthServer::Serve(Connection* connection) {
  if (connection->answer.empty()) Read(connection);
  if (connection->fd >= 0 && !connection->answer.empty()) Write(connection);
}

void HealthServer::Read(Connection* connection) {
  std::array<char, 4096> bytes{};
  const ssize_t count = recv(connection->fd, bytes.data(), bytes.size(), 0);
  if (count < 0 && WouldBlock()) return;
  if (count <= 0) return Close(connection);
  // After the answer, what still comes is thrown away until the peer closes: to close first would
  // reset the connection, and the peer might never see the answer.
  if (connection->answered) return;
  connection->received.append(bytes.data(), static_cast<std::size_t>(count));
  if (auto answer = AnswerRequest(endpoints_, connection->received)) {
    connection->answer = std::move(*answer);
    connection->answered = true;
  }
}

void HealthServer::Write(Connection* connection) {
  const ssize_t count =
      send(connection->fd, connection->answer.data(), connection->answer.size(), MSG_NOSIGNAL);
  if (count < 0) {
    if (!WouldBlock()) Close(connection);
    return;
  }
  connection->answer.erase(0, static_cast<std::size_t>(count));
  if (!connection->answer.empty()) return;
  ++answered_;
  shutdown(connection->fd, SHUT_WR);
}

void HealthServer::CloseExpired() {
  const Nanos now_ns = NowNs();
  for (Connection& connection : connections_) {
    if (connection.fd < 0 || now_ns < connection.deadline_ns) continue;
    if (!connection.answered || !connection.answer.empty()) ++expired_;
    Close(&connection);
  }
}

void HealthServer::Close(Connection* connection) {
  close(connection->fd);
  connection->fd = -1;
}

int HealthServer::PollTimeoutMs() const {
  const Nanos now_ns = NowNs();
  Nanos next_ns = accept_after_ns_ > now_ns ? accept_after_ns_ : kNever;
  for (const Connection& connection : connections_) {
    next_ns = std::min(next_ns, connection.deadline_ns);
  }
  if (next_ns == kNever) return -1;
  return static_cast<int>(std::max(Nanos{0}, next_ns - now_ns) / kMillisecond) + 1;
}

}  // namespace clockwork::kube
