#pragma once

// The client's own rate limit: a token bucket, so that a defect here cannot flood an API server.
// The server's priority and fairness (429 with Retry-After) is obeyed besides, in client.cc.

#include <functional>
#include <mutex>

#include "images/common/base/time.h"
#include "operator/kube/client.h"

namespace clockwork::kube {

// cert-manager's figures; client-go's own, 5 and 10, are known to be too tight.
struct RateLimit {
  std::int64_t requests_per_second = 20;
  std::int64_t burst = 50;
};

// Pure. Holds `burst` tokens at first and gains one each 1/requests_per_second.
class TokenBucket {
 public:
  // Both numbers of the limit at least 1.
  explicit TokenBucket(const RateLimit& limit);
  // Takes a token, in advance if there is none; how long to wait for it. Tokens are handed out in
  // the order of the calls. A clock that went back counts as one that stands still.
  Nanos Take(Nanos now_ns);

 private:
  Nanos interval_ns_;  // between tokens
  Nanos depth_ns_;     // of a full bucket, less one token
  Nanos full_at_ns_;   // when the bucket would be full again, were nothing taken any more
};

// The bucket with a clock and a way to wait (StopSignal::WaitFor in programs).
class BucketThrottle final : public Throttle {
 public:
  BucketThrottle(const RateLimit& limit, std::function<Nanos()> now,
                 std::function<bool(Nanos)> wait);
  // Returns early when the wait is cut short; the transport then refuses the request itself.
  Nanos Acquire() override;

 private:
  std::function<Nanos()> now_;
  std::function<bool(Nanos)> wait_;
  std::mutex mutex_;  // guards bucket_
  TokenBucket bucket_;
};

}  // namespace clockwork::kube
