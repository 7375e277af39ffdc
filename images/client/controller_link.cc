#include "images/client/controller_link.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "images/common/base/clock.h"

namespace clockwork::client {
namespace {

// The controller narrows ids to 31 bits.
constexpr std::uint64_t kIdCount = std::uint64_t{1} << 31;

constexpr std::uint64_t AnswerTo(wire::ClientMessage type) {
  return static_cast<std::uint64_t>(type) + wire::kResponseTypeOffset;
}

// Only inference answers carry a body, the model's output.
std::uint64_t MaxBodyBytes(std::uint64_t type) {
  return type == AnswerTo(wire::ClientMessage::kInference) ? wire::kMaxBodyBytes : 0;
}

}  // namespace

ControllerLink::ControllerLink(net::EventLoop* loop, int fd, const net::StopSignal* stop)
    : loop_(loop), stop_(stop) {
  net::ConnectionOptions options;
  options.max_body_bytes = MaxBodyBytes;
  connection_ = loop_->AddConnection(fd, options, this);
}

std::uint32_t ControllerLink::NextId() {
  return static_cast<std::uint32_t>(ids_issued_++ % kIdCount);
}

std::uint32_t ControllerLink::SendInference(std::uint32_t user_id, std::uint32_t model_id,
                                            std::string_view input) {
  const std::uint32_t id = NextId();
  wire::InferenceRequest request;
  request.header = {static_cast<std::int32_t>(user_id), static_cast<std::int32_t>(id)};
  request.model_id = model_id;
  connection_->Send(static_cast<std::uint64_t>(wire::ClientMessage::kInference), id, request,
                    input);
  return id;
}

std::uint64_t ControllerLink::bytes_queued() const {
  if (connection_ == nullptr) return written_at_loss_;
  return connection_->bytes_written() + connection_->pending_output_bytes();
}

std::uint64_t ControllerLink::bytes_written() const {
  return connection_ == nullptr ? written_at_loss_ : connection_->bytes_written();
}

void ControllerLink::BeginCall(wire::ClientMessage type, wire::RequestHeader* header) {
  pending_id_ = NextId();
  pending_type_ = AnswerTo(type);
  answer_.reset();
  header->user_request_id = static_cast<std::int32_t>(pending_id_);
}

Result<std::string> ControllerLink::FinishCall() {
  const Nanos deadline_ns = NowNs() + kCallTimeoutNs;
  while (!answer_.has_value()) {
    if (lost()) return RuntimeError(lost_reason_);
    if (stop_->requested()) return RuntimeError("stopped by a signal");
    if (loop_->now_ns() >= deadline_ns) {
      return RuntimeError(fmt::format("the controller did not answer within {} s; see its log",
                                      kCallTimeoutNs / kSecond));
    }
    loop_->RunOnce(deadline_ns);
  }
  pending_type_ = 0;
  return std::exchange(answer_, std::nullopt).value();
}

void ControllerLink::OnFrame(net::Connection& connection, const net::Frame& frame) {
  if (frame.type != AnswerTo(wire::ClientMessage::kInference)) {
    OnCallAnswer(connection, frame);
    return;
  }
  wire::InferenceResponse response;
  if (Status status = Decode(frame.header, &response); !status.ok()) {
    connection.Close(fmt::format("the controller at {} sent a malformed answer: {}",
                                 connection.peer(), status.error().message));
  } else if (frame.id >= std::min(ids_issued_, kIdCount)) {
    connection.Close(fmt::format("the controller at {} answered request {}, which was never sent",
                                 connection.peer(), frame.id));
  } else if (listener_ != nullptr) {
    listener_->OnInference(static_cast<std::uint32_t>(frame.id), response.header.status,
                           frame.received_ns);
  }
}

void ControllerLink::OnCallAnswer(net::Connection& connection, const net::Frame& frame) {
  if (pending_type_ == 0 || answer_.has_value() || frame.type != pending_type_ ||
      frame.id != pending_id_) {
    connection.Close(
        fmt::format("the controller at {} sent a message of type {} with id {} that nobody asked "
                    "for",
                    connection.peer(), frame.type, frame.id));
    return;
  }
  answer_ = std::string(frame.header);
}

void ControllerLink::OnClosed(net::Connection& connection, const std::string& reason) {
  written_at_loss_ = connection.bytes_written();
  lost_reason_ = reason;
  connection_ = nullptr;
}

}  // namespace clockwork::client
