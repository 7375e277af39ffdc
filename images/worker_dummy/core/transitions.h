#pragma once

// What starting and finishing an action does to a GPU and how it is answered: the checks of
// spec/worker.md §4.6, in their order. Pure functions over the model table and one GPU's weights.

#include <optional>
#include <string>

#include "images/worker_dummy/core/effects.h"
#include "images/worker_dummy/core/executor.h"
#include "images/worker_dummy/core/model_table.h"
#include "images/worker_dummy/core/weights_cache.h"
#include "images/worker_dummy/core/worker_config.h"

namespace clockwork::worker {

// The constant clock that an emulated GPU reports, MHz.
inline constexpr std::uint32_t kGpuClockMhz = 1380;
// The largest output of one infer that is made up and sent.
inline constexpr std::uint64_t kMaxOutputBytes = 256ULL << 20U;

// Either the action runs now, or it is answered already.
struct Started {
  std::optional<RunningAction> running;
  std::optional<OutgoingResult> result;
};

Started StartLoad(const ModelTable& models, const QueuedAction& action, Nanos now_ns,
                  WeightsCache* weights);
// Evicting takes no time: always answered.
Started StartEvict(const ModelTable& models, const QueuedAction& action, Nanos now_ns,
                   WeightsCache* weights);
Started StartInfer(const ModelTable& models, const QueuedAction& action, Nanos now_ns,
                   const WorkerConfig& config, const WeightsCache& weights);

OutgoingResult FinishLoad(const RunningAction& running, WeightsCache* weights);
OutgoingResult FinishInfer(const ModelTable& models, const RunningAction& running,
                           std::uint32_t gpu_id, const WeightsCache& weights);

// An error for any action; `action_type` as in wire/worker_messages.h.
OutgoingResult MakeError(const Origin& origin, std::int32_t action_id, std::int32_t action_type,
                         std::int32_t status, std::string message);

// begin and end moved back into the controller's time.
wire::Timing MakeTiming(Nanos begin_ns, Nanos end_ns, const Origin& origin);

// When the action was received, in the controller's time.
std::uint64_t ReceivedNs(const Origin& origin);

}  // namespace clockwork::worker
