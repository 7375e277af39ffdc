#include "tests/support/fake_api/connection.h"

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace clockwork::testing {

Connection::Connection(int fd, TlsIdentity* tls) : fd_(fd), tls_(tls) {
  if (tls_ != nullptr) ssl_.reset(tls_->Accept(fd_));
}

Connection::~Connection() {
  ssl_.reset();
  close(fd_);
}

Connection::Io Connection::Judge(int tls_result) {
  const int why = SSL_get_error(ssl_.get(), tls_result);
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return Io::kLater;
  if (SSL_is_init_finished(ssl_.get()) == 0) tls_->Refused();
  return why == SSL_ERROR_ZERO_RETURN ? Io::kEnded : Io::kBroken;
}

Connection::Io Connection::Receive(char* data, std::size_t size, std::size_t* count) {
  if (ssl_) {
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_.get(), data, size, count);
    return result == 1 ? Io::kMoved : Judge(result);
  }
  ssize_t result = -1;
  do {
    result = recv(fd_, data, size, MSG_DONTWAIT);
  } while (result < 0 && errno == EINTR);
  if (result == 0) return Io::kEnded;
  if (result < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Io::kLater : Io::kBroken;
  *count = static_cast<std::size_t>(result);
  return Io::kMoved;
}

Connection::Io Connection::Send(const char* data, std::size_t size, std::size_t* count) {
  if (ssl_) {
    ERR_clear_error();
    const int result = SSL_write_ex(ssl_.get(), data, size, count);
    return result == 1 ? Io::kMoved : Judge(result);
  }
  ssize_t result = -1;
  do {
    result = send(fd_, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (result < 0 && errno == EINTR);
  if (result < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Io::kLater : Io::kBroken;
  *count = static_cast<std::size_t>(result);
  return Io::kMoved;
}

void Connection::Read() {
  std::array<char, 16384> buffer;
  while (!broken_ && !peer_ended_) {
    std::size_t count = 0;
    switch (Receive(buffer.data(), buffer.size(), &count)) {
      case Io::kMoved:
        in.append(buffer.data(), count);
        break;
      case Io::kLater:
        return;
      case Io::kBroken:
        broken_ = true;
        [[fallthrough]];
      case Io::kEnded:
        peer_ended_ = true;
        return;
    }
  }
}

void Connection::Write(TimePoint now) {
  while (wants_to_write(now) && !broken_) {
    std::size_t count = 0;
    const Io io = Send(out.data(), interval.count() > 0 ? 1 : out.size(), &count);
    broken_ = io == Io::kBroken || io == Io::kEnded;
    if (io != Io::kMoved) return;
    out.erase(0, count);
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
