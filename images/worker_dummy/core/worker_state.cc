#include "images/worker_dummy/core/worker_state.h"

#include <algorithm>
#include <utility>

namespace clockwork::worker {

std::vector<std::uint32_t> BatchSizes(const ModelSpec& spec) {
  std::vector<std::uint32_t> sizes;
  for (const BatchTime& batch : spec.batches) sizes.push_back(batch.batch_size);
  return sizes;
}

std::vector<std::uint64_t> BatchExecNs(const ModelSpec& spec) {
  std::vector<std::uint64_t> times_ns;
  for (const BatchTime& batch : spec.batches) {
    times_ns.push_back(static_cast<std::uint64_t>(batch.exec_ns));
  }
  return times_ns;
}

wire::GetWorkerStateResult DescribeModels(const WorkerConfig& config, const ModelTable& models) {
  wire::GetWorkerStateResult state;
  state.page_bytes = config.page_bytes;
  state.host_weights_cache_bytes = UINT64_MAX;
  state.host_io_pool_bytes = config.host_io_pool_bytes;
  state.models.reserve(models.size());
  for (const std::uint32_t place : models.PlacesById()) {
    const LoadedModel& model = models.At(place);
    state.models.push_back({.model_id = models.IdOf(place),
                            .source = model.path,
                            .input_bytes = model.spec.input_bytes,
                            .output_bytes = model.spec.output_bytes,
                            .supported_batch_sizes = BatchSizes(model.spec),
                            .weights_bytes = model.spec.weights_pages * config.page_bytes,
                            .weights_pages = model.spec.weights_pages,
                            .weights_load_ns = static_cast<std::uint64_t>(model.spec.load_ns),
                            .batch_exec_ns = BatchExecNs(model.spec)});
  }
  return state;
}

wire::GpuInfo DescribeGpu(const WorkerConfig& config, const ModelTable& models,
                          std::uint32_t gpu_id, const WeightsCache& weights) {
  wire::GpuInfo gpu{.gpu_id = static_cast<std::int32_t>(gpu_id),
                    .weights_cache_bytes = config.weights_cache_bytes,
                    .weights_cache_pages = static_cast<std::int32_t>(weights.total_pages()),
                    .models = {},
                    .io_pool_bytes = config.io_pool_bytes,
                    .workspace_pool_bytes = config.workspace_pool_bytes};
  for (const std::uint32_t place : weights.PresentModels()) {
    gpu.models.push_back(static_cast<std::uint32_t>(models.IdOf(place)));
  }
  std::sort(gpu.models.begin(), gpu.models.end());
  return gpu;
}

}  // namespace clockwork::worker
