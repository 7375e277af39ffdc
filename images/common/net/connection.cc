#include "images/common/net/connection.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace clockwork::net {
namespace {

// A written-out buffer larger than this is given back to the system.
constexpr std::size_t kKeepOutputBytes = std::size_t{16} << 20;

std::string PeerName(int fd) {
  sockaddr_in name{};
  socklen_t size = sizeof(name);
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0 ||
      name.sin_family != AF_INET) {
    return "peer";
  }
  char text[INET_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET, &name.sin_addr, text, sizeof(text));
  return fmt::format("{}:{}", text, ntohs(name.sin_port));
}

}  // namespace

Connection::Connection(EventLoop* loop, int fd, const ConnectionOptions& options,
                       ConnectionHandler* handler)
    : loop_(loop), fd_(fd), options_(options), handler_(handler), peer_(PeerName(fd)) {}

Connection::~Connection() {
  if (!closed_) ::close(fd_);
}

void Connection::Close(const std::string& reason) {
  if (closed_) return;
  closed_ = true;
  reason_ = reason;
  ::close(fd_);  // leaves epoll by itself
  loop_->MarkClosed();
}

void Connection::NotifyClosed() {
  if (notified_) return;
  notified_ = true;
  handler_->OnClosed(*this, reason_);
}

void Connection::NoteOutput() {
  if (!dirty_ && !want_write_) {
    dirty_ = true;
    loop_->MarkDirty(this);
  }
  if (pending_output_bytes() > kMaxPendingOutputBytes) {
    Close(fmt::format("{} does not read: {} bytes are pending", peer_, pending_output_bytes()));
  } else if (want_read_ && pending_output_bytes() > options_.pause_reading_above_bytes) {
    want_read_ = false;
    ++pauses_;
    UpdateInterest();
  }
}

void Connection::Flush() {
  dirty_ = false;
  while (!closed_ && written_ < output_.size()) {
    const ssize_t count =
        ::send(fd_, output_.data() + written_, output_.size() - written_, MSG_NOSIGNAL);
    if (count >= 0) {
      written_ += static_cast<std::size_t>(count);
      bytes_written_ += static_cast<std::uint64_t>(count);
      break;  // one write per turn; a short one means that the socket is full
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) {
      Close(fmt::format("cannot write to {}: {}", peer_, std::strerror(errno)));
      return;
    }
    break;
  }
  if (closed_) return;
  if (written_ == output_.size()) {
    output_.clear();
    if (output_.capacity() > kKeepOutputBytes) output_.shrink_to_fit();
    written_ = 0;
  } else if (written_ > output_.size() / 2) {
    output_.erase(0, written_);
    written_ = 0;
  }
  const bool resume =
      !want_read_ && pending_output_bytes() <= options_.pause_reading_above_bytes / 2;
  const bool want_write = pending_output_bytes() > 0;
  if (resume || want_write != want_write_) {
    want_read_ = want_read_ || resume;
    want_write_ = want_write;
    UpdateInterest();
  }
}

void Connection::UpdateInterest() {
  loop_->Control(EPOLL_CTL_MOD, fd_, want_read_, want_write_, this);
}

void Connection::OnReady(bool readable, bool writable) {
  if (closed_) return;
  if (writable) Flush();
  if (readable && !closed_) {
    if (want_read_) {
      Read();
    } else {
      // Paused, yet reported: the peer hung up or reset the connection.
      Close(fmt::format("{} closed the connection", peer_));
    }
  }
}

void Connection::Reserve(std::size_t bytes) {
  const std::size_t unread = input_end_ - input_begin_;
  if (input_capacity_ - input_end_ >= bytes) return;
  if (input_capacity_ - unread >= bytes && input_begin_ > 0) {
    std::memmove(input_.get(), input_.get() + input_begin_, unread);
  } else {
    const std::size_t capacity = std::max(unread + bytes, 2 * input_capacity_);
    std::unique_ptr<char[]> larger(new char[capacity]);
    if (unread > 0) std::memcpy(larger.get(), input_.get() + input_begin_, unread);
    input_ = std::move(larger);
    input_capacity_ = capacity;
  }
  input_begin_ = 0;
  input_end_ = unread;
}

void Connection::Read() {
  Reserve(kReadChunkBytes);
  const std::size_t room = std::min(input_capacity_ - input_end_, kMaxReadBytes);
  ssize_t count = 0;
  do {
    count = ::recv(fd_, input_.get() + input_end_, room, 0);
  } while (count < 0 && errno == EINTR);
  if (count < 0 && errno == EAGAIN) return;
  if (count < 0) {
    Close(fmt::format("cannot read from {}: {}", peer_, std::strerror(errno)));
    return;
  }
  if (count == 0) {
    const bool cut = input_end_ != input_begin_;
    Close(fmt::format("{} closed the connection{}", peer_, cut ? " within a message" : ""));
    return;
  }
  input_end_ += static_cast<std::size_t>(count);
  bytes_read_ += static_cast<std::uint64_t>(count);
  const Nanos now_ns = loop_->RefreshNow();
  if (static_cast<std::size_t>(count) < room) {
    behind_since_ns_ = 0;
  } else if (behind_since_ns_ == 0) {
    behind_since_ns_ = now_ns;
  }
  Deliver(now_ns);
}

bool Connection::Admit(const wire::PreHeader& pre_header) {
  if (pre_header.header_bytes > options_.max_header_bytes) {
    Close(fmt::format("{} announced a header of {} bytes; at most {} are accepted", peer_,
                      pre_header.header_bytes, options_.max_header_bytes));
    return false;
  }
  const std::uint64_t limit = options_.max_body_bytes == nullptr
                                  ? wire::kMaxBodyBytes
                                  : options_.max_body_bytes(pre_header.type);
  if (pre_header.body_bytes > limit) {
    Close(fmt::format(
        "{} announced a body of {} bytes on a message of type {}; at most {} are accepted", peer_,
        pre_header.body_bytes, pre_header.type, limit));
    return false;
  }
  return true;
}

void Connection::Deliver(Nanos received_ns) {
  while (!closed_ && input_end_ - input_begin_ >= wire::kPreHeaderBytes) {
    const char* begin = input_.get() + input_begin_;
    const wire::PreHeader pre_header = wire::DecodePreHeader(begin);
    if (frame_bytes_ == 0) {
      if (!Admit(pre_header)) return;
      frame_bytes_ = wire::kPreHeaderBytes + pre_header.header_bytes + pre_header.body_bytes;
      pre_header_ns_ = received_ns;
    }
    if (input_end_ - input_begin_ < frame_bytes_) return;
    sync_.OnMessage(pre_header_ns_, pre_header.sender_clock_ns, pre_header.sender_delta_ns);
    Frame frame;
    frame.type = pre_header.type;
    frame.id = pre_header.id;
    frame.header = {begin + wire::kPreHeaderBytes, pre_header.header_bytes};
    frame.body = {frame.header.data() + pre_header.header_bytes, pre_header.body_bytes};
    frame.received_ns = received_ns;
    frame.behind_ns = behind_since_ns_ == 0 ? 0 : received_ns - behind_since_ns_;
    input_begin_ += frame_bytes_;
    frame_bytes_ = 0;
    handler_->OnFrame(*this, frame);
  }
}

}  // namespace clockwork::net
