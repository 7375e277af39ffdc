#pragma once

// What the API server refused to create, remembered for a while in this process: it becomes a
// sentence in the experiment's status (plan/cluster/world.h) and slows down the next try. Lost at a
// restart, and found again by trying. Thread-safe.

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "operator/kube/api_error.h"
#include "operator/plan/cluster/world.h"

namespace clockwork::reconcile {

// Nothing for an error that is no refusal (a conflict, an outage). Pure.
std::optional<plan::cluster::Refusal> RefusalOf(const kube::ApiError& error,
                                                const std::string& object, Nanos now_ns);

class Refusals {
 public:
  void Add(const std::string& uid, plan::cluster::Refusal refusal);
  void Clear(const std::string& uid, const std::string& object);
  // Those of one experiment that are not forgotten yet (kRefusalMemoryNs).
  std::vector<plan::cluster::Refusal> Of(const std::string& uid, Nanos now_ns) const;

 private:
  mutable std::mutex mutex_;  // guards refusals_, of which Add drops the forgotten
  std::map<std::string, std::map<std::string, plan::cluster::Refusal>> refusals_;  // uid, object
};

}  // namespace clockwork::reconcile
