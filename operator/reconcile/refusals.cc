#include "operator/reconcile/refusals.h"

namespace clockwork::reconcile {
namespace {

using plan::cluster::Refusal;

bool Forgotten(const Refusal& refusal, Nanos now_ns) {
  return now_ns - refusal.time_ns > plan::cluster::kRefusalMemoryNs;
}

// The API server has one code for three things; its words tell them apart.
Refusal::Kind KindOfForbidden(const std::string& message) {
  if (message.find("exceeded quota") != std::string::npos) return Refusal::Kind::kQuota;
  // RBAC: pods is forbidden: User "x" cannot create resource "pods" in API group ...
  if (message.find(" cannot ") != std::string::npos &&
      message.find(" resource ") != std::string::npos) {
    return Refusal::Kind::kForbidden;
  }
  return Refusal::Kind::kAdmission;
}

}  // namespace

std::optional<Refusal> RefusalOf(const kube::ApiError& error, const std::string& object,
                                 Nanos now_ns) {
  if (error.failure == kube::Failure::kForbidden) {
    return Refusal{KindOfForbidden(error.message), object, error.message, now_ns};
  }
  if (error.failure == kube::Failure::kInvalid) {
    return Refusal{Refusal::Kind::kInvalid, object, error.message, now_ns};
  }
  return std::nullopt;
}

void Refusals::Add(const std::string& uid, Refusal refusal) {
  const std::lock_guard lock(mutex_);
  for (auto experiment = refusals_.begin(); experiment != refusals_.end();) {
    std::erase_if(experiment->second,
                  [&](const auto& entry) { return Forgotten(entry.second, refusal.time_ns); });
    experiment = experiment->second.empty() ? refusals_.erase(experiment) : std::next(experiment);
  }
  const std::string object = refusal.object;
  refusals_[uid].insert_or_assign(object, std::move(refusal));
}

void Refusals::Clear(const std::string& uid, const std::string& object) {
  const std::lock_guard lock(mutex_);
  const auto experiment = refusals_.find(uid);
  if (experiment == refusals_.end()) return;
  experiment->second.erase(object);
  if (experiment->second.empty()) refusals_.erase(experiment);
}

std::vector<Refusal> Refusals::Of(const std::string& uid, Nanos now_ns) const {
  const std::lock_guard lock(mutex_);
  std::vector<Refusal> current;
  const auto experiment = refusals_.find(uid);
  if (experiment == refusals_.end()) return current;
  for (const auto& [object, refusal] : experiment->second) {
    if (!Forgotten(refusal, now_ns)) current.push_back(refusal);
  }
  return current;
}

}  // namespace clockwork::reconcile
