#pragma once

// The client's side of its connection to the controller (spec/protocol.md §6.4–6.6): message ids,
// one pending call at a time, and inference answers passed on as they come. One thread, that of the
// loop.
//
// Whatever is no answer to something asked ends the connection with a reason; lost_reason() says
// why it is gone.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "images/common/base/result.h"
#include "images/common/base/time.h"
#include "images/common/net/connection.h"
#include "images/common/net/event_loop.h"
#include "images/common/net/stop_signal.h"
#include "images/common/wire/client_messages.h"

namespace clockwork::client {

// How long the controller may take to answer one call.
inline constexpr Nanos kCallTimeoutNs = 300 * kSecond;

// Gets the answers to inference requests.
class InferenceListener {
 public:
  virtual ~InferenceListener() = default;
  virtual void OnInference(std::uint32_t id, std::int32_t status, Nanos received_ns) = 0;
};

class ControllerLink final : public net::ConnectionHandler {
 public:
  // Takes over a connected socket. `loop` and `stop` must outlive the link.
  ControllerLink(net::EventLoop* loop, int fd, const net::StopSignal* stop);

  // Sends a request and runs the loop until its answer is there. Returns the answer's header, still
  // encoded. Fails when the controller goes away, takes too long, or the program is asked to stop.
  template <typename Request>
  Result<std::string> Call(wire::ClientMessage type, Request request) {
    BeginCall(type, &request.header);
    connection_->Send(static_cast<std::uint64_t>(type), pending_id_, request);
    return FinishCall();
  }

  // Queues an inference request, without waiting for anything, and returns its id. Requires
  // !lost().
  std::uint32_t SendInference(std::uint32_t user_id, std::uint32_t model_id,
                              std::string_view input);

  void SetListener(InferenceListener* listener) { listener_ = listener; }

  bool lost() const { return connection_ == nullptr || connection_->closed(); }
  // Known once the loop has taken another turn.
  const std::string& lost_reason() const { return lost_reason_; }

  // Bytes ever queued for the controller, and of these the ones already handed to the system.
  // Frozen when the connection is lost.
  std::uint64_t bytes_queued() const;
  std::uint64_t bytes_written() const;

 private:
  void OnFrame(net::Connection& connection, const net::Frame& frame) override;
  void OnClosed(net::Connection& connection, const std::string& reason) override;

  std::uint32_t NextId();
  void BeginCall(wire::ClientMessage type, wire::RequestHeader* header);
  Result<std::string> FinishCall();
  void OnCallAnswer(net::Connection& connection, const net::Frame& frame);

  net::EventLoop* const loop_;
  const net::StopSignal* const stop_;
  net::Connection* connection_;
  InferenceListener* listener_ = nullptr;
  std::string lost_reason_;
  std::uint64_t written_at_loss_ = 0;
  std::uint64_t ids_issued_ = 0;
  std::uint32_t pending_id_ = 0;
  std::uint64_t pending_type_ = 0;     // of the answer awaited; 0: none
  std::optional<std::string> answer_;  // of the pending call
};

}  // namespace clockwork::client
