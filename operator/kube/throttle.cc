#include "operator/kube/throttle.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace clockwork::kube {

TokenBucket::TokenBucket(const RateLimit& limit)
    : interval_ns_(kSecond / std::max<std::int64_t>(1, limit.requests_per_second)),
      depth_ns_(interval_ns_ * (std::max<std::int64_t>(1, limit.burst) - 1)),
      full_at_ns_(std::numeric_limits<Nanos>::min()) {}

Nanos TokenBucket::Take(Nanos now_ns) {
  full_at_ns_ = std::max(full_at_ns_, now_ns);
  const Nanos wait_ns = std::max<Nanos>(0, full_at_ns_ - depth_ns_ - now_ns);
  full_at_ns_ += interval_ns_;
  return wait_ns;
}

BucketThrottle::BucketThrottle(const RateLimit& limit, std::function<Nanos()> now,
                               std::function<bool(Nanos)> wait)
    : now_(std::move(now)), wait_(std::move(wait)), bucket_(limit) {}

Nanos BucketThrottle::Acquire() {
  const Nanos begin_ns = now_();
  Nanos wait_ns = 0;
  {
    const std::lock_guard lock(mutex_);
    wait_ns = bucket_.Take(begin_ns);
  }
  if (wait_ns == 0) return 0;
  wait_(wait_ns);
  return now_() - begin_ns;
}

}  // namespace clockwork::kube
