#include "operator/kube/metrics.h"

#include <prometheus/text_serializer.h>

#include <sstream>
#include <utility>

#include "operator/kube/client.h"

namespace clockwork::kube {
namespace {

using prometheus::Labels;
using Buckets = prometheus::Histogram::BucketBoundaries;

// controller-runtime's and client-go's.
const Buckets& RequestBuckets() {
  static const Buckets kBuckets{0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60};
  return kBuckets;
}
const Buckets& QueueBuckets() {
  static const Buckets kBuckets{1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000};
  return kBuckets;
}
const Buckets& ReconcileBuckets() {
  static const Buckets kBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                0.5,   1,      2.5,   5,    10,    30,   60};
  return kBuckets;
}

double Seconds(Nanos span_ns) {
  return static_cast<double>(span_ns) / static_cast<double>(kSecond);
}

prometheus::Family<prometheus::Counter>& CounterFamily(prometheus::Registry* registry,
                                                       const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(*registry);
}
prometheus::Family<prometheus::Gauge>& GaugeFamily(prometheus::Registry* registry, const char* name,
                                                   const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(*registry);
}
prometheus::Family<prometheus::Histogram>& HistogramFamily(prometheus::Registry* registry,
                                                           const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(*registry);
}

std::string ResultName(ReconcileResult result) {
  switch (result) {
    case ReconcileResult::kSuccess:
      return "success";
    case ReconcileResult::kRequeue:
      return "requeue";
    case ReconcileResult::kRequeueAfter:
      return "requeue_after";
    case ReconcileResult::kError:
    case ReconcileResult::kTerminalError:
      break;
  }
  return "error";
}

}  // namespace

std::string RenderMetrics(const prometheus::Collectable& registry) {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, registry.Collect());
  return std::move(out).str();
}

RequestMetrics::RequestMetrics(prometheus::Registry* registry, std::string host)
    : host_(std::move(host)),
      requests_(&CounterFamily(registry, "rest_client_requests_total",
                               "Requests to the API server, by status code, method and host.")),
      fenced_(&CounterFamily(registry, "rest_client_fenced_writes_total",
                             "Writes that were not sent because this process may not write.")),
      durations_(&HistogramFamily(registry, "rest_client_request_duration_seconds",
                                  "Time until a request was answered.")),
      throttled_(&HistogramFamily(registry, "rest_client_rate_limiter_duration_seconds",
                                  "Time that a request waited for the client's rate limit.")) {}

void RequestMetrics::operator()(const RequestRecord& record) const {
  if (record.fenced) {
    fenced_->Add({{"method", record.method}, {"host", host_}}).Increment();
    return;
  }
  const std::string code = record.code == 0 ? "<error>" : std::to_string(record.code);
  requests_->Add({{"code", code}, {"method", record.method}, {"host", host_}}).Increment();
  const Labels labels{{"verb", record.method}, {"host", host_}, {"type", record.type}};
  durations_->Add(labels, RequestBuckets()).Observe(Seconds(record.duration_ns));
  throttled_->Add(labels, RequestBuckets()).Observe(Seconds(record.throttled_ns));
}

QueueMetrics::QueueMetrics(prometheus::Registry* registry, const std::string& name) {
  const Labels labels{{"name", name}, {"controller", name}};
  depth_ = &GaugeFamily(registry, "workqueue_depth", "Keys that wait for a worker.").Add(labels);
  adds_ = &CounterFamily(registry, "workqueue_adds_total", "Keys added.").Add(labels);
  retries_ = &CounterFamily(registry, "workqueue_retries_total", "Keys added after a failure.")
                  .Add(labels);
  refused_ =
      &CounterFamily(registry, "workqueue_refused_total", "Keys for which there was no room.")
           .Add(labels);
  waited_ = &HistogramFamily(registry, "workqueue_queue_duration_seconds",
                             "Time that a key waited for a worker.")
                 .Add(labels, QueueBuckets());
  worked_ = &HistogramFamily(registry, "workqueue_work_duration_seconds",
                             "Time that a worker spent on a key.")
                 .Add(labels, QueueBuckets());
  unfinished_ = &GaugeFamily(registry, "workqueue_unfinished_work_seconds",
                             "Time spent so far on keys being worked on, together.")
                     .Add(labels);
  longest_ = &GaugeFamily(registry, "workqueue_longest_running_processor_seconds",
                          "Time spent so far on the key that takes longest.")
                  .Add(labels);
}

