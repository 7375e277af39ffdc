#pragma once

// Raw TCP on 127.0.0.1, for tests that talk to a program in ways that no well-behaved peer would.
// Every wait has a deadline. Use from one thread.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/process.h"

namespace clockwork::testing {

class TcpClient {
 public:
  // Connects; nothing when refused or not accepted in time.
  static std::optional<TcpClient> Connect(std::uint16_t port,
                                          std::chrono::milliseconds patience = kPatience);
  // Takes over a connected socket.
  explicit TcpClient(int fd) : fd_(fd) {}
  ~TcpClient();
  TcpClient(TcpClient&& other) noexcept;
  TcpClient& operator=(TcpClient&&) = delete;

  // Sends all; false when the peer closed first or does not take it in time.
  bool Send(std::string_view bytes, std::chrono::milliseconds patience = kPatience);
  // Says that nothing more will be sent, while still reading.
  void FinishSending() const;
  // Closes with a reset instead of an orderly end.
  void Reset();

  // Reads exactly `count` bytes; nothing when the peer closes before or does not send them in time.
  std::optional<std::string> Read(std::size_t count,
                                  std::chrono::milliseconds patience = kPatience);
  // Reads until the peer closes (orderly or with a reset); false at the deadline. `received` gets
  // what came until then.
  bool WaitForClose(std::string* received = nullptr,
                    std::chrono::milliseconds patience = kPatience);

 private:
  int fd_ = -1;
};

// A listening port that belongs to the test: to be in the way, or to play a peer.
class TcpListener {
 public:
  TcpListener();
  ~TcpListener();
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  std::uint16_t port() const { return port_; }
  std::optional<TcpClient> Accept(std::chrono::milliseconds patience = kPatience) const;

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

// A port on which nothing listens (it was free a moment ago).
std::uint16_t UnusedPort();

}  // namespace clockwork::testing
