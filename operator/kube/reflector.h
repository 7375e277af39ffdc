#pragma once

// Keeps a Store equal to what the API server has: list, then watch, for ever, on a thread of its
// own (reflector_state.h decides). Each change goes to the handler on that thread, after the store
// has it; the handler must be quick (put a key into a queue).

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "operator/kube/list_watcher.h"
#include "operator/kube/operator_log.h"
#include "operator/kube/outage_log.h"
#include "operator/kube/reflector_state.h"
#include "operator/kube/store.h"

namespace clockwork::kube {

using ChangeHandler = std::function<void(const Change&)>;

struct ReflectorOptions {
  std::string name;            // in the log and in metrics: "pods"
  RandomFraction random;       // empty: SystemRandom()
  std::function<Nanos()> now;  // empty: NowNs
  BackoffPolicy backoff;
  // With more objects than this there is no list: what is held is not brought up to date, which the
  // log and the counters of errors say, until there are fewer.
  std::size_t max_objects = kMaxListedObjects;
  OutageLog* outages = nullptr;  // shared with whoever else asks that server; null: `log` is told
  // Called by the reflector's thread when its permission to list or watch has come or gone:
  // trouble() begins or ends to be a kForbidden. May be empty; must be quick.
  std::function<void()> on_permission;
};

class Reflector {
 public:
  // All pointers must outlive the reflector.
  Reflector(ReflectorOptions options, ListWatcher* source, Store* store, ChangeHandler handler,
            OperatorLog* log);
  ~Reflector();  // Stop()
  Reflector(const Reflector&) = delete;
  Reflector& operator=(const Reflector&) = delete;

  void Start();
  // Returns when the thread has ended. A wait and an open watch end within milliseconds; a request
  // that is under way ends with its transport's Shutdown(), which the owner calls before.
  void Stop();

  // The first whole list is in the store and its changes have been handled. Any thread.
  bool HasSynced() const;
  // Waits for HasSynced(); false after `patience_ns` or when stopped.
  bool WaitForSync(Nanos patience_ns) const;
  // Why it cannot list or watch now (ReflectorState::trouble); nothing while it can. Any thread.
  std::optional<ApiError> trouble() const;
  // Any thread.
  ReflectorCounters counters() const;
  const std::string& name() const { return options_.name; }

 private:
  void Run();
  void ListOnce();
  void WatchOnce(const ReflectorStep& step);
  std::optional<ApiError> ReadStream(LineStream* stream);
  // An error when there are too many objects now.
  std::optional<ApiError> Apply(WatchEvent event);
  void Handle(const Change& change);
  // After each result: publishes counters and trouble, writes a notice to the log.
  void Publish();
  void Tell(const OutageNotice& notice);
  bool Stopping() const;
  // False when stopped meanwhile.
  bool WaitUntil(Nanos not_before_ns);

  ReflectorOptions options_;
  ListWatcher* source_;
  Store* store_;
  ChangeHandler handler_;
  OperatorLog* log_;
  ReflectorState state_;        // of the thread alone
  bool shared_outage_ = false;  // of the thread alone: its outage was told to options_.outages

  mutable std::mutex mutex_;  // guards all below
  mutable std::condition_variable changed_;
  bool stopping_ = false;
  bool synced_ = false;
  LineStream* open_stream_ = nullptr;  // while the thread reads it
  ReflectorCounters counters_;
  std::optional<ApiError> trouble_;
  std::thread thread_;
};

}  // namespace clockwork::kube
