#pragma once

// Messages between client and controller (spec/protocol.md §6.4–6.6), as plain structs.
//
// Append(message, &buffer) appends the protobuf encoding of the header. Decode(bytes, &message)
// reads it back; its Error names the message and the violated rule. Packed and unpacked repeated
// fields and unknown fields are accepted. Views in decoded messages point into the decoded bytes.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "images/common/base/result.h"

namespace clockwork::wire {

// Words 2 of the pre-header on client connections.
enum class ClientMessage : std::uint64_t {
  kUploadModel = 1,
  kInference = 2,
  kLoadModel = 3,
  kEvict = 4,
  kLs = 5,
};
// A response's type is its request's type plus this.
inline constexpr std::uint64_t kResponseTypeOffset = 100;

// Response status (spec/telemetry.md §2.4). A failed infer action's own status is passed through,
// so other values occur.
inline constexpr std::int32_t kStatusSuccess = 0;
inline constexpr std::int32_t kStatusError = 1;
inline constexpr std::int32_t kStatusTimeout = 4;
inline constexpr std::int32_t kStatusInitializing = 5;
inline constexpr std::int32_t kStatusInvalidRequest = 6;

struct RequestHeader {
  std::int32_t user_id = 0;
  std::int32_t user_request_id = 0;
};

struct ResponseHeader {
  std::int32_t user_request_id = 0;
  std::int32_t status = 0;
  std::string_view message;
};

struct InferenceRequest {
  RequestHeader header;
  std::uint32_t model_id = 0;
  std::uint32_t batch_size = 1;
  float slo_factor = 0;  // 0: the controller's default SLO
};

struct InferenceResponse {
  ResponseHeader header;
  std::uint32_t model_id = 0;
  std::uint32_t batch_size = 0;
};

struct LoadModelRequest {
  RequestHeader header;
  std::string_view remote_path;
  std::int32_t copies = 0;
};

struct LoadModelResponse {
  ResponseHeader header;
  std::uint32_t model_id = 0;  // of the first copy; the others follow
  std::uint64_t input_bytes = 0;
  std::uint64_t output_bytes = 0;
  std::int32_t copies_created = 0;
};

// Evict, Ls and UploadModel requests matter only for their RequestHeader.
struct HeaderOnlyRequest {
  RequestHeader header;
};

struct EvictResponse {
  ResponseHeader header;
};

struct UploadModelResponse {
  ResponseHeader header;
};

struct ClientModel {
  std::uint32_t model_id = 0;
  std::string_view remote_path;
  std::uint64_t input_bytes = 0;
  std::uint64_t output_bytes = 0;
};

struct LsResponse {
  ResponseHeader header;
  std::vector<ClientModel> models;
};

void Append(const InferenceRequest& message, std::string* buffer);
void Append(const InferenceResponse& message, std::string* buffer);
void Append(const LoadModelRequest& message, std::string* buffer);
void Append(const LoadModelResponse& message, std::string* buffer);
// As an LSReq, which has the header alone. (EvictReq and ModelUploadReq have further required
// fields.)
void Append(const HeaderOnlyRequest& message, std::string* buffer);
void Append(const EvictResponse& message, std::string* buffer);
void Append(const UploadModelResponse& message, std::string* buffer);
void Append(const LsResponse& message, std::string* buffer);

Status Decode(std::string_view bytes, InferenceRequest* message);
Status Decode(std::string_view bytes, InferenceResponse* message);
Status Decode(std::string_view bytes, LoadModelRequest* message);
Status Decode(std::string_view bytes, LoadModelResponse* message);
Status Decode(std::string_view bytes, HeaderOnlyRequest* message);
Status Decode(std::string_view bytes, EvictResponse* message);
Status Decode(std::string_view bytes, LsResponse* message);

}  // namespace clockwork::wire
