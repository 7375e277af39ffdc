#pragma once

// The thread of a FakeApiServer: sockets, and what happens on them in which order.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/fake_api/connection.h"
#include "tests/support/fake_api/server_state.h"
#include "tests/support/fake_api/waker.h"

namespace clockwork::testing {

class FakeApiServer::Loop {
 public:
  explicit Loop(FakeApiOptions options);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  ServerState& state() { return state_; }
  std::uint16_t port() const { return port_; }
  TlsIdentity* tls() const { return tls_.get(); }  // null: plain HTTP
  // Lets the thread look at the state again.
  void Wake() const { waker_->Wake(); }
  // Runs `task` in the thread, between two requests, with the lock held. Returns when it has run;
  // called by the thread itself (from a hook), at once, and the task runs later.
  void Run(std::function<void()> task);

  // The following need the lock.
  void set_paused(bool paused) { paused_ = paused; }
  std::size_t CountWatches() const;
  std::size_t CountConnections() const { return connections_.size(); }

  // The following are for tasks.
  void StopListening();
  void StartListening();
  void CutWatches();
  void SendBookmarks();
  void PresentCertificate(ServerCertificate which, std::size_t refusals);

 private:
  void Serve();
  void Turn(std::unique_lock<std::mutex>* lock);
  void RunTasks();
  void Poll(std::unique_lock<std::mutex>* lock);
  void Accept();
  // Answers what is whole of `connection->in`.
  void Answer(Connection* connection, std::unique_lock<std::mutex>* lock);
  // Takes an exchange as far as it can go; keeps it in `held` when a gate is in the way.
  void Go(Connection* connection, Exchange exchange, std::unique_lock<std::mutex>* lock);
  void Reply(Connection* connection, Exchange* exchange);
  void AdvanceWatch(Connection* connection);

  ServerState state_;
  const std::shared_ptr<Waker> waker_ = std::make_shared<Waker>();
  std::uint16_t port_ = 0;
  std::unique_ptr<TlsIdentity> tls_;  // what it shows is guarded as well
  // Guarded by the state's mutex, from here on.
  int listener_ = -1;  // bound; listens unless listening_ is false
  bool listening_ = false;
  bool paused_ = false;
  bool stopping_ = false;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::function<void()>> tasks_;
  std::uint64_t tasks_added_ = 0;
  std::uint64_t tasks_done_ = 0;
  std::thread thread_;
};

}  // namespace clockwork::testing
