// What the probe port says: health, readiness and metrics.

#include "images/common/base/version.h"
#include "operator/reconcile/operator_process.h"

namespace clockwork::reconcile {

Status OperatorProcess::Serve() {
  auto server = kube::HealthServer::Start(
      options_.probe_host, static_cast<std::uint16_t>(options_.probe_port), Endpoints());
  if (!server.ok()) return server.error();
  health_ = std::move(*server);
  log_->Info("answers probes", {{"port", std::to_string(health_->port())}});
  return {};
}

kube::HealthEndpoints OperatorProcess::Endpoints() {
  kube::HealthEndpoints endpoints;
  endpoints.healthz.push_back({"ping", [] { return std::string(); }});
  if (election_) {
    endpoints.healthz.push_back({"leader-election", [this] {
                                   return election_->Healthy()
                                              ? std::string()
                                              : std::string("the lease is not renewed any more");
                                 }});
  }
  endpoints.readyz.push_back({"informer-sync", [this] {
                                const std::string missing = caches_->Missing();
                                return missing.empty() ? std::string()
                                                       : "not listed yet: " + missing;
                              }});
  endpoints.readyz.push_back(
      {"permissions", [this] {
         std::string refusal = caches_->Refusal("");
         if (refusal.empty() && election_) refusal = election_->Refusal();
         return refusal.empty() ? refusal : "grant the operator's role what is missing: " + refusal;
       }});
  endpoints.render_metrics = [this] { return RenderMetrics(); };
  return endpoints;
}

std::string OperatorProcess::RenderMetrics() {
  const std::lock_guard lock(render_mutex_);
  process_metrics_->Update();
  queue_metrics_->SetStats(queue_->stats());
  const auto& reflectors = caches_->reflectors();
  for (std::size_t i = 0; i < reflectors.size(); ++i) {
    reflector_metrics_[i]->Set(reflectors[i]->counters());
  }
  return kube::RenderMetrics(registry_) + kube::RenderMetrics(*experiment_metrics_);
}

}  // namespace clockwork::reconcile
