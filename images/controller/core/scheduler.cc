#include "images/controller/core/scheduler.h"

#include <fmt/format.h>

#include <algorithm>

namespace clockwork::controller {
namespace {

std::size_t UsedGpus(std::uint64_t max_gpus, const Cluster& cluster, std::size_t worker) {
  // Each worker in turn gets its even share of what is left (spec §5.3).
  std::uint64_t remaining = max_gpus;
  std::uint64_t used = 0;
  for (std::size_t w = 0; w <= worker; ++w) {
    used =
        std::min<std::uint64_t>(cluster.workers[w].gpus, remaining / (cluster.workers.size() - w));
    remaining -= used;
  }
  return used;
}

std::size_t TotalGpus(std::uint64_t max_gpus, const Cluster& cluster) {
  std::size_t total = 0;
  for (std::size_t w = 0; w < cluster.workers.size(); ++w) total += UsedGpus(max_gpus, cluster, w);
  return total;
}

}  // namespace

Status Scheduler::Check(const SchedulerOptions& options, const Cluster& cluster) {
  if (options.schedule_ahead_ns <= ExecutorTracker::kFutureNs) {
    return UsageError(
        fmt::format("schedule_ahead: {} ns plans nothing, because an action needs {} ns to reach "
                    "a worker; give more than that",
                    options.schedule_ahead_ns, ExecutorTracker::kFutureNs));
  }
  if (TotalGpus(options.max_gpus, cluster) == 0) {
    return RuntimeError("no worker has a GPU, or max_gpus is 0: nothing can be scheduled");
  }
  for (const WorkerDescription& worker : cluster.workers) {
    if (worker.pages_per_gpu != cluster.workers.front().pages_per_gpu) {
      return RuntimeError(fmt::format(
          "workers have GPUs of {} and of {} pages; start them with the same cache size",
          cluster.workers.front().pages_per_gpu, worker.pages_per_gpu));
    }
  }
  return {};
}

Result<std::unique_ptr<Scheduler>> Scheduler::Create(const SchedulerOptions& options,
                                                     Cluster cluster) {
  if (Status status = Check(options, cluster); !status.ok()) return status.error();
  return std::unique_ptr<Scheduler>(new Scheduler(options, std::move(cluster)));
}

Scheduler::Scheduler(const SchedulerOptions& options, Cluster cluster)
    : options_(options),
      tracker_(TotalGpus(options.max_gpus, cluster), cluster.models.size(), options.default_slo_ns,
               options.stop_loads_at_zero_demand),
      infer_open_(TotalGpus(options.max_gpus, cluster)),
      load_open_(TotalGpus(options.max_gpus, cluster)),
      load_listed_(TotalGpus(options.max_gpus, cluster)),
      timers_(2 * TotalGpus(options.max_gpus, cluster)),
      load_unlisted_(TotalGpus(options.max_gpus, cluster)) {
  for (std::size_t w = 0; w < cluster.workers.size(); ++w) {
    const std::size_t count = UsedGpus(options.max_gpus, cluster, w);
    for (std::size_t i = 0; i < count; ++i) {
      Gpu gpu;
      gpu.worker = static_cast<std::uint32_t>(w);
      gpu.index = static_cast<std::uint32_t>(i);
      gpu.free_pages = cluster.workers[w].pages_per_gpu;
      infer_open_.Insert(gpus_.size());
      load_open_.Insert(gpus_.size());
      gpus_.push_back(std::move(gpu));
    }
  }
  models_.reserve(cluster.models.size());
  for (ModelDescription& description : cluster.models) {
    AddModel(std::move(description), gpus_.size());
  }
}

void Scheduler::AddModel(ModelDescription description, std::size_t gpus) {
  Model model;
  for (const BatchInfo& batch : description.batches) {
    const bool used =
        batch.batch_size == 1 || (batch.exec_ns > 0 && batch.exec_ns <= options_.max_exec_ns &&
                                  batch.batch_size <= options_.max_batch);
    if (!used) continue;
    model.batch_sizes.push_back(batch.batch_size);
    model.exec.emplace_back(batch.exec_ns > 0 ? batch.exec_ns : kUnknownExecNs);
  }
  for (const ExecEstimate& exec : model.exec) model.exec_ns.push_back(exec.At(kDefaultGpuClock));
  if (!model.exec.empty()) model.single_ns = model.exec_ns.front();
  model.load = LoadEstimate(description.load_ns);
  model.queue = ModelQueue(std::max<std::size_t>(model.batch_sizes.size(), 1));
  model.loaded = GpuSet(gpus);
  model.active = GpuSet(gpus);
  model.description = std::move(description);
  model.known = !model.batch_sizes.empty();
  if (model.known) {
    model.largest_batch = model.batch_sizes.back();
    UpdateDemand(&model);
  }
  models_.push_back(std::move(model));
}

void Scheduler::Advance(Nanos now_ns, Effects* effects) {
  advanced_ns_ = now_ns;
  ExpireDue(now_ns, effects);
  ReportDueErrors(now_ns, effects);
  while (timers_.NextNs() <= now_ns) {
    const std::uint32_t id = timers_.Pop();
    const std::size_t g = id / 2;
    if (id == InferTimer(g)) {
      UpdateInferOpen(now_ns, g);
    } else {
      UpdateLoadOpen(now_ns, g);
    }
  }
  ScheduleInfers(now_ns, effects);
  ScheduleLoads(now_ns, effects);
  ForgetAnsweredTimeouts();
}

Nanos Scheduler::NextWakeNs() const {
  if (!loading_gpus_.empty() || !load_opened_.empty()) return advanced_ns_;
  Nanos next_ns = timers_.NextNs();
  if (!default_timeouts_.empty()) {
    next_ns = std::min(next_ns, default_timeouts_.front().deadline_ns);
  }
  if (!other_timeouts_.empty()) next_ns = std::min(next_ns, other_timeouts_.front().deadline_ns);
  if (!delayed_errors_.empty()) next_ns = std::min(next_ns, delayed_errors_.top().report_ns);
  return next_ns;
}

void Scheduler::OnWorkerLost(Nanos now_ns, std::uint32_t worker, Effects* effects) {
  for (std::size_t g = 0; g < gpus_.size(); ++g) {
    if (gpus_[g].worker != worker || gpus_[g].lost) continue;
    gpus_[g].lost = true;
    infer_open_.Erase(g);
    load_open_.Erase(g);
    timers_.Cancel(InferTimer(g));
    timers_.Cancel(LoadTimer(g));
    for (std::uint32_t m = 0; m < models_.size(); ++m) Unload(g, m);
    tracker_.RemoveGpu(g);
  }
  for (const std::int32_t id : actions_.PendingIds()) {
    if (gpus_[actions_.Find(id)->gpu].worker != worker) continue;
    FailAction(now_ns, id, {wire::kActionShuttingDown, "the worker is gone"}, effects);
  }
}

}  // namespace clockwork::controller
