// Decodes what workers and clients send and hands it to the cores. A message that cannot be
// understood closes the connection it came from and nothing else.

#include <fmt/format.h>

#include <cmath>

#include "images/common/base/log.h"
#include "images/common/wire/client_messages.h"
#include "images/common/wire/worker_messages.h"
#include "images/controller/server.h"

namespace clockwork::controller {

void Server::WorkerSide::OnFrame(net::Connection& connection, const net::Frame& frame) {
  const std::uint32_t worker = server_->worker_of_.at(&connection);
  if (Status status = server_->HandleWorkerFrame(worker, frame); !status.ok()) {
    connection.Close(status.error().message);
  }
}

void Server::WorkerSide::OnClosed(net::Connection& connection, const std::string& reason) {
  const std::uint32_t worker = server_->worker_of_.at(&connection);
  LogError("worker {} is lost: {}; its actions fail and its GPUs are used no more", worker, reason);
  server_->worker_of_.erase(&connection);
  server_->workers_[worker].Detach();
  const Nanos now_ns = server_->loop_->now_ns();
  if (server_->scheduler_) {
    server_->scheduler_->OnWorkerLost(now_ns, worker, &server_->effects_);
    server_->Flush();
  } else {
    server_->startup_.OnWorkerLost(now_ns, worker, &server_->startup_effects_);
    server_->FlushStartup();
    if (!server_->startup_.ready()) {
      server_->fatal_ = RuntimeError(fmt::format(
          "worker {} went away before it told its state: {}; is that a worker?", worker, reason));
    }
  }
}

void Server::ClientSide::OnFrame(net::Connection& connection, const net::Frame& frame) {
  const std::uint32_t client = server_->client_of_.at(&connection);
  if (Status status = server_->HandleClientFrame(client, frame); !status.ok()) {
    connection.Close(status.error().message);
  }
}

void Server::ClientSide::OnClosed(net::Connection& connection, const std::string& reason) {
  LogInfo("client left: {}", reason);
  server_->clients_[server_->client_of_.at(&connection)] = nullptr;
  server_->client_of_.erase(&connection);
}

Status Server::HandleWorkerState(std::uint32_t worker, const net::Frame& frame) {
  wire::GetWorkerStateResult result;
  if (Status status = Decode(frame.header, &result); !status.ok()) return status;
  if (scheduler_) return RuntimeError("worker state was not asked for");
  if (Status status = startup_.OnWorkerState(worker, result); !status.ok()) fatal_ = status;
  LogInfo("worker {} has {} GPUs and {} models", worker, result.gpus.size(), result.models.size());
  return {};
}

Status Server::HandleWorkerFrame(std::uint32_t worker, const net::Frame& frame) {
  const Nanos now_ns = frame.received_ns;
  switch (static_cast<wire::WorkerMessage>(frame.type)) {
    case wire::WorkerMessage::kInferResult: {
      wire::InferResult result;
      if (Status status = Decode(frame.header, &result); !status.ok()) return status;
      if (scheduler_) scheduler_->OnInferResult(now_ns, result, frame.body, &effects_);
      break;
    }
    case wire::WorkerMessage::kLoadWeightsResult:
    case wire::WorkerMessage::kEvictWeightsResult: {
      wire::WeightsResult result;
      if (Status status = Decode(frame.header, &result); !status.ok()) return status;
      if (!scheduler_) break;
      if (frame.type == static_cast<std::uint64_t>(wire::WorkerMessage::kLoadWeightsResult)) {
        scheduler_->OnLoadResult(now_ns, result, &effects_);
      } else {
        scheduler_->OnEvictResult(now_ns, result, &effects_);
      }
      break;
    }
    case wire::WorkerMessage::kErrorResult: {
      wire::ErrorResult result;
      if (Status status = Decode(frame.header, &result); !status.ok()) return status;
      if (scheduler_) {
        scheduler_->OnErrorResult(now_ns, result, &effects_);
      } else if (!startup_.ready()) {
        fatal_ = RuntimeError(
            fmt::format("worker {} refused to tell its state: {}", worker, result.message));
      } else {
        startup_.OnLoadModelError(now_ns, worker, result, &startup_effects_);
      }
      // Messages of answers point into `result`.
      Flush();
      break;
    }
    case wire::WorkerMessage::kLoadModelResult: {
      wire::LoadModelResult result;
      if (Status status = Decode(frame.header, &result); !status.ok()) return status;
      if (!scheduler_) startup_.OnLoadModelResult(now_ns, worker, result, &startup_effects_);
      break;
    }
    case wire::WorkerMessage::kGetWorkerStateResult:
      if (Status status = HandleWorkerState(worker, frame); !status.ok()) return status;
      break;
    default:
      return RuntimeError(fmt::format("message type {} is no result", frame.type));
  }
  if (scheduler_) {
    Flush();
  } else {
    FlushStartup();
  }
  return {};
}

Status Server::HandleClientFrame(std::uint32_t client, const net::Frame& frame) {
  switch (static_cast<wire::ClientMessage>(frame.type)) {
    case wire::ClientMessage::kInference:
      return HandleInference(client, frame);
    case wire::ClientMessage::kLoadModel:
      return HandleLoadModel(client, frame);
    case wire::ClientMessage::kLs:
      return HandleLs(client, frame);
    case wire::ClientMessage::kEvict:
    case wire::ClientMessage::kUploadModel:
      return HandleRefused(client, frame);
  }
  return RuntimeError(fmt::format("message type {} is no request", frame.type));
}

Status Server::HandleInference(std::uint32_t client, const net::Frame& frame) {
  wire::InferenceRequest request;
  if (Status status = Decode(frame.header, &request); !status.ok()) return status;
  // What is no number asks for nothing: the default SLO. It would make a damaged row of the log.
  if (!std::isfinite(request.slo_factor)) request.slo_factor = 0;
  const Asker asker{client, frame.id, request.header.user_id, request.header.user_request_id};
  if (scheduler_) {
    scheduler_->OnRequest(frame.received_ns,
                          {asker, request.model_id, request.batch_size, request.slo_factor,
                           frame.body, frame.behind_ns},
                          &effects_);
    if (!effects_.answers.empty()) Flush();
  } else {
    startup_.OnEarlyRequest(frame.received_ns, {asker, true, request.model_id}, &startup_effects_);
    FlushStartup();
  }
  return {};
}

Status Server::HandleLoadModel(std::uint32_t client, const net::Frame& frame) {
  wire::LoadModelRequest request;
  if (Status status = Decode(frame.header, &request); !status.ok()) return status;
  const Asker asker{client, frame.id, request.header.user_id, request.header.user_request_id};
  if (scheduler_) {
    startup_effects_.answers.push_back(
        {asker, wire::kStatusInvalidRequest, "models are loaded at start-up only", 0, 0, 0, 0});
  } else {
    startup_.OnLoadModel(frame.received_ns, asker, std::string(request.remote_path), request.copies,
                         &startup_effects_);
  }
  FlushStartup();
  return {};
}

Status Server::HandleLs(std::uint32_t client, const net::Frame& frame) {
  wire::HeaderOnlyRequest request;
  if (Status status = Decode(frame.header, &request); !status.ok()) return status;
  const Asker asker{client, frame.id, request.header.user_id, request.header.user_request_id};
  if (scheduler_) {
    SendModels(asker);
  } else {
    startup_.OnEarlyRequest(frame.received_ns, {asker, false, 0}, &startup_effects_);
    FlushStartup();
  }
  return {};
}

Status Server::HandleRefused(std::uint32_t client, const net::Frame& frame) {
  wire::HeaderOnlyRequest request;
  if (Status status = Decode(frame.header, &request); !status.ok()) return status;
  const wire::ResponseHeader header{request.header.user_request_id, wire::kStatusInvalidRequest,
                                    "this controller takes no such request"};
  const std::uint64_t type = frame.type + wire::kResponseTypeOffset;
  if (frame.type == static_cast<std::uint64_t>(wire::ClientMessage::kEvict)) {
    clients_[client]->Send(type, frame.id, wire::EvictResponse{header});
  } else {
    clients_[client]->Send(type, frame.id, wire::UploadModelResponse{header});
  }
  return {};
}

}  // namespace clockwork::controller
