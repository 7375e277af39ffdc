#include "images/worker_dummy/server.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "images/common/base/log.h"
#include "images/common/wire/worker_messages.h"
#include "images/worker_dummy/core/transitions.h"
#include "images/worker_dummy/model_source.h"

namespace clockwork::worker {
namespace {

std::uint64_t MaxBodyBytes(std::uint64_t type) {
  return type == static_cast<std::uint64_t>(wire::WorkerMessage::kInfer) ? wire::kMaxBodyBytes : 0;
}

// The state of very many GPUs may be too long for any receiver; an error in its place is not.
void ReplaceWhenTooLong(OutgoingResult* outgoing) {
  const auto* state = std::get_if<wire::GetWorkerStateResult>(&outgoing->result);
  if (state == nullptr) return;
  std::string encoded;
  wire::Append(*state, &encoded);
  if (encoded.size() <= wire::kMaxHeaderBytes) return;
  *outgoing = MakeError({.connection = outgoing->connection}, state->action_id,
                        wire::kActionGetWorkerState, wire::kActionRuntimeError,
                        fmt::format("the state takes {} bytes, more than the {} of a message",
                                    encoded.size(), wire::kMaxHeaderBytes));
}

double Milliseconds(Nanos span_ns) { return static_cast<double>(span_ns) / kMillisecond; }

}  // namespace

Server::Server(const WorkerConfig& config, net::EventLoop* loop)
    : loop_(loop), worker_(config), next_statistics_ns_(loop->now_ns() + kStatisticsPeriodNs) {}

void Server::Accept(int fd) {
  if (connections_.size() >= kMaxConnections) {
    LogWarning("refused a connection: {} are open already", connections_.size());
    ::close(fd);
    return;
  }
  net::ConnectionOptions options;
  options.max_body_bytes = MaxBodyBytes;
  options.pause_reading_above_bytes = kPauseReadingAboveBytes;
  net::Connection* connection = loop_->AddConnection(fd, options, this);
  connections_.emplace(next_id_, connection);
  ids_.emplace(connection, next_id_);
  ++next_id_;
  LogInfo("{} connected", connection->peer());
}

void Server::RunOnce() {
  loop_->RunOnce(std::min(worker_.NextWakeNs(), next_statistics_ns_));
  worker_.OnTimer(loop_->now_ns(), &effects_);
  Flush();
  if (loop_->now_ns() >= next_statistics_ns_) LogStatistics();
}

void Server::OnFrame(net::Connection& connection, const net::Frame& frame) {
  const Origin origin{ids_.at(&connection), frame.received_ns, connection.clock().OffsetNs()};
  if (Status status = Dispatch(origin, frame); !status.ok()) {
    connection.Close(status.error().message);
  }
  Flush();
}

template <typename Action, typename Deliver>
Status Server::Decoded(const net::Frame& frame, Action&& action, Deliver&& deliver) {
  if (Status status = wire::Decode(frame.header, &action); !status.ok()) return status;
  deliver(action);
  return {};
}

Status Server::Dispatch(const Origin& origin, const net::Frame& frame) {
  const Nanos now_ns = loop_->now_ns();
  const auto deliver = [&](const auto& action) {
    worker_.OnAction(now_ns, origin, action, &effects_);
  };
  switch (static_cast<wire::WorkerMessage>(frame.type)) {
    case wire::WorkerMessage::kInfer:
      return Decoded(frame, infer_, [&](const wire::InferAction& action) {
        worker_.OnAction(now_ns, origin, action, frame.body.size(), &effects_);
      });
    case wire::WorkerMessage::kLoadWeights:
      return Decoded(frame, wire::LoadWeightsAction{}, deliver);
    case wire::WorkerMessage::kEvictWeights:
      return Decoded(frame, wire::EvictWeightsAction{}, deliver);
    case wire::WorkerMessage::kLoadModel:
      return Decoded(frame, wire::LoadModelAction{}, deliver);
    case wire::WorkerMessage::kClearCache:
      return Decoded(frame, wire::PlainAction{}, [&](const wire::PlainAction& action) {
        worker_.OnClearCache(now_ns, origin, action, &effects_);
      });
    case wire::WorkerMessage::kGetWorkerState:
      LogInfo("reporting the worker's state");
      return Decoded(frame, wire::PlainAction{}, [&](const wire::PlainAction& action) {
        worker_.OnGetWorkerState(now_ns, origin, action, &effects_);
      });
    default:
      return RuntimeError(fmt::format("message type {} is no action", frame.type));
  }
}

void Server::OnClosed(net::Connection& connection, const std::string& reason) {
  const ConnectionId id = ids_.at(&connection);
  ids_.erase(&connection);
  connections_.erase(id);
  const std::uint64_t before = worker_.counters().cancelled;
  worker_.OnDisconnect(loop_->now_ns(), id, &effects_);
  LogInfo("{} disconnected ({}); {} queued actions dropped, {} connections left", connection.peer(),
          reason, worker_.counters().cancelled - before, connections_.size());
  Flush();
}

void Server::Flush() {
  LookUpModels();
  for (OutgoingResult& outgoing : effects_.results) Send(&outgoing);
  effects_.results.clear();
}

void Server::LookUpModels() {
  while (!effects_.model_reads.empty()) {
    const std::string path = std::move(effects_.model_reads.front());
    effects_.model_reads.clear();  // there is never more than one
    const ModelRead read = LookUpModel(path, worker_.config().page_bytes);
    if (read.status == 0) {
      LogInfo("loading {}", path);
    } else {
      LogWarning("cannot load {}: {}", path, read.message);
    }
    worker_.OnModelRead(loop_->RefreshNow(), read, &effects_);
  }
}

void Server::Send(OutgoingResult* outgoing) {
  const auto found = connections_.find(outgoing->connection);
  if (found == connections_.end()) {
    ++dropped_;
    return;
  }
  if (zeros_.size() < outgoing->body_bytes) zeros_.resize(outgoing->body_bytes, '\0');
  const std::string_view body(zeros_.data(), outgoing->body_bytes);
  ReplaceWhenTooLong(outgoing);
  StampSent(loop_->now_ns(), outgoing);
  std::visit(
      [&](const auto& result) {
        found->second->Send(static_cast<std::uint64_t>(outgoing->type), 0, result, body);
      },
      outgoing->result);
}

void Server::LogStatistics() {
  std::string peers;
  for (const auto& [id, connection] : connections_) {
    peers += fmt::format("{}: clock skew {:+.3f} ms, RTT {:.3f} ms; ", connection->peer(),
                         Milliseconds(connection->clock().OffsetNs()),
                         Milliseconds(connection->clock().RoundTripNs()));
  }
  const WorkerCounters& now = worker_.counters();
  LogInfo("{}{} loads, {} infers, {} evictions, {} pending, {} errors, {} results dropped",
          peers.empty() ? "no controller; " : peers, now.loads - logged_.loads,
          now.infers - logged_.infers, now.evictions - logged_.evictions, worker_.pending(),
          now.errors - logged_.errors, dropped_);
  logged_ = now;
  dropped_ = 0;
  next_statistics_ns_ = loop_->now_ns() + kStatisticsPeriodNs;
}

}  // namespace clockwork::worker
