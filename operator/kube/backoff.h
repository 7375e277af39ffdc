#pragma once

// How long to wait after the n-th failure in a row: exponential, capped, jittered. Pure.
//
// Numbers are client-go's reflector's (800 ms, doubling, 30 s, fresh after 2 minutes). Jitter only
// shortens, so that the cap is a promise: after an outage nobody waits longer than it.

#include "images/common/base/time.h"
#include "operator/kube/random.h"

namespace clockwork::kube {

struct BackoffPolicy {
  Nanos first_ns = 800 * kMillisecond;
  double factor = 2.0;
  Nanos cap_ns = 30 * kSecond;
  double jitter = 0.5;  // a wait is drawn from ((1 - jitter) * wait, wait]
  Nanos reset_after_ns =
      120 * kSecond;  // a failure this long after the last one is the first again
};

class Backoff {
 public:
  Backoff(BackoffPolicy policy, RandomFraction random);

  // The wait after a failure at `now_ns`, counted from then.
  Nanos OnFailure(Nanos now_ns);
  // The next failure is the first again.
  void Reset();
  int failures() const { return failures_; }

 private:
  BackoffPolicy policy_;
  RandomFraction random_;
  int failures_ = 0;
  Nanos last_failure_ns_ = 0;
  Nanos next_wait_ns_ = 0;
};

}  // namespace clockwork::kube
