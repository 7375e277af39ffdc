#pragma once

// Which key to reconcile next. A key waits once however often it is added; while it is worked on,
// adding it again makes it wait once more afterwards, so the same key is never worked on twice at
// once and no change is missed.
//
// WorkQueueCore decides (pure, `now_ns` handed in); WorkQueue lets threads block on it. As no key
// waits twice, the queue holds no more than there are objects, and its limit is never met while the
// keys come from stores. Where it is, new keys are refused and counted.

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "images/common/base/time.h"

namespace clockwork::kube {

// Three times what a store holds (kMaxListedObjects, client.h).
inline constexpr std::size_t kMaxQueuedKeys = 60'000;

struct WorkQueueLimits {
  // Wait after the n-th failure of one key in a row: first * 2^(n-1), at most the cap. client-go's
  // cap of 1000 s is far too long for steps that take seconds.
  Nanos first_failure_ns = 5 * kMillisecond;
  Nanos failure_cap_ns = 30 * kSecond;
  // All failures together: a token bucket.
  double retries_per_second = 10;
  double retry_burst = 100;
  // Keys that wait, are to be added later or are worked on; one that is two of that counts twice.
  std::size_t max_keys = kMaxQueuedKeys;
};

// Told what happens; for metrics. Called with the queue's mutex held: must not call the queue.
class WorkQueueObserver {
 public:
  virtual ~WorkQueueObserver() = default;
  virtual void OnAdd(std::size_t depth) = 0;
  virtual void OnTake(std::size_t depth, Nanos waited_ns) = 0;
  virtual void OnDone(Nanos worked_ns) = 0;
  virtual void OnRetry() = 0;
  virtual void OnRefused() = 0;
};

struct WorkQueueStats {
  std::size_t depth = 0;    // ready to be taken
  std::size_t delayed = 0;  // added for later
  std::size_t working = 0;
  Nanos longest_running_ns = 0;
  Nanos unfinished_ns = 0;  // of all that are worked on, together
};

class WorkQueueCore {
 public:
  // `observer` may be null; it must outlive the core.
  explicit WorkQueueCore(WorkQueueLimits limits = {}, WorkQueueObserver* observer = nullptr);

  void Add(Nanos now_ns, const std::string& key);
  // Adds the key at now + delay. Of several delays of one key the earliest holds.
  void AddAfter(Nanos now_ns, const std::string& key, Nanos delay_ns);
  // After a failure: adds the key after the longer of its own delay and the bucket's. Returns it.
  Nanos AddAfterFailure(Nanos now_ns, const std::string& key);
  // The key's failures are over.
  void Forget(const std::string& key);
  int failures(const std::string& key) const;

  // The key that has waited longest; nothing when none is ready. The caller owes a Done.
  std::optional<std::string> Take(Nanos now_ns);
  void Done(Nanos now_ns, const std::string& key);

  // When a delayed key becomes ready; kNever without one. Keys that are ready: Take has them.
  Nanos NextWakeNs() const;
  // While paused, keys are taken in but none is handed out.
  void SetPaused(bool paused) { paused_ = paused; }
  // Nothing is taken in any more, delayed keys are dropped; what is ready stays or goes.
  void ShutDown(bool keep_ready);
  bool shut_down() const { return shut_down_; }
  bool idle() const { return ready_.empty() && working_.empty(); }
  bool working() const { return !working_.empty(); }
  WorkQueueStats stats(Nanos now_ns) const;

 private:
  struct Ready {
    std::string key;
    Nanos since_ns = 0;
  };

  // False, and counted, when there is no room for a key that is not there yet.
  bool Admit(const std::string& key);
  void Promote(Nanos now_ns);
  Nanos BucketDelay(Nanos now_ns);

  WorkQueueLimits limits_;
  WorkQueueObserver* observer_;
  bool shut_down_ = false;
  bool paused_ = false;
  std::deque<Ready> ready_;
  std::set<std::string> waiting_;         // ready, or to be ready once Done (dirty)
  std::map<std::string, Nanos> working_;  // since
  std::map<std::string, Nanos> delayed_;  // key -> due
  std::set<std::pair<Nanos, std::string>> due_;
  std::map<std::string, int> failures_;
  double tokens_;
  Nanos tokens_at_ns_ = 0;
};

enum class QueueEnd {
  kDiscard,  // keys that wait are dropped: a restart finds them again
  kDrain,    // keys that are ready are still handed out
};

// The same for threads; see WorkQueueCore. Thread-safe.
class WorkQueue {
 public:
  // `now` empty: NowNs.
  explicit WorkQueue(WorkQueueLimits limits = {}, WorkQueueObserver* observer = nullptr,
                     std::function<Nanos()> now = {});

  void Add(const std::string& key);
  void AddAfter(const std::string& key, Nanos delay_ns);
  Nanos AddAfterFailure(const std::string& key);
  void Forget(const std::string& key);
  int failures(const std::string& key) const;

  // Blocks for a key; nothing once the queue is shut down (and drained). The caller owes a Done.
  std::optional<std::string> Get();
  void Done(const std::string& key);

  // Hands out no key before Resume, and waits until none is worked on; false after `patience_ns`.
  bool Pause(Nanos patience_ns);
  void Resume();
  // Wakes every Get, also of a queue that is paused. Idempotent.
  void ShutDown(QueueEnd end);
  // Waits until nothing is ready or worked on; false after `patience_ns`.
  bool WaitUntilIdle(Nanos patience_ns);
  WorkQueueStats stats() const;

 private:
  std::function<Nanos()> now_;
  mutable std::mutex mutex_;  // guards core_
  std::condition_variable changed_;
  WorkQueueCore core_;
};

}  // namespace clockwork::kube
