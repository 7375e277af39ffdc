#include "operator/kube/reflector_state.h"

#include <algorithm>
#include <utility>

namespace clockwork::kube {
namespace {

// The server has answered with this, so the connection is fine.
bool ToldByServer(Failure failure) {
  return failure >= Failure::kUnauthorized && failure != Failure::kMalformed;
}

}  // namespace

ReflectorState::ReflectorState(RandomFraction random, BackoffPolicy policy)
    : random_(random), backoff_(policy, std::move(random)) {}

void ReflectorState::OnListed(Nanos now_ns, std::string resource_version) {
  ++counters_.lists;
  resource_version_ = std::move(resource_version);
  if (!watch_suspect_) EndOutage(now_ns);
  Plan(ReflectorStep::Action::kWatch, now_ns);
}

void ReflectorState::OnListFailed(Nanos now_ns, const ApiError& error) {
  ++counters_.lists;
  ++counters_.list_errors;
  Fail(now_ns, error, ReflectorStep::Action::kList);
}

void ReflectorState::OnWatchOpened(Nanos now_ns) {
  ++counters_.watches;
  opened_ns_ = now_ns;
  event_seen_ = false;
  if (!watch_suspect_) EndOutage(now_ns);
}

void ReflectorState::OnWatchNotOpened(Nanos now_ns, const ApiError& error) {
  ++counters_.watches;
  ++counters_.watch_errors;
  if (error.failure == Failure::kGone) {
    ListAgain(now_ns, error);
  } else {
    // A resourceVersion that the server calls invalid does not get better.
    Fail(now_ns, error,
         error.failure == Failure::kInvalid ? ReflectorStep::Action::kList
                                            : ReflectorStep::Action::kWatch);
  }
}

void ReflectorState::OnEvent(Nanos now_ns, bool bookmark, std::string resource_version) {
  if (!bookmark) ++counters_.events;
  if (!resource_version.empty()) resource_version_ = std::move(resource_version);
  event_seen_ = true;
  TrustWatch(now_ns);
}

void ReflectorState::OnWatchEnded(Nanos now_ns, const std::optional<ApiError>& error) {
  if (error) ++counters_.watch_errors;
  if (error && error->failure == Failure::kGone) return ListAgain(now_ns, *error);
  if (error && error->failure == Failure::kMalformed) {
    watch_suspect_ = true;
    return Fail(now_ns, *error, ReflectorStep::Action::kList);
  }
  if (error && ToldByServer(error->failure)) {
    watch_suspect_ = true;
    if (!in_stream_error_since_ns_) in_stream_error_since_ns_ = now_ns;
    const bool long_enough = now_ns - *in_stream_error_since_ns_ >= kInStreamErrorNs;
    if (long_enough) in_stream_error_since_ns_.reset();
    return Fail(now_ns, *error,
                long_enough ? ReflectorStep::Action::kList : ReflectorStep::Action::kWatch);
  }
  if (event_seen_ || now_ns - opened_ns_ >= kMinWatchNs) {
    TrustWatch(now_ns);
    return Plan(ReflectorStep::Action::kWatch, std::max(now_ns, opened_ns_ + kMinWatchNs));
  }
  watch_suspect_ = true;
  const ApiError at_once{
      Failure::kCut, 0, {}, "the server ended the watch at once, without an event", 0};
  Fail(now_ns, error.value_or(at_once), ReflectorStep::Action::kWatch);
}

std::optional<OutageNotice> ReflectorState::TakeNotice() {
  return std::exchange(notice_, std::nullopt);
}

void ReflectorState::Plan(ReflectorStep::Action action, Nanos not_before_ns) {
  next_ = {.action = action, .not_before_ns = not_before_ns};
  if (action != ReflectorStep::Action::kWatch) return;
  constexpr auto kSpread = static_cast<double>(kMaxWatchSeconds - kMinWatchSeconds + 1);
  next_.resource_version = resource_version_;
  next_.timeout_seconds = kMinWatchSeconds + static_cast<std::int64_t>(random_() * kSpread);
}

void ReflectorState::Fail(Nanos now_ns, const ApiError& error, ReflectorStep::Action retry) {
  ++failed_tries_;
  const Nanos asked_ns = std::min(error.retry_after_ns, kMaxRetryAfterNs);
  const Nanos wait_ns = std::max(backoff_.OnFailure(now_ns), asked_ns);
  // A request that this side cancelled says nothing about the server.
  if (!outage_since_ns_ && error.failure != Failure::kCancelled) {
    outage_since_ns_ = now_ns;
    notice_ = OutageNotice{.began = true, .error = error};
  }
  const bool refused = trouble_ && trouble_->failure == Failure::kForbidden;
  if (error.failure != Failure::kCancelled && !refused) trouble_ = error;
  Plan(retry, now_ns + wait_ns);
}

void ReflectorState::ListAgain(Nanos now_ns, const ApiError& error) {
  if (!std::exchange(expired_before_, true)) {
    return Plan(ReflectorStep::Action::kList, now_ns);
  }
  watch_suspect_ = true;
  Fail(now_ns, error, ReflectorStep::Action::kList);
}

void ReflectorState::TrustWatch(Nanos now_ns) {
  expired_before_ = false;
  watch_suspect_ = false;
  in_stream_error_since_ns_.reset();
  EndOutage(now_ns);
}

void ReflectorState::EndOutage(Nanos now_ns) {
  if (!outage_since_ns_) return;
  notice_ = OutageNotice{.duration_ns = now_ns - *outage_since_ns_, .failed_tries = failed_tries_};
  outage_since_ns_.reset();
  trouble_.reset();
  failed_tries_ = 0;
}

}  // namespace clockwork::kube
