#include "operator/reconcile/failure_log.h"

namespace clockwork::reconcile {
namespace {

// The server, or the way to it, is not there.
bool IsOutage(kube::Failure failure) {
  switch (failure) {
    case kube::Failure::kConnect:
    case kube::Failure::kTls:
    case kube::Failure::kTimeout:
    case kube::Failure::kCut:
    case kube::Failure::kTooManyRequests:
    case kube::Failure::kServer:
      return true;
    default:
      return false;
  }
}

}  // namespace

void FailureLog::Failed(const std::string& key, const std::string& doing,
                        const kube::ApiError& error) {
  const bool outage = IsOutage(error.failure);
  const std::string text = kube::Describe(error);
  const std::lock_guard lock(mutex_);
  Series& series = series_[outage ? std::string() : key];
  ++series.tries;
  // An outage changes its words as it goes on (refused, then timed out); another refusal is news.
  if (series.tries > 1 && (outage || series.error == text)) return;
  series.error = text;
  log_->Warning(outage ? "the API server does not answer as it should; trying on"
                       : "an experiment cannot be brought further; trying on",
                {{"experiment", key}, {"doing", doing}, {"error", text}});
}

void FailureLog::Recovered(const std::string& key) {
  const std::lock_guard lock(mutex_);
  End(key);
  End(std::string());
}

void FailureLog::Forget(const std::string& key) {
  const std::lock_guard lock(mutex_);
  series_.erase(key);
}

void FailureLog::End(const std::string& key) {
  const auto series = series_.find(key);
  if (series == series_.end()) return;
  log_->Info(key.empty() ? "the API server answers again" : "the experiment goes on",
             {{"experiment", key}, {"failed_tries", std::to_string(series->second.tries)}});
  series_.erase(series);
}

}  // namespace clockwork::reconcile
