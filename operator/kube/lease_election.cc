#include "operator/kube/lease_election.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "images/common/base/clock.h"

namespace clockwork::kube {
namespace {

// How long a leader may fail to renew, beyond its lease, before its process counts as stuck.
constexpr Nanos kStuckNs = 20 * kSecond;

constexpr const char* kAsker = "leader election";  // in the log of outages

bool IsTrouble(const Outcome<LeaseRecord>& answer) {
  if (answer.ok()) return false;
  const Failure failure = answer.error().failure;
  return failure != Failure::kNotFound && failure != Failure::kConflict &&
         failure != Failure::kAlreadyExists;
}

// Whether the answer shows that the lease works for this candidate again. That it can be read does
// not: perhaps it is the writing that is refused. But somebody else's need not be written.
bool ShowsThatItWorks(const ElectionStep& step, const Outcome<LeaseRecord>& answer,
                      const std::string& identity) {
  if (!answer.ok()) return false;
  if (step.action != ElectionStep::Action::kGet) return true;
  return !answer->holder.empty() && answer->holder != identity;
}

}  // namespace

Nanos BootTimeNs() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

LeaseElection::LeaseElection(ElectionOptions options, LeaseStore* store, ElectionEvents events,
                             OperatorLog* log, OutageLog* outages, RandomFraction random,
                             std::function<Nanos()> now)
    : options_(std::move(options)),
      store_(store),
      events_(std::move(events)),
      log_(log),
      outages_(outages),
      now_(now ? std::move(now) : BootTimeNs),
      state_(options_, random ? std::move(random) : SystemRandom()) {}

LeaseElection::~LeaseElection() { Stop(); }

void LeaseElection::Start() {
  thread_ = std::thread([this] { Run(); });
}

void LeaseElection::Stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (!thread_.joinable()) return;
  thread_.join();
  fence_ns_ = 0;
  ReleaseLease();
}

bool LeaseElection::MayWrite() const { return now_() < fence_ns_.load(); }

bool LeaseElection::Healthy() const {
  const Nanos fence_ns = fence_ns_.load();
  if (fence_ns == 0) return true;
  const Nanos renewed_ns = fence_ns - options_.renew_deadline_ns;
  return now_() < renewed_ns + options_.lease_ns + kStuckNs;
}

std::string LeaseElection::Holder() const {
  const std::scoped_lock lock(mutex_);
  return holder_;
}

std::string LeaseElection::Refusal() const {
  const std::scoped_lock lock(mutex_);
  return refusal_;
}

void LeaseElection::Run() {
  while (true) {
    const ElectionStep step = state_.next();
    const Nanos fence_ns = state_.leading() ? state_.fence_ns() : kNever;
    if (!WaitUntil(std::min(step.not_before_ns, fence_ns))) return;
    if (const ElectionChange change = state_.OnTime(now_()); change != ElectionChange::kNone) {
      Announce(change);
    } else {
      Try(step);
    }
  }
}

void LeaseElection::Try(const ElectionStep& step) {
  const Nanos sent_ns = now_();
  const LeaseRecord record = state_.RecordToWrite(NowNs());
  const Outcome<LeaseRecord> answer = [&] {
    switch (step.action) {
      case ElectionStep::Action::kCreate:
        return store_->Create(record);
      case ElectionStep::Action::kUpdate:
        return store_->Update(record);
      case ElectionStep::Action::kGet:
        break;
    }
    return store_->Get();
  }();
  const ElectionChange change = state_.OnAnswer(sent_ns, now_(), answer);
  NoteRefusal(step, answer);
  TellTrouble(step, answer);
  Announce(change);
}

void LeaseElection::NoteRefusal(const ElectionStep& step, const Outcome<LeaseRecord>& answer) {
  const bool refused = !answer.ok() && answer.error().failure == Failure::kForbidden;
  if (!refused && !ShowsThatItWorks(step, answer, options_.identity)) return;
  const std::scoped_lock lock(mutex_);
  refusal_ = refused ? Describe(answer.error()) : "";
}

void LeaseElection::TellTrouble(const ElectionStep& step, const Outcome<LeaseRecord>& answer) {
  if (outages_ != nullptr) {
    const bool outage = !answer.ok() && IsOutage(answer.error().failure);
    if (outage) return outages_->Began(kAsker, answer.error());
    outages_->Ended(kAsker);  // if only with a no
  }
  if (IsTrouble(answer)) {
    if (std::exchange(failing_, true)) return;
    log_->Warning("the lease cannot be used, trying on", {{"error", Describe(answer.error())}});
  } else if (failing_ && ShowsThatItWorks(step, answer, options_.identity)) {
    failing_ = false;
    log_->Info("the lease can be used again");
  }
}

void LeaseElection::Announce(ElectionChange change) {
  // First the fence, then whoever relies on it.
  fence_ns_ = state_.fence_ns();
  bool new_holder = false;
  {
    const std::scoped_lock lock(mutex_);
    new_holder = holder_ != state_.holder();
    holder_ = state_.holder();
  }
  if (new_holder) log_->Info("leader", {{"holder", state_.holder()}});
  if (change == ElectionChange::kAcquired) {
    log_->Info("this process leads", {{"identity", options_.identity}});
    if (events_.on_acquired) events_.on_acquired();
  } else if (change == ElectionChange::kLost) {
    log_->Info("this process leads no more", {{"identity", options_.identity}});
    if (events_.on_lost) events_.on_lost();
  }
}

void LeaseElection::ReleaseLease() {
  std::optional<LeaseRecord> record = state_.Release(NowNs());
  if (!record) return;
  Outcome<LeaseRecord> answer = store_->Update(*record);
  if (!answer.ok() && answer.error().failure == Failure::kConflict) {
    // The last renewal was executed, its answer lost.
    answer = store_->Get();
    if (answer.ok() && answer->holder == options_.identity) {
      record->resource_version = answer->resource_version;
      answer = store_->Update(*record);
    }
  }
  if (answer.ok()) {
    log_->Info("lease released");
  } else {
    log_->Warning("lease not released, it runs out by itself",
                  {{"error", Describe(answer.error())}});
  }
}

bool LeaseElection::WaitUntil(Nanos not_before_ns) {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const Nanos now_ns = now_();
    if (now_ns >= not_before_ns) return true;
    changed_.wait_for(lock, std::chrono::nanoseconds(not_before_ns - now_ns));
  }
  return false;
}

}  // namespace clockwork::kube
