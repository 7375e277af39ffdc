#pragma once

// A framed TCP connection (spec/protocol.md §6.2–6.3): reads as many frames per system call as
// there are, writes everything sent during a turn with one system call, keeps the clock
// synchronisation words.
//
// Limits and back-pressure (ConnectionOptions): a frame beyond them closes the connection with a
// reason. When the peer does not read and output piles up beyond `pause_reading_above_bytes`, no
// more of its frames are read until half of it is gone: TCP carries the pressure back. Only servers
// may set that limit: if both sides paused, neither would ever drain the other.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "images/common/base/time.h"
#include "images/common/net/event_loop.h"
#include "images/common/wire/clock_sync.h"
#include "images/common/wire/framing.h"

namespace clockwork::net {

inline constexpr std::size_t kReadChunkBytes = 64 << 10;  // room for it is made at least,
inline constexpr std::size_t kMaxReadBytes =
    2 * kReadChunkBytes;  // most that a turn reads of a peer
// Output pending for one peer at which the connection is given up, whatever the other limits say.
inline constexpr std::size_t kMaxPendingOutputBytes = std::size_t{2} << 30;

struct ConnectionOptions {
  std::uint64_t max_header_bytes = wire::kMaxHeaderBytes;
  // Most bytes of body that a message type may have; default: any type, wire::kMaxBodyBytes.
  std::uint64_t (*max_body_bytes)(std::uint64_t type) = nullptr;
  std::size_t pause_reading_above_bytes = SIZE_MAX;
};

struct Frame {
  std::uint64_t type = 0;
  std::uint64_t id = 0;
  std::string_view header;  // both point into the read buffer: valid during OnFrame only
  std::string_view body;
  Nanos received_ns = 0;  // own clock when the bytes were read
  // For how long reading this connection has not caught up with its peer: since the first of the
  // reads in a row that left something in the socket. 0 when this read emptied it.
  Nanos behind_ns = 0;
};

class ConnectionHandler {
 public:
  virtual ~ConnectionHandler() = default;
  virtual void OnFrame(Connection& connection, const Frame& frame) = 0;
  // Called once, for whatever reason the connection ended, including Close. No OnFrame follows.
  virtual void OnClosed(Connection& connection, const std::string& reason) = 0;
};

class Connection : public FdHandler {
 public:
  ~Connection() override;

  // Queues a frame; it is written at the start of the next turn, or by EventLoop::FlushAll. Ignored
  // on a closed connection. `message` is any struct of wire/ with an Append.
  template <typename Message>
  void Send(std::uint64_t type, std::uint64_t id, const Message& message,
            std::string_view body = {}) {
    if (closed_) return;
    wire::FrameWriter writer(&output_, type, id);
    Append(message, &output_);  // found by argument-dependent lookup in wire
    writer.Finish(body, loop_->now_ns(), sync_.LocalDeltaNs());
    NoteOutput();
  }

  // Ends the connection now; OnClosed follows before RunOnce returns. Harmless when already closed.
  void Close(const std::string& reason);

  bool closed() const { return closed_; }
  const wire::ClockSync& clock() const { return sync_; }
  const std::string& peer() const { return peer_; }
  std::size_t pending_output_bytes() const { return output_.size() - written_; }
  // How often reading was paused because the peer did not read.
  std::uint64_t pauses() const { return pauses_; }
  std::uint64_t bytes_read() const { return bytes_read_; }
  std::uint64_t bytes_written() const { return bytes_written_; }

  void OnReady(bool readable, bool writable) override;

 private:
  friend class EventLoop;

  Connection(EventLoop* loop, int fd, const ConnectionOptions& options, ConnectionHandler* handler);
  void NoteOutput();
  void Flush();
  void Read();
  // Delivers the whole frames in the buffer.
  void Deliver(Nanos received_ns);
  // Checks the limits of the pre-header; closes the connection and returns false when one is
  // exceeded.
  bool Admit(const wire::PreHeader& pre_header);
  // Makes room for at least `bytes` more than the unread ones.
  void Reserve(std::size_t bytes);
  void UpdateInterest();
  void NotifyClosed();

  EventLoop* const loop_;
  const int fd_;
  const ConnectionOptions options_;
  ConnectionHandler* const handler_;
  std::string peer_;
  wire::ClockSync sync_;

  std::unique_ptr<char[]> input_;  // [input_begin_, input_end_) holds unread bytes
  std::size_t input_capacity_ = 0;
  std::size_t input_begin_ = 0;
  std::size_t input_end_ = 0;
  std::size_t frame_bytes_ = 0;  // size of the frame at the front once known, else 0
  Nanos pre_header_ns_ = 0;      // when that frame's pre-header was complete
  Nanos behind_since_ns_ = 0;    // 0: the latest read emptied the socket

  std::string output_;  // [written_, size) is pending
  std::size_t written_ = 0;
  bool dirty_ = false;

  bool want_read_ = true;
  bool want_write_ = false;
  bool closed_ = false;
  bool notified_ = false;
  std::string reason_;
  std::uint64_t pauses_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
};

}  // namespace clockwork::net
