#pragma once

// A wait that the end of the process cuts short. Thread-safe.

#include <condition_variable>
#include <mutex>

#include "images/common/base/time.h"

namespace clockwork::kube {

class StopSignal {
 public:
  // Ends all waits, now and later. Idempotent.
  void Stop();
  // Blocks for `span_ns`; false when it was cut short or Stop had been called before.
  bool WaitFor(Nanos span_ns);

 private:
  std::mutex mutex_;  // guards stopped_
  std::condition_variable changed_;
  bool stopped_ = false;
};

}  // namespace clockwork::kube
