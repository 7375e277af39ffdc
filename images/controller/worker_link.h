#pragma once

// The controller's end of one worker connection: what is to be sent, in order, and what came too
// late to be worth sending (spec/controller.md §5.10).
//
// The original allows two messages at a time to be on their way into sockets, over all workers.
// Here a worker whose socket is full holds back its own actions only. An action that is still held
// back after its send-by time is handed back. One thread.

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "images/common/net/connection.h"
#include "images/controller/core/effects.h"
#include "images/controller/core/startup.h"

namespace clockwork::controller {

class WorkerLink {
 public:
  // Called for an action that is too late to be sent.
  using NotSent = std::function<void(std::int32_t action_id)>;

  void Attach(net::Connection* connection) { connection_ = connection; }
  void Detach() {
    connection_ = nullptr;
    held_back_.clear();
  }
  net::Connection* connection() const { return connection_; }

  void SendGetState(std::uint32_t worker);
  void SendLoadModel(const wire::LoadModelAction& action);
  // `effects` holds the action's inputs.
  void Send(const ActionToSend& action, const Effects& effects);

  // Once per turn, after output was written: sends what was held back if the socket takes it.
  void Resume(Nanos now_ns, const NotSent& not_sent);
  std::size_t held_back() const { return held_back_.size(); }

 private:
  struct HeldBack {
    ActionToSend action;
    std::vector<std::uint32_t> input_sizes;
    std::string inputs;
  };

  bool Blocked() const { return blocked_ || !held_back_.empty(); }
  void SendInfer(const ActionToSend& action, const std::uint32_t* input_sizes,
                 std::string_view inputs);
  void SendNow(const ActionToSend& action, const std::uint32_t* input_sizes,
               std::string_view inputs);

  net::Connection* connection_ = nullptr;
  bool blocked_ = false;  // the socket did not take everything of the last turn
  std::deque<HeldBack> held_back_;
  wire::InferAction infer_;  // reused for its list
};

}  // namespace clockwork::controller
