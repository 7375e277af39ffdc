#pragma once

// What the worker wants done: results to send and models to look up. Filled by Worker (worker.h),
// emptied by whoever drives it. Values only.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "images/common/wire/worker_messages.h"
#include "images/worker_dummy/core/executor.h"

namespace clockwork::worker {

using AnyResult =
    std::variant<wire::ErrorResult, wire::LoadModelResult, wire::WeightsResult, wire::InferResult,
                 wire::ClearCacheResult, wire::GetWorkerStateResult>;

// One result for the connection that the action came from; to be dropped when that is gone.
struct OutgoingResult {
  ConnectionId connection = 0;
  wire::WorkerMessage type = wire::WorkerMessage::kErrorResult;
  Nanos clock_delta_ns = 0;
  std::uint64_t body_bytes = 0;  // zeros that follow, an infer's output
  AnyResult result;              // complete but for result_sent_ns
};

// Sets the result's result_sent_ns for a result sent at now_ns: now - delta (spec/worker.md §4.7).
void StampSent(Nanos now_ns, OutgoingResult* outgoing);

struct Effects {
  std::vector<OutgoingResult> results;  // in the order to send them
  // Paths of models to look up, at most one; answer with Worker::OnModelRead.
  std::vector<std::string> model_reads;
};

}  // namespace clockwork::worker
