#include "operator/kube/backoff.h"

#include <algorithm>
#include <utility>

namespace clockwork::kube {

Backoff::Backoff(BackoffPolicy policy, RandomFraction random)
    : policy_(policy), random_(std::move(random)) {}

Nanos Backoff::OnFailure(Nanos now_ns) {
  if (failures_ > 0 && now_ns - last_failure_ns_ > policy_.reset_after_ns) Reset();
  const Nanos wait_ns = failures_ == 0 ? policy_.first_ns : next_wait_ns_;
  ++failures_;
  last_failure_ns_ = now_ns;
  const double next_ns = static_cast<double>(wait_ns) * policy_.factor;
  next_wait_ns_ =
      next_ns < static_cast<double>(policy_.cap_ns) ? static_cast<Nanos>(next_ns) : policy_.cap_ns;
  return wait_ns - static_cast<Nanos>(static_cast<double>(wait_ns) * policy_.jitter * random_());
}

void Backoff::Reset() { failures_ = 0; }

}  // namespace clockwork::kube
