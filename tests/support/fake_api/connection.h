#pragma once

// One client's connection to a FakeApiServer: bytes in and out, and what goes on on it. Belongs to
// the server's thread.

#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/fake_api/server_state.h"
#include "tests/support/fake_api/tls_identity.h"

namespace clockwork::testing {

class Connection {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `tls` null: plain. Outlives the connection.
  explicit Connection(int fd, TlsIdentity* tls = nullptr);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return fd_; }
  // Takes in what the peer has sent. The peer's end is remembered.
  void Read();
  // Sends what can be sent without waiting; one byte each interval when it is slow.
  void Write(TimePoint now);
  bool wants_to_write(TimePoint now) const { return !out.empty() && now >= slow_until_; }
  // When something is due by itself, if ever.
  std::optional<TimePoint> due() const;
  bool peer_ended() const { return peer_ended_; }
  // Nothing more can or shall happen here.
  bool finished() const;
  // Closes with a reset.
  void Reset();

  std::string in;
  std::string out;
  std::unique_ptr<WatchStream> watch;
  TimePoint watch_end;
  std::optional<Exchange> held;  // waits for its gate
  bool close_when_sent = false;
  bool reset_when_sent = false;
  bool continued = false;                 // "100 Continue" has been sent for the request in `in`
  std::chrono::milliseconds interval{0};  // between bytes; 0: not slow

 private:
  enum class Io { kMoved, kLater, kEnded, kBroken };
  // recv and send, over TLS where there is some; `count`: bytes that were moved.
  Io Receive(char* data, std::size_t size, std::size_t* count);
  Io Send(const char* data, std::size_t size, std::size_t* count);
  Io Judge(int tls_result);

  const int fd_;
  TlsIdentity* const tls_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  bool peer_ended_ = false;
  bool broken_ = false;
  TimePoint slow_until_;
};

}  // namespace clockwork::testing
