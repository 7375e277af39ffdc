#include "images/controller/server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "images/common/base/log.h"
#include "images/common/model/input.h"
#include "images/common/net/connect.h"
#include "images/common/net/ready_file.h"
#include "images/common/wire/client_messages.h"

namespace clockwork::controller {
namespace {

std::uint64_t MaxClientBody(std::uint64_t type) {
  const bool may = type == static_cast<std::uint64_t>(wire::ClientMessage::kInference) ||
                   type == static_cast<std::uint64_t>(wire::ClientMessage::kUploadModel);
  return may ? wire::kMaxBodyBytes : 0;
}

std::uint64_t MaxWorkerBody(std::uint64_t type) {
  return type == static_cast<std::uint64_t>(wire::WorkerMessage::kInferResult) ? wire::kMaxBodyBytes
                                                                               : 0;
}

// Models of equal input share one prepared input.
void PrepareInputs(std::vector<ModelDescription>* models) {
  std::map<std::uint64_t, std::shared_ptr<const std::string>> by_size;
  for (ModelDescription& model : *models) {
    auto& input = by_size[model.input_bytes];
    if (input == nullptr) {
      auto compressed = CompressedInput(model.input_bytes);
      if (!compressed.ok()) continue;
      input = std::make_shared<const std::string>(std::move(*compressed));
    }
    model.generated_input = input;
  }
}

}  // namespace

Server::Server(const ServerOptions& options, net::EventLoop* loop, net::StopSignal* stop,
               telemetry::TrialLog* log)
    : options_(options),
      loop_(loop),
      stop_(stop),
      log_(log),
      workers_(options.workers.size()),
      startup_(options.workers.size(), options.scheduler.max_batch, options.scheduler.max_exec_ns),
      next_flush_ns_(loop->now_ns() + kFlushPeriodNs),
      next_statistics_ns_(loop->now_ns() + kStatisticsPeriodNs) {}

Status Server::Listen() {
  auto port = loop_->Listen(options_.listen_address, options_.client_port,
                            [this](int fd) { AcceptClient(fd); });
  if (!port.ok()) return port.error();
  client_port_ = *port;
  return {};
}

Status Server::Start() {
  loop_->PaceTurns(kMinTurnNs);
  if (Status status = loop_->AddReader(stop_->fd(), stop_); !status.ok()) return status;
  return ConnectWorkers();
}

Status Server::ConnectWorkers() {
  net::ConnectionOptions limits;
  limits.max_body_bytes = MaxWorkerBody;
  for (std::uint32_t worker = 0; worker < workers_.size(); ++worker) {
    const HostPort& address = options_.workers[worker];
    auto fd = net::ConnectWithRetry(address, options_.worker_connect_timeout_ns, stop_);
    if (!fd.ok()) {
      if (stop_->Poll()) return {};
      return RuntimeError(fmt::format("worker {}: {}", worker, fd.error().message));
    }
    net::Connection* connection = loop_->AddConnection(*fd, limits, &worker_side_);
    worker_of_.emplace(connection, worker);
    workers_[worker].Attach(connection);
    workers_[worker].SendGetState(worker);
    LogInfo("connected to worker {} at {}:{}", worker, address.host, address.port);
  }
  state_deadline_ns_ = loop_->RefreshNow() + options_.worker_connect_timeout_ns;
  return {};
}

void Server::AcceptClient(int fd) {
  if (client_of_.size() >= kMaxClients) {
    LogWarning("refused a client: {} are connected already", client_of_.size());
    ::close(fd);
    return;
  }
  net::ConnectionOptions limits;
  limits.max_body_bytes = MaxClientBody;
  limits.pause_reading_above_bytes = kPauseReadingAboveBytes;
  net::Connection* connection = loop_->AddConnection(fd, limits, &client_side_);
  client_of_.emplace(connection, static_cast<std::uint32_t>(clients_.size()));
  clients_.push_back(connection);
  LogInfo("client {} connected", connection->peer());
}

Nanos Server::NextWakeNs() const {
  const Nanos core_ns = scheduler_ ? scheduler_->NextWakeNs() : startup_.NextWakeNs();
  const Nanos state_ns = startup_.ready() ? kNever : state_deadline_ns_;
  return std::min({core_ns, next_flush_ns_, next_statistics_ns_, state_ns});
}

Status Server::Run() {
  Status status;
  while (status.ok() && !stop_->requested()) status = Turn();
  if (scheduler_) LogStatistics();
  if (!status.ok()) return status;
  LogInfo("stopped by {}", stop_->number() == 2 ? "SIGINT" : "SIGTERM");
  return {};
}

Status Server::Turn() {
  loop_->FlushAll();
  for (WorkerLink& link : workers_) {
    link.Resume(loop_->now_ns(), [this](std::int32_t id) {
      if (scheduler_) scheduler_->OnNotSent(loop_->now_ns(), id);
    });
  }
  loop_->RunOnce(NextWakeNs());
  const Nanos now_ns = loop_->RefreshNow();
  if (scheduler_) {
    scheduler_->Advance(now_ns, &effects_);
    Flush();
  } else {
    startup_.Advance(now_ns, &startup_effects_);
    FlushStartup();
    if (startup_.ready()) {
      AnnounceReady();
    } else if (now_ns >= state_deadline_ns_) {
      return SilentWorker();
    }
    if (startup_.finished()) {
      if (Status status = EndStartup(); !status.ok()) return status;
    }
  }
  if (!fatal_.ok()) return fatal_;
  return Periodic();
}

Status Server::SilentWorker() const {
  for (std::size_t worker = 0; worker < workers_.size(); ++worker) {
    if (startup_.has_state(worker)) continue;
    const HostPort& address = options_.workers[worker];
    return RuntimeError(
        fmt::format("{}:{} accepted the connection but has not told its state within {} ms; is "
                    "that a worker?",
                    address.host, address.port, options_.worker_connect_timeout_ns / kMillisecond));
  }
  return {};
}

void Server::AnnounceReady() {
  if (announced_) return;
  announced_ = true;
  LogInfo("listening on {}:{}, awaiting LoadModel requests", options_.listen_address, client_port_);
  if (Status status = net::WriteReadyFile(options_.ready_file, client_port_); !status.ok()) {
    fatal_ = status;
  }
}

Status Server::EndStartup() {
  if (!startup_.left_out().empty()) {
    LogWarning("not every worker has {}: it is not used", startup_.left_out());
  }
  Cluster cluster = startup_.TakeCluster();
  if (options_.scheduler.generate_inputs) PrepareInputs(&cluster.models);
  models_ = cluster.models;
  auto scheduler = Scheduler::Create(options_.scheduler, std::move(cluster));
  if (!scheduler.ok()) return scheduler.error();
  scheduler_ = std::move(*scheduler);
  scheduler_->Reserve(kExpectedPendingRequests);
  for (std::uint32_t worker = 0; worker < workers_.size(); ++worker) {
    if (workers_[worker].connection() == nullptr) {
      scheduler_->OnWorkerLost(loop_->now_ns(), worker, &effects_);
    }
  }
  LogInfo("scheduling {} models on {} GPUs", models_.size(), scheduler_->gpus());
  return log_->StartActions();
}

Status Server::Periodic() {
  const Nanos now_ns = loop_->now_ns();
  if (now_ns >= next_flush_ns_) {
    next_flush_ns_ = now_ns + kFlushPeriodNs;
    if (Status status = log_->Flush(); !status.ok()) return status;
  }
  if (now_ns >= next_statistics_ns_) {
    next_statistics_ns_ = now_ns + kStatisticsPeriodNs;
    if (scheduler_) LogStatistics();
  }
  return {};
}

void Server::LogStatistics() {
  const SchedulerCounters now = scheduler_->counters();
  LogInfo(
      "requests {}, good {}, timed out {}, refused {}, shed {}; infers {}, loads {}, evictions {}, "
      "failed {}, unsent {}; {} requests pending; waited {} times for the disk",
      now.requests - reported_.requests, now.good - reported_.good,
      now.timeouts - reported_.timeouts, now.refused - reported_.refused, now.shed - reported_.shed,
      now.infers - reported_.infers, now.loads - reported_.loads,
      now.evictions - reported_.evictions, now.failed_actions - reported_.failed_actions,
      now.unsent_actions - reported_.unsent_actions, scheduler_->pending_requests(),
      log_->waits_for_disk());
  // Undecided both, whether too much was to be read or too many waited.
  log_->CountShed(now.shed + now.refused);
  reported_ = now;
}

}  // namespace clockwork::controller
