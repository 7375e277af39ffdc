#pragma once

// The contents of a worker's state as reported to a controller (spec/worker.md §4.8). Pure.

#include <vector>

#include "images/common/wire/worker_messages.h"
#include "images/worker_dummy/core/model_table.h"
#include "images/worker_dummy/core/weights_cache.h"
#include "images/worker_dummy/core/worker_config.h"

namespace clockwork::worker {

// The sizes, and the models by ascending id; the caller adds the GPUs. num_weights_pages is the
// count (the original reports the page size there).
wire::GetWorkerStateResult DescribeModels(const WorkerConfig& config, const ModelTable& models);

wire::GpuInfo DescribeGpu(const WorkerConfig& config, const ModelTable& models,
                          std::uint32_t gpu_id, const WeightsCache& weights);

// Supported batch sizes and their times, as on the wire.
std::vector<std::uint32_t> BatchSizes(const ModelSpec& spec);
std::vector<std::uint64_t> BatchExecNs(const ModelSpec& spec);

}  // namespace clockwork::worker
