#pragma once

// Tells a person once that reconciling fails, and once that it works again, however often it is
// tried in between. An API server that cannot be reached concerns all experiments and is one
// outage; an answer that says no concerns the experiment that asked. Thread-safe.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "operator/kube/api_error.h"
#include "operator/kube/operator_log.h"

namespace clockwork::reconcile {

class FailureLog {
 public:
  explicit FailureLog(kube::OperatorLog* log) : log_(log) {}  // must outlive this

  void Failed(const std::string& key, const std::string& doing, const kube::ApiError& error);
  // The experiment was brought a step further: its failures, and an outage, are over.
  void Recovered(const std::string& key);
  // The experiment is gone.
  void Forget(const std::string& key);

 private:
  struct Series {
    std::string error;
    std::uint64_t tries = 0;
  };

  void End(const std::string& key);

  kube::OperatorLog* log_;
  std::mutex mutex_;                      // guards series_
  std::map<std::string, Series> series_;  // by key; "": the outage
};

}  // namespace clockwork::reconcile
