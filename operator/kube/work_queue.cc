#include "operator/kube/work_queue.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "images/common/base/clock.h"

namespace clockwork::kube {
namespace {

// Far enough that waking up for nothing costs nothing, near enough for every clock's arithmetic.
constexpr Nanos kLongestWaitNs = 3600 * kSecond;

}  // namespace

WorkQueue::WorkQueue(WorkQueueLimits limits, WorkQueueObserver* observer,
                     std::function<Nanos()> now)
    : now_(now ? std::move(now) : NowNs), core_(limits, observer) {}

void WorkQueue::Add(const std::string& key) {
  {
    const std::scoped_lock lock(mutex_);
    core_.Add(now_(), key);
  }
  changed_.notify_all();
}

void WorkQueue::AddAfter(const std::string& key, Nanos delay_ns) {
  {
    const std::scoped_lock lock(mutex_);
    core_.AddAfter(now_(), key, delay_ns);
  }
  changed_.notify_all();
}

Nanos WorkQueue::AddAfterFailure(const std::string& key) {
  Nanos delay_ns = 0;
  {
    const std::scoped_lock lock(mutex_);
    delay_ns = core_.AddAfterFailure(now_(), key);
  }
  changed_.notify_all();
  return delay_ns;
}

void WorkQueue::Forget(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  core_.Forget(key);
}

int WorkQueue::failures(const std::string& key) const {
  const std::scoped_lock lock(mutex_);
  return core_.failures(key);
}

std::optional<std::string> WorkQueue::Get() {
  std::unique_lock lock(mutex_);
  while (true) {
    const Nanos now_ns = now_();
    if (std::optional<std::string> key = core_.Take(now_ns)) return key;
    if (core_.shut_down()) return std::nullopt;
    const Nanos wake_ns = core_.NextWakeNs();
    const Nanos wait_ns =
        wake_ns == kNever ? kLongestWaitNs : std::min(wake_ns - now_ns, kLongestWaitNs);
    changed_.wait_for(lock, std::chrono::nanoseconds(wait_ns));
  }
}

void WorkQueue::Done(const std::string& key) {
  {
    const std::scoped_lock lock(mutex_);
    core_.Done(now_(), key);
  }
  changed_.notify_all();
}

bool WorkQueue::Pause(Nanos patience_ns) {
  std::unique_lock lock(mutex_);
  core_.SetPaused(true);
  return changed_.wait_for(lock, std::chrono::nanoseconds(patience_ns),
                           [this] { return !core_.working(); });
}

void WorkQueue::Resume() {
  {
    const std::scoped_lock lock(mutex_);
    core_.SetPaused(false);
  }
  changed_.notify_all();
}

void WorkQueue::ShutDown(QueueEnd end) {
  {
    const std::scoped_lock lock(mutex_);
    core_.ShutDown(end == QueueEnd::kDrain);
  }
  changed_.notify_all();
}

bool WorkQueue::WaitUntilIdle(Nanos patience_ns) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::nanoseconds(patience_ns),
                           [this] { return core_.idle(); });
}

WorkQueueStats WorkQueue::stats() const {
  const std::scoped_lock lock(mutex_);
  return core_.stats(now_());
}

}  // namespace clockwork::kube
