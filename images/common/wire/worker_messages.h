#pragma once

// Actions and results between controller and worker (spec/protocol.md §6.4–6.6), as plain structs.
// Append and Decode as in client_messages.h. Points in time are Unix nanoseconds; `earliest_ns` and
// `latest_ns` are unsigned on the wire and here, because 2^64−1 means "no limit".

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "images/common/base/result.h"

namespace clockwork::wire {

// Word 2 of the pre-header on worker connections. A success result is its action plus 100.
enum class WorkerMessage : std::uint64_t {
  kLoadModel = 1,
  kLoadWeights = 2,
  kInfer = 3,
  kEvictWeights = 4,
  kClearCache = 5,
  kGetWorkerState = 6,
  kErrorResult = 100,
  kLoadModelResult = 101,
  kLoadWeightsResult = 102,
  kInferResult = 103,
  kEvictWeightsResult = 104,
  kClearCacheResult = 105,
  kGetWorkerStateResult = 106,
};

// action_type of ErrorResult and of the action log; not the message numbers above.
inline constexpr std::int32_t kActionLoadModel = 0;
inline constexpr std::int32_t kActionLoadWeights = 1;
inline constexpr std::int32_t kActionInfer = 2;
inline constexpr std::int32_t kActionEvictWeights = 3;
inline constexpr std::int32_t kActionClearCache = 4;
inline constexpr std::int32_t kActionGetWorkerState = 5;

// Action status (spec/telemetry.md §2.4).
inline constexpr std::int32_t kActionSuccess = 0;
inline constexpr std::int32_t kActionCancelled = 1;
inline constexpr std::int32_t kActionRuntimeError = 2;
inline constexpr std::int32_t kActionShuttingDown = 3;
inline constexpr std::int32_t kActionUnknownModel = 10;
inline constexpr std::int32_t kActionCouldNotStartInTime = 11;
inline constexpr std::int32_t kActionInvalidAction = 12;
inline constexpr std::int32_t kActionInvalidGpu = 13;
inline constexpr std::int32_t kActionInvalidModelId = 40;
inline constexpr std::int32_t kActionInvalidModelPath = 41;
inline constexpr std::int32_t kActionNotSentInTime = 45;
inline constexpr std::int32_t kLoadTooEarly = 50;
inline constexpr std::int32_t kLoadTooLate = 51;
inline constexpr std::int32_t kLoadUnknownModel = 52;
inline constexpr std::int32_t kLoadNotEnoughPages = 53;
inline constexpr std::int32_t kLoadWeightsChanged = 54;
inline constexpr std::int32_t kEvictTooEarly = 60;
inline constexpr std::int32_t kEvictTooLate = 61;
inline constexpr std::int32_t kEvictUnknownModel = 62;
inline constexpr std::int32_t kEvictNotInCache = 63;
inline constexpr std::int32_t kInferUnknownModel = 72;
inline constexpr std::int32_t kInferBadBatchSize = 73;
inline constexpr std::int32_t kInferBadInput = 75;
inline constexpr std::int32_t kExecTooEarly = 80;
inline constexpr std::int32_t kExecTooLate = 81;
inline constexpr std::int32_t kExecWeightsMissing = 82;
inline constexpr std::int32_t kExecWeightsChanged = 84;

struct Timing {
  std::uint64_t begin_ns = 0;
  std::uint64_t end_ns = 0;
  std::uint64_t duration_ns = 0;
};

struct LoadModelAction {
  std::int32_t action_id = 0;
  std::int32_t model_id = 0;  // of the first copy
  std::string_view model_path;
  std::uint64_t earliest_ns = 0;
  std::uint64_t latest_ns = 0;
  std::int32_t copies = 0;
  std::uint32_t max_batch_size = 0;
  std::uint64_t max_exec_ns = 0;
};

struct LoadWeightsAction {
  std::int32_t action_id = 0;
  std::int32_t model_id = 0;
  std::uint32_t gpu_id = 0;
  std::uint64_t earliest_ns = 0;
  std::uint64_t latest_ns = 0;
  std::uint64_t expected_duration_ns = 0;
};

struct EvictWeightsAction {
  std::int32_t action_id = 0;
  std::int32_t model_id = 0;
  std::uint32_t gpu_id = 0;
  std::uint64_t earliest_ns = 0;
  std::uint64_t latest_ns = 0;
};

struct InferAction {
  std::int32_t action_id = 0;
  std::int32_t model_id = 0;
  std::uint32_t gpu_id = 0;
  std::uint64_t earliest_ns = 0;
  std::uint64_t latest_ns = 0;
  std::uint64_t expected_duration_ns = 0;
  std::uint32_t batch_size = 0;
  std::vector<std::uint32_t> input_sizes;  // bytes of each request's input; INFER5 always sends it
};

// ClearCache and GetWorkerState actions.
struct PlainAction {
  std::int32_t action_id = 0;
};

struct ErrorResult {
  std::int32_t action_id = 0;
  std::int32_t action_type = 0;
  std::int32_t status = 0;
  std::string message;
  std::uint64_t action_received_ns = 0;
  std::uint64_t result_sent_ns = 0;
};

struct LoadModelResult {
  std::int32_t action_id = 0;
  Timing timing;
  std::uint64_t input_bytes = 0;
  std::uint64_t output_bytes = 0;
  std::vector<std::uint32_t> supported_batch_sizes;  // ascending
  std::uint64_t weights_bytes_in_cache = 0;
  std::uint32_t weights_pages = 0;
  std::uint64_t weights_load_ns = 0;
  std::vector<std::uint64_t> batch_exec_ns;  // one per supported batch size
  std::int32_t copies_created = 0;
  std::uint64_t action_received_ns = 0;
  std::uint64_t result_sent_ns = 0;
};

// Results of LoadWeights and of EvictWeights.
struct WeightsResult {
  std::int32_t action_id = 0;
  Timing timing;
  std::uint64_t action_received_ns = 0;
  std::uint64_t result_sent_ns = 0;
};

struct InferResult {
  std::int32_t action_id = 0;
  Timing copy_input;
  Timing exec;
  Timing copy_output;
  std::uint32_t gpu_id = 0;
  std::uint32_t gpu_clock_before = 0;
  std::uint32_t gpu_clock = 0;
  std::uint64_t action_received_ns = 0;
  std::uint64_t result_sent_ns = 0;
};

struct ClearCacheResult {
  std::int32_t action_id = 0;
  std::uint64_t action_received_ns = 0;
  std::uint64_t result_sent_ns = 0;
};

struct ModelInfo {
  std::int32_t model_id = 0;
  std::string source;
  std::uint64_t input_bytes = 0;
  std::uint64_t output_bytes = 0;
  std::vector<std::uint32_t> supported_batch_sizes;
  std::uint64_t weights_bytes = 0;
  std::uint32_t weights_pages = 0;
  std::uint64_t weights_load_ns = 0;
  std::vector<std::uint64_t> batch_exec_ns;
};

struct GpuInfo {
  std::int32_t gpu_id = 0;
  std::uint64_t weights_cache_bytes = 0;
  std::int32_t weights_cache_pages = 0;
  std::vector<std::uint32_t> models;  // with weights on the GPU, ascending
  std::uint64_t io_pool_bytes = 0;
  std::uint64_t workspace_pool_bytes = 0;
};

struct GetWorkerStateResult {
  std::int32_t action_id = 0;
  std::uint64_t page_bytes = 0;
  std::uint64_t host_weights_cache_bytes = 0;
  std::uint64_t host_io_pool_bytes = 0;
  std::vector<GpuInfo> gpus;
  std::vector<ModelInfo> models;
  std::uint64_t action_received_ns = 0;
  std::uint64_t result_sent_ns = 0;
};

void Append(const LoadModelAction& message, std::string* buffer);
void Append(const LoadWeightsAction& message, std::string* buffer);
void Append(const EvictWeightsAction& message, std::string* buffer);
void Append(const InferAction& message, std::string* buffer);
void Append(const PlainAction& message, std::string* buffer);
void Append(const ErrorResult& message, std::string* buffer);
void Append(const LoadModelResult& message, std::string* buffer);
void Append(const WeightsResult& message, std::string* buffer);
void Append(const InferResult& message, std::string* buffer);
void Append(const ClearCacheResult& message, std::string* buffer);
void Append(const GetWorkerStateResult& message, std::string* buffer);

// Repeated fields of *message are cleared first.
Status Decode(std::string_view bytes, LoadModelAction* message);
Status Decode(std::string_view bytes, LoadWeightsAction* message);
Status Decode(std::string_view bytes, EvictWeightsAction* message);
Status Decode(std::string_view bytes, InferAction* message);
Status Decode(std::string_view bytes, PlainAction* message);
Status Decode(std::string_view bytes, ErrorResult* message);
Status Decode(std::string_view bytes, LoadModelResult* message);
Status Decode(std::string_view bytes, WeightsResult* message);
Status Decode(std::string_view bytes, InferResult* message);
Status Decode(std::string_view bytes, ClearCacheResult* message);
Status Decode(std::string_view bytes, GetWorkerStateResult* message);

}  // namespace clockwork::wire
