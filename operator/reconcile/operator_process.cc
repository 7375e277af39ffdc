#include "operator/reconcile/operator_process.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>

#include "images/common/base/clock.h"
#include "images/common/base/exit_code.h"
#include "images/common/base/version.h"
#include "images/common/net/ready_file.h"
#include "operator/kinds.h"
#include "operator/kube/cpprest_transport.h"
#include "operator/reconcile/configuration.h"
#include "operator/reconcile/notice.h"

namespace clockwork::reconcile {
namespace {

constexpr int kStopPollMs = 20;  // how soon a signal is seen while the caches fill
constexpr Nanos kAgainNs = 0;

kube::ElectionOptions ElectionOf(const Options& options, const std::string& identity) {
  kube::ElectionOptions election;
  election.identity = identity;
  election.lease_ns = options.lease_duration_ms * kMillisecond;
  election.renew_deadline_ns = options.renew_deadline_ms * kMillisecond;
  election.retry_ns = options.retry_period_ms * kMillisecond;
  return election;
}

}  // namespace

OperatorProcess::OperatorProcess(const Options& options, kube::OperatorLog* log)
    : options_(options), log_(log), identity_(ReplicaIdentity(options)), outages_(log) {}

OperatorProcess::~OperatorProcess() = default;

Result<std::unique_ptr<OperatorProcess>> OperatorProcess::Create(const Options& options,
                                                                 kube::OperatorLog* log) {
  std::unique_ptr<OperatorProcess> process(new OperatorProcess(options, log));
  if (Status status = process->Connect(); !status.ok()) return status.error();
  return process;
}

Status OperatorProcess::Connect() {
  auto config = LoadConfiguration(options_);
  if (!config.ok()) return config.error();
  own_namespace_ = config->name_space;
  kube::TransportOptions transport;
  transport.user_agent = std::string(kOperatorName) + "/" + Version();
  if (options_.leader_elect) {
    const Nanos margin_ns =
        (options_.lease_duration_ms - options_.renew_deadline_ms) * kMillisecond;
    transport.request_limit_ns = std::max(margin_ns, kMinRequestLimitNs);
  }
  auto made = kube::MakeCpprestTransport(*config, transport);
  if (!made.ok()) return made.error();
  transport_ = std::move(*made);
  if (options_.leader_elect) {
    transport.user_agent += " leader-election";
    transport.request_limit_ns = kube::LeaseRequestTimeoutNs(ElectionOf(options_, identity_));
    transport.step_limit_ns = transport.request_limit_ns;
    auto lease = kube::MakeCpprestTransport(*config, transport);
    if (!lease.ok()) return lease.error();
    lease_transport_ = std::move(*lease);
  }
  Build(config->server);
  return {};
}

void OperatorProcess::Build(const std::string& host) {
  const auto wait = [this](Nanos span_ns) { return stopping_.WaitFor(span_ns); };
  throttle_ = std::make_unique<kube::BucketThrottle>(
      kube::RateLimit{options_.requests_per_second, options_.burst}, NowNs, wait);
  request_metrics_ = std::make_unique<kube::RequestMetrics>(&registry_, host);
  const auto observe = [this](const kube::RequestRecord& record) { (*request_metrics_)(record); };
  client_ = std::make_unique<kube::Client>(transport_.get(), throttle_.get(), observe, wait,
                                           [this] { return MayWrite(); });
  queue_metrics_ = std::make_unique<kube::QueueMetrics>(&registry_, "scalabilityexperiment");
  reconcile_metrics_ = std::make_unique<kube::ReconcileMetrics>(&registry_, "scalabilityexperiment",
                                                                static_cast<int>(options_.workers));
  process_metrics_ = std::make_unique<kube::ProcessMetrics>(&registry_);
  queue_ = std::make_unique<kube::WorkQueue>(kube::WorkQueueLimits{}, queue_metrics_.get());
  caches_ = std::make_unique<Caches>(
      CacheOptions{options_.namespaces, options_.watch_nodes}, client_.get(),
      [this](const std::string& key) { queue_->Add(key); }, log_, &outages_);
  for (const kube::Reflector* reflector : caches_->reflectors()) {
    reflector_metrics_.push_back(
        std::make_unique<kube::ReflectorMetrics>(&registry_, reflector->name()));
  }
  experiment_metrics_ =
      std::make_unique<ExperimentMetrics>([this] { return caches_->Experiments(); });
  event_sink_ = std::make_unique<kube::ClientEventSink>(client_.get());
  kube::EventRecorderOptions events;
  events.component = std::string(kOperatorName);
  events.instance = identity_;
  events.log = log_;
  events_ = std::make_unique<kube::EventRecorder>(events, event_sink_.get());
  reconciler_ = std::make_unique<Reconciler>(ReconcilerParts{
      client_.get(), caches_.get(), events_.get(), log_, &outages_, DefaultsOf(options_),
      [this] { return MayWrite(); }, WallNs, options_.look_again_ms * kMillisecond});
  if (options_.leader_elect) BuildElection();
}

void OperatorProcess::BuildElection() {
  const auto observe = [this](const kube::RequestRecord& record) { (*request_metrics_)(record); };
  lease_client_ = std::make_unique<kube::Client>(lease_transport_.get(), nullptr, observe);
  const std::string name_space =
      options_.lease_namespace.empty() ? own_namespace_ : options_.lease_namespace;
  lease_store_ = std::make_unique<kube::ClientLeaseStore>(lease_client_.get(), name_space,
                                                          options_.lease_name);
  election_metrics_ =
      std::make_unique<kube::ElectionMetrics>(&registry_, name_space + "/" + options_.lease_name);
  kube::ElectionEvents events;
  events.on_acquired = [this] {
    election_metrics_->SetLeading(true);
    StartWorkers();
  };
  events.on_lost = [this] {
    election_metrics_->SetLeading(false);
    StandDown();
  };
  election_ = std::make_unique<kube::LeaseElection>(
      ElectionOf(options_, identity_), lease_store_.get(), std::move(events), log_, &outages_);
}

Status OperatorProcess::Run(net::StopSignal* stop) {
  if (Status status = Serve(); !status.ok()) return status;
  events_->Start();
  caches_->Start();
  Status status = AwaitCaches(stop);
  if (status.ok() && !stop->requested()) status = AwaitStop(stop);
  log_->Info("stopping");
  Shutdown();
  log_->Info("stopped");
  return status;
}

Status OperatorProcess::AwaitCaches(net::StopSignal* stop) {
  const Nanos limit_ns = NowNs() + options_.cache_sync_timeout_ms * kMillisecond;
  pollfd wait{stop->fd(), POLLIN, 0};
  while (!stop->Poll() && !caches_->HasSettled()) {
    if (NowNs() >= limit_ns) {
      return RuntimeError(
          "--cache-sync-timeout-ms " + std::to_string(options_.cache_sync_timeout_ms) +
          ": by then not listed: " + caches_->Missing() + "; see whether the API server answers");
    }
    ::poll(&wait, 1, kStopPollMs);
  }
  return {};
}

void OperatorProcess::Begin() {
  if (election_) {
    election_->Start();
  } else {
    StartWorkers();
  }
}

Status OperatorProcess::AwaitStop(net::StopSignal* stop) {
  bool ready = false;
  const auto tell_ready = [&]() -> Status {
    ready = caches_->HasSynced();
    if (!ready) return {};
    log_->Info("ready", {{"identity", identity_}, {"port", std::to_string(health_->port())}});
    return net::WriteReadyFile(options_.ready_file, health_->port());
  };
  if (Status status = tell_ready(); !status.ok()) return status;
  Begin();
  pollfd wait{stop->fd(), POLLIN, 0};
  while (!stop->Poll()) {
    ::poll(&wait, 1, ready ? -1 : kStopPollMs);
    if (ready) continue;
    if (Status status = tell_ready(); !status.ok()) return status;
  }
  return {};
}

void OperatorProcess::StartWorkers() {
  const std::lock_guard lock(workers_mutex_);
  queue_->Resume();
  if (workers_started_) return;
  workers_started_ = true;
  for (std::int64_t i = 0; i < options_.workers; ++i) workers_.emplace_back([this] { Work(); });
}

void OperatorProcess::StandDown() {
  // A worker that slept through somebody else's term would go on with what it had decided before.
  if (queue_->Pause(kStandDownNs)) return;
  log_->Warning("the work of a leader that leads no more does not end; ending as it is");
  ::_exit(kExitFailure);
}

void OperatorProcess::Work() {
  while (const auto key = queue_->Get()) {
    reconcile_metrics_->OnBegin();
    const Nanos begin_ns = NowNs();
    const ReconcileEnd end = reconciler_->Reconcile(*key);
    Finish(*key, end, NowNs() - begin_ns);
    queue_->Done(*key);
  }
}

void OperatorProcess::Finish(const std::string& key, const ReconcileEnd& end, Nanos duration_ns) {
  using Kind = ReconcileEnd::Kind;
  kube::ReconcileResult result = kube::ReconcileResult::kSuccess;
  switch (end.kind) {
    case Kind::kDone:
      queue_->Forget(key);
      if (end.wake_ns == kNever) break;
      queue_->AddAfter(key, std::max<Nanos>(0, end.wake_ns - WallNs()));
      result = kube::ReconcileResult::kRequeueAfter;
      break;
    case Kind::kAgain:
      queue_->Forget(key);
      queue_->AddAfter(key, kAgainNs);
      result = kube::ReconcileResult::kRequeue;
      break;
    case Kind::kConflict:
      queue_->AddAfter(key, kConflictPauseNs);
      result = kube::ReconcileResult::kRequeue;
      break;
    case Kind::kFailed:
      queue_->AddAfterFailure(key);
      result = kube::ReconcileResult::kError;
      break;
    case Kind::kFenced:
      queue_->AddAfter(key, kConflictPauseNs);  // the queue is paused soon, if it is not yet
      break;
  }
  reconcile_metrics_->OnEnd(result, duration_ns);
}

void OperatorProcess::CutRequests() {
  stopping_.Stop();
  transport_->Shutdown();
}

void OperatorProcess::Shutdown() {
  // Nothing is lost by an end in the middle: better that than one that takes for ever.
  kube::StopSignal finished;
  std::thread watchdog([this, &finished] {
    if (!finished.WaitFor(kStopLimitNs)) return;
    log_->Warning("did not stop in time; ending as it is");
    ::_exit(kExitFailure);
  });
  queue_->ShutDown(kube::QueueEnd::kDiscard);
  if (!queue_->WaitUntilIdle(kWorkerStopNs)) log_->Warning("a request is cut short");
  // The recorder's thread may be in a request that nobody answers: after its time it is cut.
  kube::StopSignal flushed;
  std::thread cut([this, &flushed] {
    if (flushed.WaitFor(kEventFlushNs)) CutRequests();
  });
  events_->Stop(kEventFlushNs);
  flushed.Stop();
  cut.join();
  CutRequests();
  {
    const std::lock_guard lock(workers_mutex_);
    workers_started_ = true;  // no later start
  }
  for (std::thread& worker : workers_) worker.join();
  caches_->Stop();
  if (election_) {
    election_->Stop();
    election_metrics_->SetLeading(false);
    lease_transport_->Shutdown();
  }
  health_.reset();
  finished.Stop();
  watchdog.join();
}

}  // namespace clockwork::reconcile