void QueueMetrics::OnAdd(std::size_t depth) {
  adds_->Increment();
  depth_->Set(static_cast<double>(depth));
}

void QueueMetrics::OnTake(std::size_t depth, Nanos waited_ns) {
  depth_->Set(static_cast<double>(depth));
  waited_->Observe(Seconds(waited_ns));
}

void QueueMetrics::OnDone(Nanos worked_ns) { worked_->Observe(Seconds(worked_ns)); }

void QueueMetrics::OnRetry() { retries_->Increment(); }

void QueueMetrics::OnRefused() { refused_->Increment(); }

void QueueMetrics::SetStats(const WorkQueueStats& stats) {
  depth_->Set(static_cast<double>(stats.depth));
  unfinished_->Set(Seconds(stats.unfinished_ns));
  longest_->Set(Seconds(stats.longest_running_ns));
}

ReconcileMetrics::ReconcileMetrics(prometheus::Registry* registry, const std::string& controller,
                                   int max_workers) {
  const Labels labels{{"controller", controller}};
  auto& total = CounterFamily(registry, "controller_runtime_reconcile_total",
                              "Reconciliations, by controller and result.");
  for (const ReconcileResult result :
       {ReconcileResult::kSuccess, ReconcileResult::kError, ReconcileResult::kTerminalError,
        ReconcileResult::kRequeue, ReconcileResult::kRequeueAfter}) {
    results_[result] = &total.Add({{"controller", controller}, {"result", ResultName(result)}});
  }
  errors_ = &CounterFamily(registry, "controller_runtime_reconcile_errors_total",
                           "Reconciliations that failed.")
                 .Add(labels);
  terminal_errors_ = &CounterFamily(registry, "controller_runtime_terminal_reconcile_errors_total",
                                    "Reconciliations that failed and are not tried again.")
                          .Add(labels);
  duration_ = &HistogramFamily(registry, "controller_runtime_reconcile_time_seconds",
                               "Time that a reconciliation took.")
                   .Add(labels, ReconcileBuckets());
  active_ = &GaugeFamily(registry, "controller_runtime_active_workers",
                         "Workers that reconcile at present.")
                 .Add(labels);
  GaugeFamily(registry, "controller_runtime_max_concurrent_reconciles", "Workers that there are.")
      .Add(labels)
      .Set(max_workers);
}

void ReconcileMetrics::OnBegin() { active_->Increment(); }

void ReconcileMetrics::OnEnd(ReconcileResult result, Nanos duration_ns) {
  active_->Decrement();
  duration_->Observe(Seconds(duration_ns));
  results_.at(result)->Increment();
  if (ResultName(result) == "error") errors_->Increment();
  if (result == ReconcileResult::kTerminalError) terminal_errors_->Increment();
}

ElectionMetrics::ElectionMetrics(prometheus::Registry* registry, const std::string& lease)
    : status_(&GaugeFamily(registry, "leader_election_master_status",
                           "1 while this process holds the lease, 0 otherwise.")
                   .Add({{"name", lease}})) {}

void ElectionMetrics::SetLeading(bool leading) { status_->Set(leading ? 1 : 0); }

ReflectorMetrics::ReflectorMetrics(prometheus::Registry* registry, const std::string& name) {
  const auto counter = [&](const char* metric, const char* help) {
    return &CounterFamily(registry, metric, help).Add({{"name", name}});
  };
  lists_ = counter("reflector_lists_total", "Lists begun; all but the first are relists.");
  list_errors_ = counter("reflector_list_errors_total", "Lists that failed.");
  watches_ = counter("reflector_watches_total", "Watches begun.");
  watch_errors_ = counter("reflector_watch_errors_total",
                          "Watches that did not open, were cut, or ended with an error.");
  events_ = counter("reflector_events_total", "Objects that watches have told, without bookmarks.");
}

void ReflectorMetrics::Set(const ReflectorCounters& counters) {
  Raise(lists_, counters.lists);
  Raise(list_errors_, counters.list_errors);
  Raise(watches_, counters.watches);
  Raise(watch_errors_, counters.watch_errors);
  Raise(events_, counters.events);
}

void ReflectorMetrics::Raise(prometheus::Counter* counter, std::uint64_t value) {
  const double more = static_cast<double>(value) - counter->Value();
  if (more > 0) counter->Increment(more);
}

}  // namespace clockwork::kube
