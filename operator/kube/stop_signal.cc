#include "operator/kube/stop_signal.h"

#include <chrono>

namespace clockwork::kube {

void StopSignal::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
}

bool StopSignal::WaitFor(Nanos span_ns) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, std::chrono::nanoseconds(span_ns), [this] { return stopped_; });
}

}  // namespace clockwork::kube
