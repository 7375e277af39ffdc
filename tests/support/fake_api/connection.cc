#include "tests/support/fake_api/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace clockwork::testing {

Connection::~Connection() { close(fd_); }

void Connection::Read() {
  std::array<char, 16384> buffer;
  while (true) {
    const ssize_t count = recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) {
      in.append(buffer.data(), static_cast<std::size_t>(count));
      continue;
    }
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) peer_ended_ = true;
    if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK) peer_ended_ = broken_ = true;
    return;
  }
}

void Connection::Write(TimePoint now) {
  while (wants_to_write(now) && !broken_) {
    const std::size_t size = interval.count() > 0 ? 1 : out.size();
    const ssize_t count = send(fd_, out.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      broken_ = errno != EAGAIN && errno != EWOULDBLOCK;
      return;
    }
    out.erase(0, static_cast<std::size_t>(count));
    if (interval.count() > 0) slow_until_ = now + interval;
  }
  if (!out.empty()) return;
  interval = std::chrono::milliseconds(0);
  slow_until_ = {};
  if (reset_when_sent) Reset();
}

std::optional<Connection::TimePoint> Connection::due() const {
  std::optional<TimePoint> at;
  if (watch) at = watch_end;
  if (!out.empty() && interval.count() > 0) at = std::min(at.value_or(slow_until_), slow_until_);
  return at;
}

bool Connection::finished() const {
  // What waits at a gate is executed even when its client has gone, as a real server would.
  if (held) return false;
  return broken_ || (peer_ended_ && (watch || out.empty())) || (close_when_sent && out.empty());
}

void Connection::Reset() {
  const linger abrupt{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &abrupt, sizeof(abrupt));
  broken_ = true;
}

}  // namespace clockwork::testing
