#pragma once

// A controller for tests: answers loads, LS and inferences as a Behaviour says, on any event loop.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/net/connection.h"
#include "images/common/net/event_loop.h"
#include "images/common/wire/client_messages.h"

namespace clockwork::client {

struct Behaviour {
  std::int32_t load_status = wire::kStatusSuccess;
  int copies_missing = 0;              // created fewer than asked for
  std::uint64_t input_bytes = 12'288;  // of every model
  int initialising_answers = 0;        // LS answers with status 5 before the first success
  std::int32_t ls_status = wire::kStatusSuccess;
  std::int32_t infer_status = wire::kStatusSuccess;
  bool answer_inferences = true;
  std::uint64_t close_after_inferences = UINT64_MAX;
  std::uint64_t answer_type = 0;  // of inferences; 0: the right one
  std::uint64_t id_offset = 0;    // added to the ids of inference answers
  bool cut_answers = false;       // inference answers without their required fields
};

class FakeController final : public net::ConnectionHandler {
 public:
  struct Load {
    std::string path;
    std::int32_t copies = 0;
  };

  FakeController(net::EventLoop* loop, Behaviour behaviour) : behaviour_(behaviour) {
    port_ = *loop->Listen("127.0.0.1", 0, [this, loop](int fd) {
      loop->AddConnection(fd, net::ConnectionOptions(), this);
    });
  }

  std::uint16_t port() const { return port_; }
  const std::vector<Load>& loads() const { return loads_; }
  std::uint64_t inferences() const { return inferences_; }
  std::size_t body_bytes() const { return body_bytes_; }  // of the latest inference
  // How many inferences each user id had.
  const std::map<std::int32_t, int>& users() const { return users_; }
  bool client_left() const { return client_left_; }

 private:
  void OnFrame(net::Connection& connection, const net::Frame& frame) override {
    switch (static_cast<wire::ClientMessage>(frame.type)) {
      case wire::ClientMessage::kLoadModel:
        return OnLoad(connection, frame);
      case wire::ClientMessage::kLs:
        return OnLs(connection, frame);
      case wire::ClientMessage::kInference:
        return OnInference(connection, frame);
      default:
        connection.Close("unexpected message");
    }
  }
  void OnClosed(net::Connection&, const std::string&) override { client_left_ = true; }

  void OnLoad(net::Connection& connection, const net::Frame& frame) {
    wire::LoadModelRequest request;
    if (!Decode(frame.header, &request).ok()) return connection.Close("malformed load");
    loads_.push_back({std::string(request.remote_path), request.copies});
    wire::LoadModelResponse response;
    response.header.status = behaviour_.load_status;
    response.header.message = "no such model";
    response.model_id = next_model_;
    response.input_bytes = behaviour_.input_bytes;
    response.copies_created = request.copies - behaviour_.copies_missing;
    next_model_ += static_cast<std::uint32_t>(request.copies);
    connection.Send(frame.type + wire::kResponseTypeOffset, frame.id, response);
  }

  void OnLs(net::Connection& connection, const net::Frame& frame) {
    wire::LsResponse response;
    response.header.status = behaviour_.ls_status;
    if (behaviour_.initialising_answers-- > 0) {
      response.header.status = wire::kStatusInitializing;
    }
    connection.Send(frame.type + wire::kResponseTypeOffset, frame.id, response);
  }

  void OnInference(net::Connection& connection, const net::Frame& frame) {
    wire::InferenceRequest request;
    if (!Decode(frame.header, &request).ok()) return connection.Close("malformed inference");
    ++users_[request.header.user_id];
    body_bytes_ = frame.body.size();
    if (++inferences_ > behaviour_.close_after_inferences) return connection.Close("enough");
    if (!behaviour_.answer_inferences) return;
    const std::uint64_t type = behaviour_.answer_type != 0 ? behaviour_.answer_type
                                                           : frame.type + wire::kResponseTypeOffset;
    if (behaviour_.cut_answers) {
      connection.Send(type, frame.id, wire::EvictResponse());
      return;
    }
    wire::InferenceResponse response;
    response.header.status = behaviour_.infer_status;
    response.model_id = request.model_id;
    response.batch_size = 1;
    connection.Send(type, frame.id + behaviour_.id_offset, response);
  }

  Behaviour behaviour_;
  std::uint16_t port_ = 0;
  std::uint32_t next_model_ = 0;
  std::vector<Load> loads_;
  std::uint64_t inferences_ = 0;
  std::size_t body_bytes_ = 0;
  std::map<std::int32_t, int> users_;
  bool client_left_ = false;
};

}  // namespace clockwork::client
