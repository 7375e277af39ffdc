#pragma once

// An in-memory stand-in for a Kubernetes API server: HTTP/1.1, plain or over TLS, on 127.0.0.1, one
// thread of its own, deterministic, and breakable at will.
//
//   FakeApiServer server;
//   server.Put(node);  server.Put(experiment);
//   Process op({path, "--kubeconfig", WriteFile(server.KubeconfigText())});
//   server.Fail(OnCall{"PATCH", "scalabilityexperiments/status"}.Nth(3), Conflict());
//   EXPECT_TRUE(server.WaitUntil([&] { return PhaseOf(server.Get("scalabilityexperiments", "ns",
//                                                                "x")) == "Complete"; }));
//
// Verbs: GET, LIST (selectors, limit/continue, resourceVersion), WATCH (resume, bookmarks, 410,
// timeoutSeconds), POST, PUT, PATCH (merge, JSON and apply; apply is a forced merge that creates
// what is missing), DELETE (one and collections), pods/binding. Bodies and codes are those of
// kube-apiserver 1.34 as far as clients can tell. Not there: schemas, admission, RBAC, namespaces'
// life cycle, managed fields, defaulting beyond what resource_kind.h says.
//
// Thread rule: every method may be called from any thread, from hooks too (they run in the server's
// thread, without its lock). What goes in through these methods is never subject to faults and not
// logged.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "images/common/base/time.h"
#include "tests/support/fake_api/call.h"
#include "tests/support/fake_api/fault_rules.h"
#include "tests/support/fake_api/resource_kind.h"
#include "tests/support/fake_api/tls_identity.h"
#include "tests/support/process.h"

namespace clockwork::testing {

using Json = nlohmann::json;

struct FakeApiOptions {
  std::vector<ResourceKind> kinds = DefaultKinds();
  // Changes that a watch can resume from, and that lists of the past are made of.
  std::size_t history_changes = 10'000;
  // Deletes what lost its last owner, as kube-controller-manager would.
  bool collect_garbage = false;
  // Only requests with "Authorization: Bearer <this>" pass; empty: all do.
  std::string token = {};
  // HTTPS, with an authority of its own, which KubeconfigText holds.
  bool tls = false;
  // Unix time, for creationTimestamp and the like; empty: the system's clock.
  std::function<Nanos()> now_ns = {};
};

// A change as in-process watchers get it.
struct StoreEvent {
  enum class Type { kAdded, kModified, kDeleted };
  Type type = Type::kAdded;
  std::uint64_t resource_version = 0;
  Json object;
};

enum class Moment { kBefore, kAfter };  // of the execution of a call
enum class Then { kProceed, kDrop };    // kDrop: reset the connection; before: executes nothing
using Hook = std::function<Then(const Call&)>;

class FakeApiServer {
 public:
  // Listens and serves when the constructor returns; aborts when the system refuses.
  explicit FakeApiServer(FakeApiOptions options = {});
  ~FakeApiServer();
  FakeApiServer(const FakeApiServer&) = delete;
  FakeApiServer& operator=(const FakeApiServer&) = delete;

  std::uint16_t port() const;
  std::string url() const;  // http://127.0.0.1:port, or https
  // A kubeconfig that leads here, with the token as of now, if there is one.
  std::string KubeconfigText() const;

  // --- What it holds. `resource` is a plural; the first kind with it is meant. ---
  // Creates the object, or replaces it, status and all; its kind is found by apiVersion and kind.
  // uid, creationTimestamp and so on are filled in. Returns what is stored.
  Json Put(Json object);
  std::optional<Json> Get(std::string_view resource, std::string_view name_space,
                          std::string_view name) const;
  // An empty name_space means all.
  std::vector<Json> List(std::string_view resource, std::string_view name_space = {},
                         std::string_view label_selector = {}) const;
  // Lets `change` edit the object, spec and status alike; false when there is no such object.
  bool Edit(std::string_view resource, std::string_view name_space, std::string_view name,
            const std::function<void(Json*)>& change);
  // As a client's DELETE with default options. False when there is no such object.
  bool Delete(std::string_view resource, std::string_view name_space, std::string_view name);
  // Takes it away at once, whatever its grace period and finalizers.
  bool Remove(std::string_view resource, std::string_view name_space, std::string_view name);
  std::uint64_t resource_version() const;
  // The changes after `version`, oldest first; blocks until there is one, or `stop` answers true
  // (asked again after Notify). Nothing when `version` is older than the history.
  std::optional<std::vector<StoreEvent>> WaitForEvents(std::string_view resource,
                                                       std::uint64_t version,
                                                       const std::function<bool()>& stop) const;
  // Asks waiting threads to look again.
  void Notify() const;
  // Asks `condition` after every change and every answered call, in the caller's thread; false at
  // the deadline.
  bool WaitUntil(const std::function<bool()>& condition,
                 std::chrono::milliseconds patience = kPatience) const;

  // --- What goes wrong ---
  RuleBook::Id Fail(OnCall on, Effect effect);
  void Forget(RuleBook::Id rule);  // the rule acts no more
  void ForgetAll();                // rules and hooks
  // Runs `hook` around the calls that fire `on`: before and after their execution. Calls that a
  // rule answers or drops without execution are not seen and not counted. It may block and may
  // kill.
  void AddHook(Moment moment, OnCall on, Hook hook);
  // 401 for all other tokens from now on; open watches go on.
  void ReplaceToken(std::string token);
  // Closes every connection (of a server with TLS) and meets those that come with this certificate;
  // with the good one again when clients have broken off so many handshakes (0: never).
  void PresentCertificate(ServerCertificate which, std::size_t refusals = 0);
  std::size_t refused_handshakes() const;
  // Neither accepts, reads nor writes until Resume: connections hang.
  void Pause();
  void Resume();
  // Closes every connection and refuses new ones, until StartListening, on the same port.
  void StopListening();
  void StartListening();
  // Forgets all changes: resuming a watch or a list's continuation from before is 410.
  void CompactHistory();
  // Ends open watches, in the middle of a line.
  void CutWatches();
  // A bookmark for every open watch that asked for them.
  void SendBookmarks();

  // --- What was asked ---
  std::vector<Call> Log() const;
  void ClearLog();
  // How many calls in the log match (counters of `on` play no role).
  std::size_t Count(const OnCall& on) const;
  std::size_t open_watches() const;
  std::size_t open_connections() const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

inline constexpr std::size_t kMaxRequestHeadBytes = 64U << 10;
inline constexpr std::size_t kMaxRequestBodyBytes = 8U << 20;  // etcd's limit, 1.5 MiB, answers 413

}  // namespace clockwork::testing
