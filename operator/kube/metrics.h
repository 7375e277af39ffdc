#pragma once

// What the library measures, under the names that dashboards of controller-runtime know, on a
// registry of prometheus-cpp (core only; health_server.h serves the text). Thread-safe. Labels come
// from this code's own small sets (verbs, kinds, queue names): nothing here grows with the cluster.

#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "images/common/base/time.h"
#include "operator/kube/reflector_state.h"
#include "operator/kube/work_queue.h"

namespace clockwork::kube {

struct RequestRecord;  // client.h

// Prometheus text format 0.0.4 of everything that is registered.
std::string RenderMetrics(const prometheus::Collectable& registry);
inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

// rest_client_requests_total{code,method,host}, rest_client_request_duration_seconds and
// rest_client_rate_limiter_duration_seconds {verb,host,type}. Code 0 is "<error>", as client-go has
// it. A write that was not sent because this process may not write is none of these, but one of
// rest_client_fenced_writes_total{method,host}.
class RequestMetrics {
 public:
  RequestMetrics(prometheus::Registry* registry, std::string host);
  // A RequestObserver.
  void operator()(const RequestRecord& record) const;

 private:
  std::string host_;
  prometheus::Family<prometheus::Counter>* requests_;
  prometheus::Family<prometheus::Counter>* fenced_;
  prometheus::Family<prometheus::Histogram>* durations_;
  prometheus::Family<prometheus::Histogram>* throttled_;
};

// workqueue_*{name,controller}. SetStats before each rendering: those gauges move with time.
class QueueMetrics : public WorkQueueObserver {
 public:
  QueueMetrics(prometheus::Registry* registry, const std::string& name);
  void OnAdd(std::size_t depth) override;
  void OnTake(std::size_t depth, Nanos waited_ns) override;
  void OnDone(Nanos worked_ns) override;
  void OnRetry() override;
  void OnRefused() override;
  void SetStats(const WorkQueueStats& stats);

 private:
  prometheus::Gauge* depth_;
  prometheus::Counter* adds_;
  prometheus::Counter* retries_;
  prometheus::Counter* refused_;
  prometheus::Histogram* waited_;
  prometheus::Histogram* worked_;
  prometheus::Gauge* unfinished_;
  prometheus::Gauge* longest_;
};

enum class ReconcileResult {
  kSuccess,
  kError,
  kTerminalError,  // an error that is not tried again
  kRequeue,
  kRequeueAfter
};

// controller_runtime_*{controller}.
class ReconcileMetrics {
 public:
  ReconcileMetrics(prometheus::Registry* registry, const std::string& controller, int max_workers);
  void OnBegin();
  void OnEnd(ReconcileResult result, Nanos duration_ns);

 private:
  std::map<ReconcileResult, prometheus::Counter*> results_;
  prometheus::Counter* errors_;
  prometheus::Counter* terminal_errors_;
  prometheus::Histogram* duration_;
  prometheus::Gauge* active_;
};

// leader_election_master_status{name}: 1 while leading, 0 otherwise.
class ElectionMetrics {
 public:
  ElectionMetrics(prometheus::Registry* registry, const std::string& lease);
  void SetLeading(bool leading);

 private:
  prometheus::Gauge* status_;
};

// reflector_{lists,list_errors,watches,watch_errors,events}_total{name}. Set before each rendering.
class ReflectorMetrics {
 public:
  ReflectorMetrics(prometheus::Registry* registry, const std::string& name);
  void Set(const ReflectorCounters& counters);

 private:
  // Raises a counter to an absolute value.
  static void Raise(prometheus::Counter* counter, std::uint64_t value);

  prometheus::Counter* lists_;
  prometheus::Counter* list_errors_;
  prometheus::Counter* watches_;
  prometheus::Counter* watch_errors_;
  prometheus::Counter* events_;
};

}  // namespace clockwork::kube
