#pragma once

// Who leads, decided from what a candidate has seen of the shared record. Pure.
//
// Clocks of different machines are never compared: a record has expired when this candidate has
// not seen it change for its duration. So nobody takes over within `lease_ns` of the holder's last
// renewal, while the holder itself stops writing `renew_deadline_ns` after it *sent* the last
// renewal that was acknowledged (the fence). The difference between the two is what a write in
// flight at the fence may take, and what clocks may drift apart.

#include <cstdint>
#include <optional>
#include <string>

#include "images/common/base/time.h"
#include "operator/kube/api_error.h"
#include "operator/kube/lease_record.h"
#include "operator/kube/random.h"

namespace clockwork::kube {

// A record that claims to stand longer is taken for one that stands this long.
inline constexpr std::int64_t kMaxLeaseSeconds = 3600;

// client-go's. ValidateElection names what does not fit.
struct ElectionOptions {
  std::string identity;  // host_uuid: a restarted process is another candidate
  Nanos lease_ns = 15 * kSecond;
  Nanos renew_deadline_ns = 10 * kSecond;
  Nanos retry_ns = 2 * kSecond;
  double jitter = 1.2;  // a candidate's try comes retry * (1 .. 1 + jitter) after the last
};

// lease > renew deadline > jitter * retry > 0, whole seconds of lease, an identity. Empty: it fits.
std::string ValidateElection(const ElectionOptions& options);
// How long a request for the lease may take: half the renew deadline, at least a second.
Nanos LeaseRequestTimeoutNs(const ElectionOptions& options);
// "host_0123456789abcdef...": different for every call.
std::string MakeIdentity(const std::string& host);

struct ElectionStep {
  enum class Action { kGet, kCreate, kUpdate };
  Action action = Action::kGet;
  Nanos not_before_ns = 0;
};

enum class ElectionChange { kNone, kAcquired, kLost };

class ElectionState {
 public:
  ElectionState(ElectionOptions options, RandomFraction random);

  const ElectionStep& next() const { return next_; }
  // What a kCreate or kUpdate writes, at this wall clock.
  LeaseRecord RecordToWrite(Nanos wall_ns) const;

  // The answer to the step that was sent at `sent_ns` and answered (or given up) at `now_ns`.
  ElectionChange OnAnswer(Nanos sent_ns, Nanos now_ns, const Outcome<LeaseRecord>& answer);
  // Time has passed without an answer: kLost when the fence is behind.
  ElectionChange OnTime(Nanos now_ns);

  // Writes are allowed before this; 0: not the leader.
  Nanos fence_ns() const { return fence_ns_; }
  bool leading() const { return fence_ns_ != 0; }
  // The holder last seen; empty: nobody, or nothing is known.
  const std::string& holder() const { return observed_.holder; }

  // Gives up leading. What to write (an update, once) so that the next one need not wait; nothing
  // when this candidate is not the holder. Only after the work has stopped.
  std::optional<LeaseRecord> Release(Nanos wall_ns);

 private:
  ElectionChange OnGot(Nanos now_ns, const Outcome<LeaseRecord>& answer);
  ElectionChange OnWritten(Nanos sent_ns, Nanos now_ns, const Outcome<LeaseRecord>& answer);
  ElectionChange OnWriteFailed(Nanos sent_ns, Nanos now_ns, const ApiError& error);
  ElectionChange Lose(Nanos now_ns);
  void Observe(Nanos now_ns, const LeaseRecord& record);
  void Plan(ElectionStep::Action action, Nanos not_before_ns);
  void PlanRetry(Nanos now_ns);
  Nanos ExpiryNs() const;
  bool ExpiredAt(Nanos now_ns) const;

  ElectionOptions options_;
  RandomFraction random_;
  ElectionStep next_;
  LeaseRecord observed_;
  Nanos observed_ns_ = 0;  // when `observed_` was first seen as it is
  int conflicts_ = 0;      // in a row: only the first is followed up at once
  Nanos fence_ns_ = 0;
};

}  // namespace clockwork::kube
