#pragma once

// Stands between a client of an API server and the server, on 127.0.0.1, and lets a test end the
// client at an exact write, or take the server away:
//
//   CrashProxy proxy(server.port());
//   Process op({path, "--kubeconfig", WriteFile(proxy.KubeconfigText("default"))});
//   proxy.CrashAt(3, Moment::kAfter, [&] { KillAndAwaitEnd(op.pid()); });
//
// Plain HTTP/1.1 on both sides (`kubectl proxy` is the bridge to a server that speaks TLS). Each
// connection carries one request, on a thread of its own; answers are relayed as they are, those of
// watches as they come, all others when they are whole. Both sides are told "Connection: close".
//
// Thread rule: every method from any thread; CrashAt's callback runs in a connection's thread and
// may block.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/fake_api/call.h"
#include "tests/support/fake_api/fake_api_server.h"
#include "tests/support/fake_api/http_message.h"

namespace clockwork::testing {

// Beyond these the test has run wild, and ends.
inline constexpr std::size_t kMaxProxyConnections = 512;
inline constexpr std::size_t kMaxProxiedCalls = 200'000;
inline constexpr std::size_t kMaxProxiedAnswerBytes = 64U << 20;

struct ProxiedCall {
  Call call;
  std::size_t write = 0;  // its number among the counted writes, from 1; 0: not counted
  // Places in the one order of what all proxies of this process have passed on; 0: never. A request
  // is forwarded when it leaves for the server, and answered when the head of its answer is there.
  std::uint64_t forwarded = 0;
  std::uint64_t answered = 0;
};

// Writes, but for those of Events and leases.
bool IsWorkingWrite(const Call& call);

class CrashProxy {
 public:
  // Listens and serves when the constructor returns. `counts` says which calls are counted.
  explicit CrashProxy(std::uint16_t upstream_port,
                      std::function<bool(const Call&)> counts = IsWorkingWrite);
  ~CrashProxy();
  CrashProxy(const CrashProxy&) = delete;
  CrashProxy& operator=(const CrashProxy&) = delete;

  std::uint16_t port() const { return port_; }
  // A kubeconfig that leads here, without credentials.
  std::string KubeconfigText(const std::string& name_space) const;

  // Counts from 1 again, and calls `crash` at the `write`th counted call: before it is forwarded,
  // or when the server has answered and the client does not know yet. Then the connection is reset;
  // in the first case the server never hears of the call.
  void CrashAt(std::size_t write, Moment moment, std::function<void()> crash);
  // No crash any more, and counts from 1 again.
  void Disarm();
  bool crashed() const;        // since CrashAt
  std::size_t writes() const;  // counted since CrashAt or Disarm

  // The server is gone: open connections are reset, and so is every new one.
  void Refuse();
  // The server is silent: nothing is passed on in either direction.
  void Stall();
  // It is back. Of what waits, only that is forwarded whose client still waits as well.
  void Resume();
  // Connections that met Refuse or Stall so far.
  std::size_t turned_away() const;
  // What watches of this resource tell is kept back until ReleaseWatches: the client's view is old.
  void HoldWatches(const std::string& resource);
  void ReleaseWatches();

  std::vector<ProxiedCall> Log() const;
  void ClearLog();
  // How many calls of the log are like that.
  std::size_t Count(const std::function<bool(const ProxiedCall&)>& like) const;
  // Asks `condition` after every call and every connection that is turned away, in the caller's
  // thread; false at the deadline.
  bool WaitUntil(const std::function<bool()>& condition,
                 std::chrono::milliseconds patience = kPatience) const;

 private:
  enum class Mode { kForward, kRefuse, kStall };
  enum class Act { kProceed, kCrash };
  using Entry = std::shared_ptr<ProxiedCall>;  // guarded by mutex_ once it is in the log
  struct Connection {
    int client = -1;
    int upstream = -1;
    bool ended = false;  // its thread is at its end
    std::thread thread;
  };

  void Accept();
  void Admit(int client);
  void Reap();
  void Serve(Connection* connection);
  void Forward(Connection* connection, const HttpMessage& request);
  bool OpenUpstream(Connection* connection);
  void RelayWhole(Connection* connection, const Entry& entry);
  void RelayStream(Connection* connection, const Entry& entry);
  // Waits while the mode is kStall; false when the client has gone or everything ends.
  bool PassGate(const Connection& connection);
  // Waits while watches of the resource are held as well.
  bool PassWatchGate(const Connection& connection, const std::string& resource);
  Act Enter(const Entry& entry);
  Act Answered(const Entry& entry, const std::string& answer);
  void Crash(Connection* connection);
  void ShutAll();  // with the lock held
  void Changed() const;
  // What is in the log, for the comparison with the operator's role (call_record.h).
  void Record() const;

  const std::uint16_t upstream_port_;
  const std::function<bool(const Call&)> counts_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;  // guards all below
  mutable std::condition_variable changed_;
  mutable std::uint64_t changes_ = 0;
  bool stopping_ = false;
  Mode mode_ = Mode::kForward;
  std::set<std::string> held_watches_;
  std::list<Connection> connections_;
  std::vector<Entry> log_;
  std::size_t writes_ = 0;
  std::size_t turned_away_ = 0;
  std::size_t crash_write_ = 0;  // 0: none to come
  Moment crash_moment_ = Moment::kBefore;
  std::function<void()> crash_;
  bool crashed_ = false;
  std::thread acceptor_;
};

}  // namespace clockwork::testing
