#include "operator/kube/election_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

namespace clockwork::kube {

std::string ValidateElection(const ElectionOptions& options) {
  if (options.identity.empty()) return "the candidate needs an identity";
  if (options.lease_ns % kSecond != 0) return "the lease lasts a whole number of seconds";
  if (options.retry_ns <= 0) return "the retry period is longer than zero";
  if (options.lease_ns <= options.renew_deadline_ns) {
    return "the lease lasts longer than the renew deadline";
  }
  const double least_ns = options.jitter * static_cast<double>(options.retry_ns);
  if (static_cast<double>(options.renew_deadline_ns) <= least_ns) {
    return fmt::format("the renew deadline is longer than {} times the retry period",
                       options.jitter);
  }
  return {};
}

Nanos LeaseRequestTimeoutNs(const ElectionOptions& options) {
  return std::max(kSecond, options.renew_deadline_ns / 2);
}

std::string MakeIdentity(const std::string& host) {
  std::random_device device;
  return fmt::format("{}_{:08x}{:08x}{:08x}{:08x}", host, device(), device(), device(), device());
}

ElectionState::ElectionState(ElectionOptions options, RandomFraction random)
    : options_(std::move(options)), random_(std::move(random)) {}

LeaseRecord ElectionState::RecordToWrite(Nanos wall_ns) const {
  LeaseRecord record = observed_;
  record.duration_seconds = options_.lease_ns / kSecond;
  record.renew_time_ns = wall_ns;
  if (next_.action == ElectionStep::Action::kCreate) {
    record.resource_version.clear();
    record.transitions = 0;
    record.acquire_time_ns = wall_ns;
  } else if (observed_.holder != options_.identity) {
    record.acquire_time_ns = wall_ns;
    ++record.transitions;
  }
  record.holder = options_.identity;
  return record;
}

ElectionChange ElectionState::OnAnswer(Nanos sent_ns, Nanos now_ns,
                                       const Outcome<LeaseRecord>& answer) {
  if (OnTime(now_ns) == ElectionChange::kLost) {
    // An answer that comes behind the fence does not move it: whoever asked meanwhile was told no.
    if (answer.ok()) Observe(now_ns, *answer);
    PlanRetry(now_ns);
    return ElectionChange::kLost;
  }
  return next_.action == ElectionStep::Action::kGet ? OnGot(now_ns, answer)
                                                    : OnWritten(sent_ns, now_ns, answer);
}

ElectionChange ElectionState::OnTime(Nanos now_ns) {
  return leading() && now_ns >= fence_ns_ ? Lose(now_ns) : ElectionChange::kNone;
}

ElectionChange ElectionState::OnGot(Nanos now_ns, const Outcome<LeaseRecord>& answer) {
  if (!answer.ok() && answer.error().failure != Failure::kNotFound) {
    PlanRetry(now_ns);
    return ElectionChange::kNone;
  }
  if (answer.ok()) Observe(now_ns, *answer);
  const bool others = !observed_.holder.empty() && observed_.holder != options_.identity;
  if (others && answer.ok() && leading()) return Lose(now_ns);
  // Also of a record that somebody deleted: its holder may not know yet.
  if (others && !ExpiredAt(now_ns)) {
    PlanRetry(now_ns);
  } else {
    Plan(answer.ok() ? ElectionStep::Action::kUpdate : ElectionStep::Action::kCreate, now_ns);
  }
  return ElectionChange::kNone;
}

ElectionChange ElectionState::OnWritten(Nanos sent_ns, Nanos now_ns,
                                        const Outcome<LeaseRecord>& answer) {
  if (!answer.ok()) return OnWriteFailed(sent_ns, now_ns, answer.error());
  Observe(now_ns, *answer);
  conflicts_ = 0;
  if (now_ns >= sent_ns + options_.renew_deadline_ns) {
    PlanRetry(now_ns);
    return ElectionChange::kNone;
  }
  const bool new_leader = !leading();
  fence_ns_ = sent_ns + options_.renew_deadline_ns;
  Plan(ElectionStep::Action::kUpdate, std::max(now_ns, sent_ns + options_.retry_ns));
  return new_leader ? ElectionChange::kAcquired : ElectionChange::kNone;
}

ElectionChange ElectionState::OnWriteFailed(Nanos sent_ns, Nanos now_ns, const ApiError& error) {
  const bool outdated = error.failure == Failure::kConflict ||
                        error.failure == Failure::kAlreadyExists ||
                        error.failure == Failure::kNotFound;
  if (outdated && conflicts_++ == 0) {
    Plan(ElectionStep::Action::kGet, now_ns);
  } else if (outdated && leading()) {
    Plan(ElectionStep::Action::kGet, std::max(now_ns, sent_ns + options_.retry_ns));
  } else if (leading()) {
    // It may have been executed. Then the next one conflicts, and the record is read.
    Plan(next_.action, std::max(now_ns, sent_ns + options_.retry_ns));
  } else {
    PlanRetry(now_ns);
  }
  return ElectionChange::kNone;
}

ElectionChange ElectionState::Lose(Nanos now_ns) {
  fence_ns_ = 0;
  PlanRetry(now_ns);
  return ElectionChange::kLost;
}

std::optional<LeaseRecord> ElectionState::Release(Nanos wall_ns) {
  fence_ns_ = 0;
  if (observed_.holder != options_.identity) return std::nullopt;
  LeaseRecord record = observed_;
  record.holder.clear();
  record.duration_seconds = 1;
  record.acquire_time_ns = wall_ns;
  record.renew_time_ns = wall_ns;
  return record;
}

void ElectionState::Observe(Nanos now_ns, const LeaseRecord& record) {
  if (record == observed_) return;
  observed_ = record;
  observed_ns_ = now_ns;
}

void ElectionState::Plan(ElectionStep::Action action, Nanos not_before_ns) {
  next_ = {action, not_before_ns};
}

void ElectionState::PlanRetry(Nanos now_ns) {
  const auto retry_ns = static_cast<double>(options_.retry_ns);
  const auto wait_ns = static_cast<Nanos>(retry_ns * (1 + options_.jitter * random_()));
  Nanos at_ns = now_ns + wait_ns;
  // Not later than the present holder's end: a take-over needs no luck.
  if (!observed_.holder.empty() && !ExpiredAt(now_ns)) at_ns = std::min(at_ns, ExpiryNs());
  Plan(ElectionStep::Action::kGet, at_ns);
}

Nanos ElectionState::ExpiryNs() const {
  // Whoever wrote the record knows how long it stands; one that does not say stands for ours.
  const Nanos stated_ns = std::min(observed_.duration_seconds, kMaxLeaseSeconds) * kSecond;
  return observed_ns_ + (stated_ns > 0 ? stated_ns : options_.lease_ns);
}

bool ElectionState::ExpiredAt(Nanos now_ns) const { return now_ns >= ExpiryNs(); }

}  // namespace clockwork::kube
