// Carries out what the cores want.

#include "images/common/base/log.h"
#include "images/common/wire/client_messages.h"
#include "images/controller/server.h"

namespace clockwork::controller {
namespace {

// Of a model in an answer to LS, besides its path.
constexpr std::size_t kMaxNumbersOfAModelBytes = 48;

std::uint64_t ResponseType(wire::ClientMessage request) {
  return static_cast<std::uint64_t>(request) + wire::kResponseTypeOffset;
}

}  // namespace

net::Connection* Server::Client(std::uint32_t client) const { return clients_[client]; }

void Server::Flush() {
  for (const InferenceAnswer& answer : effects_.answers) {
    net::Connection* client = Client(answer.asker.client);
    if (client == nullptr) continue;  // gone; its rows are written all the same
    wire::InferenceResponse response;
    response.header = {answer.asker.user_request_id, answer.status, answer.message};
    response.model_id = answer.model_id;
    response.batch_size = answer.batch_size;
    client->Send(ResponseType(wire::ClientMessage::kInference), answer.asker.message_id, response,
                 answer.output);
  }
  for (const ActionToSend& action : effects_.actions) {
    workers_[action.worker].Send(action, effects_);
  }
  for (const telemetry::RequestRow& row : effects_.request_rows) log_->Append(row);
  for (const telemetry::ActionRow& row : effects_.action_rows) log_->Append(row);
  for (const std::string& warning : effects_.warnings) LogWarning("{}", warning);
  effects_.Clear();
}

void Server::FlushStartup() {
  for (const LoadModelToSend& load : startup_effects_.loads) {
    workers_[load.worker].SendLoadModel(load.action);
  }
  for (const LoadModelAnswer& answer : startup_effects_.answers) {
    if (answer.status != wire::kStatusSuccess) LogWarning("load refused: {}", answer.message);
    net::Connection* client = Client(answer.asker.client);
    if (client == nullptr) continue;
    wire::LoadModelResponse response;
    // A successful response repeats no request id (spec/protocol.md §6.6).
    const bool success = answer.status == wire::kStatusSuccess;
    response.header = {success ? 0 : answer.asker.user_request_id, answer.status, answer.message};
    response.model_id = answer.model_id;
    response.input_bytes = answer.input_bytes;
    response.output_bytes = answer.output_bytes;
    response.copies_created = answer.copies;
    client->Send(ResponseType(wire::ClientMessage::kLoadModel), answer.asker.message_id, response);
  }
  for (const Bounce& bounce : startup_effects_.bounces) SendBounce(bounce);
  startup_effects_.Clear();
}

void Server::SendBounce(const Bounce& bounce) {
  net::Connection* client = Client(bounce.asker.client);
  if (client == nullptr) return;
  const wire::ResponseHeader header{bounce.asker.user_request_id, wire::kStatusInitializing,
                                    "the controller is initialising"};
  if (bounce.is_inference) {
    client->Send(ResponseType(wire::ClientMessage::kInference), bounce.asker.message_id,
                 wire::InferenceResponse{header, bounce.model_id, 1});
  } else {
    client->Send(ResponseType(wire::ClientMessage::kLs), bounce.asker.message_id,
                 wire::LsResponse{header, {}});
  }
}

void Server::SendModels(const Asker& asker) {
  wire::LsResponse response;
  response.header = {asker.user_request_id, wire::kStatusSuccess, {}};
  std::size_t bytes = 0;  // at most
  for (const ModelDescription& model : models_) {
    if (model.batches.empty()) continue;  // an id that was never given to a model
    response.models.push_back({model.model_id, model.path, model.input_bytes, model.output_bytes});
    bytes += model.path.size() + kMaxNumbersOfAModelBytes;
  }
  if (bytes > wire::kMaxHeaderBytes) {
    response.models.clear();
    response.header = {asker.user_request_id, wire::kStatusError,
                       "the models are more than one answer has room for"};
  }
  if (net::Connection* client = Client(asker.client); client != nullptr) {
    client->Send(ResponseType(wire::ClientMessage::kLs), asker.message_id, response);
  }
}

}  // namespace clockwork::controller
