#pragma once

// The probe port on a thread of its own, so that liveness depends on nothing else. Small on
// purpose: one request per connection, kMaxProbeRequestBytes, kProbeDeadlineNs from accept to the
// last byte, kMaxProbeConnections; a newcomer beyond those takes the place of the oldest, so that
// clients that never finish cannot keep the kubelet out.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/base/time.h"
#include "operator/kube/health_endpoints.h"

namespace clockwork::kube {

inline constexpr std::size_t kMaxProbeConnections = 32;
inline constexpr Nanos kProbeDeadlineNs = 5 * kSecond;

struct HealthServerCounters {
  std::uint64_t answered = 0;
  std::uint64_t expired = 0;  // closed at the deadline
  std::uint64_t evicted = 0;  // closed for a newcomer
};

class HealthServer {
 public:
  // Listens on host (an IPv4 or IPv6 address) and port (0: the system chooses) and starts to
  // answer. `deadline_ns` is for tests.
  static Result<std::unique_ptr<HealthServer>> Start(const std::string& host, std::uint16_t port,
                                                     HealthEndpoints endpoints,
                                                     Nanos deadline_ns = kProbeDeadlineNs);
  // Closes everything and ends the thread.
  ~HealthServer();
  HealthServer(const HealthServer&) = delete;
  HealthServer& operator=(const HealthServer&) = delete;

  std::uint16_t port() const { return port_; }
  HealthServerCounters counters() const;

 private:
  struct Connection {
    int fd = -1;
    Nanos deadline_ns = 0;
    std::string received = {};
    std::string answer = {};  // what is not sent yet
    bool answered = false;    // made, perhaps not sent yet
  };

  HealthServer(int listener, int wake, std::uint16_t port, HealthEndpoints endpoints,
               Nanos deadline_ns);
  void Run();
  void Turn();
  void Accept();
  void Serve(Connection* connection);
  void Read(Connection* connection);
  void Write(Connection* connection);
  void CloseExpired();
  static void Close(Connection* connection);
  int PollTimeoutMs() const;

  const int listener_;
  const int wake_;  // an eventfd that the destructor writes
  const std::uint16_t port_;
  const HealthEndpoints endpoints_;
  const Nanos deadline_ns_;
  std::vector<Connection> connections_;  // of the thread; the oldest first
  Nanos accept_after_ns_ = 0;            // of the thread
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> answered_{0};
  std::atomic<std::uint64_t> expired_{0};
  std::atomic<std::uint64_t> evicted_{0};
  std::thread thread_;
};

}  // namespace clockwork::kube
