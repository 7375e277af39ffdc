#include "images/common/net/event_loop.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "images/common/base/clock.h"
#include "images/common/base/log.h"
#include "images/common/net/connection.h"

namespace clockwork::net {
namespace {

constexpr int kListenBacklog = 128;
constexpr int kEventsPerTurn = 64;

Error SystemError(const char* what) {
  return RuntimeError(fmt::format("{}: {}", what, std::strerror(errno)));
}

timespec Timespec(Nanos span_ns) {
  return {static_cast<time_t>(span_ns / kSecond),
          static_cast<decltype(timespec::tv_nsec)>(span_ns % kSecond)};
}

// Up to what the system allows: limits of our own are to be reached first.
void AllowManyFiles() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= files.rlim_max) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

class EventLoop::Listener : public FdHandler {
 public:
  Listener(int fd, std::function<void(int)> on_accept)
      : fd_(fd), on_accept_(std::move(on_accept)) {}
  ~Listener() override {
    ::close(fd_);
    if (spare_fd_ >= 0) ::close(spare_fd_);
  }

  void OnReady(bool /*readable*/, bool /*writable*/) override {
    while (true) {
      const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) {
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (errno == EMFILE && Refuse()) continue;
        if (errno != EAGAIN) LogWarning("cannot accept a connection: {}", std::strerror(errno));
        return;
      }
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      on_accept_(fd);
    }
  }

 private:
  // No descriptor is left. Who waits is let in with the spare one and sent away, as epoll would
  // otherwise report the same connection for ever.
  bool Refuse() {
    if (spare_fd_ >= 0) ::close(spare_fd_);
    const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    const int failure = errno;
    if (fd >= 0) ::close(fd);
    spare_fd_ = OpenSpare();
    if (fd >= 0) LogWarning("refused a connection: no more files can be opened (ulimit -n)");
    errno = failure;
    return fd >= 0;
  }
  static int OpenSpare() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

  const int fd_;
  int spare_fd_ = OpenSpare();
  const std::function<void(int)> on_accept_;
};

Result<std::unique_ptr<EventLoop>> EventLoop::Create() {
  AllowManyFiles();
  const int fd = ::epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) return SystemError("cannot create an epoll descriptor");
  // Default slack delays every wake-up by 50 µs, which would add to each decision.
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  return std::unique_ptr<EventLoop>(new EventLoop(fd));
}

EventLoop::EventLoop(int epoll_fd) : epoll_fd_(epoll_fd), now_ns_(NowNs()) {}

EventLoop::~EventLoop() {
  connections_.clear();
  listeners_.clear();
  ::close(epoll_fd_);
}

Result<std::uint16_t> EventLoop::Listen(const std::string& address, std::uint16_t port,
                                        std::function<void(int fd)> on_accept) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &name.sin_addr) != 1) {
    return UsageError(fmt::format("'{}' is not an IPv4 address to listen on", address));
  }
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return SystemError("cannot create a socket");
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  socklen_t size = sizeof(name);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&name), sizeof(name)) != 0 ||
      ::listen(fd, kListenBacklog) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
    const int code = errno;
    ::close(fd);
    return RuntimeError(
        fmt::format("cannot listen on {}:{}: {}; stop what uses the port or choose another",
                    address, port, std::strerror(code)));
  }
  listeners_.push_back(std::make_unique<Listener>(fd, std::move(on_accept)));
  Control(EPOLL_CTL_ADD, fd, true, false, listeners_.back().get());
  return ntohs(name.sin_port);
}

Connection* EventLoop::AddConnection(int fd, const ConnectionOptions& options,
                                     ConnectionHandler* handler) {
  connections_.emplace_back(new Connection(this, fd, options, handler));
  Connection* connection = connections_.back().get();
  Control(EPOLL_CTL_ADD, fd, true, false, connection);
  return connection;
}

Status EventLoop::AddReader(int fd, FdHandler* handler) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = handler;
  if (::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0) {
    return SystemError("cannot watch a descriptor");
  }
  return {};
}

void EventLoop::Control(int operation, int fd, bool want_read, bool want_write,
                        FdHandler* handler) {
  epoll_event event{};
  event.events = (want_read ? EPOLLIN : 0U) | (want_write ? EPOLLOUT : 0U);
  event.data.ptr = handler;
  ::epoll_ctl(epoll_fd_, operation, fd, &event);
}

Nanos EventLoop::RefreshNow() { return now_ns_ = NowNs(); }

void EventLoop::FlushAll() {
  for (Connection* connection : dirty_) connection->Flush();
  dirty_.clear();
}

void EventLoop::Pause() {
  if (min_turn_ns_ == 0) return;
  const Nanos pause_ns = turn_ns_ + min_turn_ns_ - NowNs();
  if (pause_ns > 0) std::this_thread::sleep_for(std::chrono::nanoseconds(pause_ns));
  turn_ns_ = NowNs();
}

void EventLoop::RunOnce(Nanos deadline_ns) {
  FlushAll();
  RemoveClosed();
  Pause();
  std::array<epoll_event, kEventsPerTurn> events;
  int count = 0;
  if (deadline_ns == kNever) {
    count = ::epoll_wait(epoll_fd_, events.data(), kEventsPerTurn, -1);
  } else {
    const timespec wait = Timespec(std::max<Nanos>(deadline_ns - NowNs(), 0));
    count = ::epoll_pwait2(epoll_fd_, events.data(), kEventsPerTurn, &wait, nullptr);
    if (count < 0 && errno == ENOSYS) {  // Linux before 5.11: whole milliseconds, rounded down
      const auto wait_ms = static_cast<int>(wait.tv_sec * 1000 + wait.tv_nsec / kMillisecond);
      count = ::epoll_wait(epoll_fd_, events.data(), kEventsPerTurn, wait_ms);
    }
  }
  RefreshNow();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    auto* handler = static_cast<FdHandler*>(event.data.ptr);
    handler->OnReady((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0,
                     (event.events & EPOLLOUT) != 0);
  }
  RemoveClosed();
}

void EventLoop::RemoveClosed() {
  while (any_closed_) {
    any_closed_ = false;
    // OnClosed may close or add further connections, so indices rather than iterators.
    for (std::size_t i = 0; i < connections_.size(); ++i) {  // NOLINT(modernize-loop-convert)
      if (connections_[i]->closed()) connections_[i]->NotifyClosed();
    }
    std::erase_if(dirty_, [](const Connection* connection) { return connection->closed(); });
    std::erase_if(connections_, [](const auto& connection) { return connection->notified_; });
  }
}

}  // namespace clockwork::net
