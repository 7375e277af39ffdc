#include "images/client/load_phase.h"

#include <fmt/format.h>

#include "images/client/core/mapping.h"
#include "images/common/base/clock.h"
#include "images/common/base/log.h"
#include "images/common/model/model.h"
#include "images/common/wire/client_messages.h"

namespace clockwork::client {
namespace {

Result<LoadedModel> LoadEntry(ControllerLink* link, const ZooEntry& entry, std::size_t copies) {
  wire::LoadModelRequest request;
  request.remote_path = entry.path;
  request.copies = static_cast<std::int32_t>(copies);
  const auto answer = link->Call(wire::ClientMessage::kLoadModel, request);
  if (!answer.ok()) {
    return RuntimeError(fmt::format("model {}: {}", entry.name, answer.error().message));
  }
  wire::LoadModelResponse response;
  if (Status status = Decode(*answer, &response); !status.ok()) return status.error();
  if (response.header.status != wire::kStatusSuccess) {
    return RuntimeError(
        fmt::format("the controller refused to load model {} ({}) with status {}: {}", entry.name,
                    entry.path, response.header.status, response.header.message));
  }
  if (response.copies_created != request.copies) {
    return RuntimeError(fmt::format("the controller created {} instead of {} copies of model {}",
                                    response.copies_created, copies, entry.name));
  }
  if (response.input_bytes > kMaxTensorBytes) {
    return RuntimeError(fmt::format("model {} wants inputs of {} bytes; at most {} are possible",
                                    entry.name, response.input_bytes, kMaxTensorBytes));
  }
  return LoadedModel{response.model_id, response.input_bytes};
}

}  // namespace

Result<std::vector<LoadedModel>> LoadModels(ControllerLink* link, const ZooChoice& zoo,
                                            std::size_t copies) {
  std::vector<LoadedModel> models;
  std::size_t entries_left = zoo.entries.size();
  std::size_t copies_left = entries_left * copies;
  models.reserve(copies_left);
  for (const ZooEntry& entry : zoo.entries) {
    const std::size_t share = CopiesOfNextEntry(copies_left, entries_left);
    const auto first = LoadEntry(link, entry, share);
    if (!first.ok()) return first.error();
    AppendCopies(first->model_id, share, first->input_bytes, &models);
    copies_left -= share;
    --entries_left;
  }
  if (zoo.shuffle_models) ShuffleModels(&models);
  return models;
}

Status AwaitReady(ControllerLink* link, const std::function<void(Nanos deadline_ns)>& wait_until) {
  const Nanos give_up_ns = NowNs() + kReadyTimeoutNs;
  while (true) {
    const auto answer = link->Call(wire::ClientMessage::kLs, wire::HeaderOnlyRequest{});
    if (!answer.ok()) return answer.error();
    wire::LsResponse response;
    if (Status status = Decode(*answer, &response); !status.ok()) return status;
    if (response.header.status == wire::kStatusSuccess) return {};
    if (response.header.status != wire::kStatusInitializing) {
      return RuntimeError(
          fmt::format("the controller refused to list its models with status {}: {}",
                      response.header.status, response.header.message));
    }
    const Nanos now_ns = NowNs();
    if (now_ns >= give_up_ns) {
      return RuntimeError(
          fmt::format("the controller is still initialising after {} s; see its log",
                      kReadyTimeoutNs / kSecond));
    }
    wait_until(now_ns + kReadyRetryNs);
  }
}

}  // namespace clockwork::client
