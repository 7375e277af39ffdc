#pragma once

// One thread's event loop: epoll, framed connections, listeners, one deadline. The only interface
// through which programs touch sockets.
//
//   while (!stopping) {
//     loop.RunOnce(core.NextWakeNs());     // writes what is pending, waits, reads, calls handlers
//     core.OnTimer(loop.now_ns(), &effects); ...
//   }
//
// Thread rule: everything is called from the thread that runs the loop; handlers are called from
// RunOnce only. Ownership: the loop owns its connections. A Connection* handed out stays valid
// until RunOnce returns after its handler's OnClosed.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/base/time.h"

namespace clockwork::net {

class Connection;
class ConnectionHandler;
struct ConnectionOptions;

// What epoll reports for one file descriptor.
class FdHandler {
 public:
  virtual ~FdHandler() = default;
  virtual void OnReady(bool readable, bool writable) = 0;
};

class EventLoop {
 public:
  // Lets the process open as many files as the system allows.
  static Result<std::unique_ptr<EventLoop>> Create();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Listens on an IPv4 address; port 0 lets the system choose. Returns the port. `on_accept` gets
  // each connected socket (TCP_NODELAY set, non-blocking) and owns it, usually by AddConnection.
  Result<std::uint16_t> Listen(const std::string& address, std::uint16_t port,
                               std::function<void(int fd)> on_accept);

  // Takes over a connected socket. The handler must outlive the connection.
  Connection* AddConnection(int fd, const ConnectionOptions& options, ConnectionHandler* handler);

  // Watches any descriptor for reading (signals, inotify). The handler must outlive the loop.
  Status AddReader(int fd, FdHandler* handler);

  // From now on turns begin at least `min_turn_ns` apart: RunOnce sleeps that long before it looks
  // for what has come. What arrives meanwhile costs one wake-up instead of one each, and is noticed
  // so much later at most. 0, the default: no pause.
  void PaceTurns(Nanos min_turn_ns) { min_turn_ns_ = min_turn_ns; }

  // One turn: writes pending output (one write per connection), waits until a descriptor is ready
  // or deadline_ns (Unix; kNever: no limit; the past: no wait), dispatches, removes closed
  // connections.
  void RunOnce(Nanos deadline_ns);

  // Writes pending output now, without waiting for anything.
  void FlushAll();

  // The clock as read at the latest wake-up of RunOnce.
  Nanos now_ns() const { return now_ns_; }
  // Reads the clock again; for after long work within a turn.
  Nanos RefreshNow();

 private:
  friend class Connection;
  class Listener;

  explicit EventLoop(int epoll_fd);
  void Control(int operation, int fd, bool want_read, bool want_write, FdHandler* handler);
  void MarkDirty(Connection* connection) { dirty_.push_back(connection); }
  void MarkClosed() { any_closed_ = true; }
  void Pause();
  void RemoveClosed();

  const int epoll_fd_;
  Nanos now_ns_;
  Nanos min_turn_ns_ = 0;
  Nanos turn_ns_ = 0;  // when the latest pause ended
  bool any_closed_ = false;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> dirty_;  // with output to write
};

}  // namespace clockwork::net
