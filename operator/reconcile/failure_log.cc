#include "operator/reconcile/failure_log.h"

namespace clockwork::reconcile {
bool FailureLog::Failed(const std::string& key, const std::string& doing,
                        const kube::ApiError& error) {
  if (kube::IsOutage(error.failure)) {
    outages_->Began(key, error);
    return false;
  }
  outages_->Answered();  // if only with a no
  const std::string text = kube::Describe(error);
  const std::lock_guard lock(mutex_);
  Series& series = series_[key];
  ++series.tries;
  if (series.error == text) return false;
  series.error = text;
  log_->Warning("an experiment cannot be brought further; trying on",
                {{"experiment", key}, {"doing", doing}, {"error", text}});
  return true;
}

void FailureLog::Recovered(const std::string& key) {
  outages_->Answered();
  const std::lock_guard lock(mutex_);
  const auto series = series_.find(key);
  if (series == series_.end()) return;
  log_->Info("the experiment goes on",
             {{"experiment", key}, {"failed_tries", std::to_string(series->second.tries)}});
  series_.erase(series);
}

void FailureLog::Forget(const std::string& key) {
  outages_->Ended(key);
  const std::lock_guard lock(mutex_);
  series_.erase(key);
}

}  // namespace clockwork::reconcile
