#pragma once

// Tells a person once that an experiment cannot be brought further, and once that it can again,
// however often it is tried in between. An API server that does not answer is an outage and goes
// to the log that all share; an answer that says no concerns the experiment that asked.
// Thread-safe.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "operator/kube/api_error.h"
#include "operator/kube/operator_log.h"
#include "operator/kube/outage_log.h"

namespace clockwork::reconcile {

class FailureLog {
 public:
  // Both must outlive this.
  FailureLog(kube::OperatorLog* log, kube::OutageLog* outages) : log_(log), outages_(outages) {}

  // Whether it was written to the log as news of this experiment.
  bool Failed(const std::string& key, const std::string& doing, const kube::ApiError& error);
  // The experiment was brought a step further.
  void Recovered(const std::string& key);
  // The experiment is gone.
  void Forget(const std::string& key);

 private:
  struct Series {
    std::string error;
    std::uint64_t tries = 0;
  };

  kube::OperatorLog* log_;
  kube::OutageLog* outages_;
  std::mutex mutex_;                      // guards series_
  std::map<std::string, Series> series_;  // by key
};

}  // namespace clockwork::reconcile
