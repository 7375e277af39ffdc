#pragma once

// clockwork-operator as a running process: wiring, start and stop.
//
// Start: probe port → caches → leader election → workers. A replica that does not lead is ready as
// well; it only does not act. None is ready before its caches are filled, nor while its role lacks
// a permission; workers are started all the same, to say so in the experiments' conditions. Caches
// that are neither filled nor refused within Options::cache_sync_timeout_ms end the process.
// Stop (SIGTERM, SIGINT): workers finish their write → Events → requests are cut → caches → the
// lease is given back → the probe port closes. Bounded by kStopLimitNs, after which the process
// ends as it is: nothing is lost by that.
// A leader that loses its lease writes nothing from that moment on (the client asks the fence
// before each write), lets its workers come to their end, and stands again. Nothing of one term is
// left in the next: where the workers do not end within kStandDownNs the process does, with exit
// code 1.

#include <prometheus/registry.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/net/stop_signal.h"
#include "operator/kube/client.h"
#include "operator/kube/event_recorder.h"
#include "operator/kube/health_server.h"
#include "operator/kube/lease_election.h"
#include "operator/kube/lease_store.h"
#include "operator/kube/metrics.h"
#include "operator/kube/process_metrics.h"
#include "operator/kube/stop_signal.h"
#include "operator/kube/throttle.h"
#include "operator/kube/work_queue.h"
#include "operator/reconcile/caches.h"
#include "operator/reconcile/experiment_metrics.h"
#include "operator/reconcile/options.h"
#include "operator/reconcile/reconciler.h"

namespace clockwork::reconcile {

// Within the pod's grace of ten seconds; sanitizers make everything many times slower.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr Nanos kStopLimitNs = 20 * kSecond;
#else
inline constexpr Nanos kStopLimitNs = 8 * kSecond;
#endif
inline constexpr Nanos kWorkerStopNs = 500 * kMillisecond;  // for the write under way
inline constexpr Nanos kEventFlushNs = 300 * kMillisecond;
// What a worker may take to its end without a write: two reads, each with all its waits.
inline constexpr Nanos kStandDownNs = 2 * kube::kMaxRetryTotalNs + 60 * kSecond;
// A leader's requests must be over before another may lead: lease - renew deadline.
inline constexpr Nanos kMinRequestLimitNs = kSecond;

class OperatorProcess {
 public:
  // Reads the configuration; connects to nothing. Errors are for the user.
  static Result<std::unique_ptr<OperatorProcess>> Create(const Options& options,
                                                         kube::OperatorLog* log);
  ~OperatorProcess();

  // Until `stop` says so. `stop` must outlive this.
  Status Run(net::StopSignal* stop);

 private:
  OperatorProcess(const Options& options, kube::OperatorLog* log);

  Status Connect();
  void Build(const std::string& host);
  void BuildElection();
  Status Serve();
  kube::HealthEndpoints Endpoints();
  std::string RenderMetrics();
  // Until the caches are filled or refused (Caches::HasSettled), a signal or the limit.
  Status AwaitCaches(net::StopSignal* stop);
  void Begin();
  // Until a signal; tells that the process is ready when it becomes so.
  Status AwaitStop(net::StopSignal* stop);
  // Or lets them go on, when they are there.
  void StartWorkers();
  void StandDown();
  void Work();
  void Finish(const std::string& key, const ReconcileEnd& end, Nanos duration_ns);
  void Shutdown();
  // Ends requests and waits for requests, now and later. Any thread.
  void CutRequests();
  bool MayWrite() const { return !election_ || election_->MayWrite(); }

  const Options options_;
  kube::OperatorLog* log_;
  std::string identity_;
  std::string own_namespace_;

  kube::OutageLog outages_;
  kube::StopSignal stopping_;  // ends waits of the throttle and of retries
  std::unique_ptr<kube::HttpTransport> transport_;
  std::unique_ptr<kube::HttpTransport> lease_transport_;
  std::unique_ptr<kube::BucketThrottle> throttle_;
  std::unique_ptr<kube::Client> client_;
  std::unique_ptr<kube::Client> lease_client_;

  prometheus::Registry registry_;
  std::unique_ptr<kube::RequestMetrics> request_metrics_;
  std::unique_ptr<kube::QueueMetrics> queue_metrics_;
  std::unique_ptr<kube::ReconcileMetrics> reconcile_metrics_;
  std::unique_ptr<kube::ElectionMetrics> election_metrics_;
  std::unique_ptr<kube::ProcessMetrics> process_metrics_;
  std::vector<std::unique_ptr<kube::ReflectorMetrics>> reflector_metrics_;
  std::unique_ptr<ExperimentMetrics> experiment_metrics_;
  std::mutex render_mutex_;  // one rendering at a time: it sets gauges

  std::unique_ptr<kube::WorkQueue> queue_;
  std::unique_ptr<Caches> caches_;
  std::unique_ptr<kube::ClientEventSink> event_sink_;
  std::unique_ptr<kube::EventRecorder> events_;
  std::unique_ptr<Reconciler> reconciler_;
  std::unique_ptr<kube::ClientLeaseStore> lease_store_;
  std::unique_ptr<kube::LeaseElection> election_;
  std::unique_ptr<kube::HealthServer> health_;

  std::mutex workers_mutex_;  // guards the two below
  bool workers_started_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace clockwork::reconcile
