#include "images/controller/core/load_tracker.h"

#include <algorithm>

#include "images/common/base/int128.h"

namespace clockwork::controller {

LoadTracker::LoadTracker(std::size_t gpus, std::size_t models, Nanos capacity_ns, bool stop_at_zero)
    : capacity_ns_(capacity_ns),
      stop_at_zero_(stop_at_zero),
      models_(models),
      gpus_(gpus),
      instances_(gpus * models) {
  for (Model& model : models_) model.has = GpuSet(gpus);
  // Later models look more recently used from the start.
  for (std::uint32_t m = 0; m < models; ++m) {
    for (std::size_t g = 0; g < gpus; ++g) At(m, g).last_used = sequence_++;
  }
}

void LoadTracker::DemandChanged(std::uint32_t m) {
  Model& model = models_[m];
  if (!model.stale_distribution) {
    model.stale_distribution = true;
    stale_.push_back(m);
  }
  const bool wanted = Wanted(model);
  const bool listed = model.wanted_at != SIZE_MAX;
  if (wanted == listed) return;
  if (wanted) {
    model.wanted_at = wanted_.size();
    wanted_.push_back(m);
  } else {
    const std::uint32_t last = wanted_.back();
    wanted_[model.wanted_at] = last;
    models_[last].wanted_at = model.wanted_at;
    wanted_.pop_back();
    model.wanted_at = SIZE_MAX;
  }
}

void LoadTracker::AddDemand(std::uint32_t m, Nanos exec_ns, Nanos load_ns) {
  models_[m].exec_ns += exec_ns;
  models_[m].load_ns += load_ns;
  DemandChanged(m);
}

void LoadTracker::LoadDemandDone(std::uint32_t m, Nanos load_ns) {
  models_[m].load_ns -= load_ns;
  DemandChanged(m);
}

void LoadTracker::ExecDemandDone(std::uint32_t m, Nanos exec_ns) {
  models_[m].exec_ns -= exec_ns;
  DemandChanged(m);
}

void LoadTracker::Used(std::uint32_t m, std::size_t gpu) {
  Instance& instance = At(m, gpu);
  instance.last_used = sequence_++;
  if (!instance.loaded) return;
  Unlink(m, gpu);
  Link(m, gpu);
}

void LoadTracker::Link(std::uint32_t m, std::size_t gpu) {
  Gpu& list = gpus_[gpu];
  Instance& instance = At(m, gpu);
  instance.loaded = true;
  instance.newer = kNoModel;
  instance.older = list.newest;
  (list.newest == kNoModel ? list.oldest : At(list.newest, gpu).newer) = m;
  list.newest = m;
}

void LoadTracker::Unlink(std::uint32_t m, std::size_t gpu) {
  Gpu& list = gpus_[gpu];
  Instance& instance = At(m, gpu);
  instance.loaded = false;
  (instance.older == kNoModel ? list.oldest : At(instance.older, gpu).newer) = instance.newer;
  (instance.newer == kNoModel ? list.newest : At(instance.newer, gpu).older) = instance.older;
}

void LoadTracker::AddHolder(std::uint32_t m, std::size_t gpu) {
  Model& model = models_[m];
  model.has.Insert(gpu);
  const auto g = static_cast<std::uint32_t>(gpu);
  const auto at = std::lower_bound(model.holders.begin(), model.holders.end(), g,
                                   [](const Holder& h, std::uint32_t id) { return h.gpu < id; });
  model.holders.insert(at, {g, 0});
  Distribute(m);
}

void LoadTracker::RemoveHolder(std::uint32_t m, std::size_t gpu) {
  Model& model = models_[m];
  ClearDistribution(model);
  model.has.Erase(gpu);
  std::erase_if(model.holders, [gpu](const Holder& holder) { return holder.gpu == gpu; });
  Distribute(m);
}

void LoadTracker::LoadSucceeded(std::uint32_t m, std::size_t gpu) {
  if (gpus_[gpu].removed || !models_[m].has.Contains(gpu)) return;
  At(m, gpu).last_used = sequence_++;
  Link(m, gpu);
  DemandChanged(m);
}

void LoadTracker::LoadFailed(std::uint32_t m, std::size_t gpu) {
  if (models_[m].has.Contains(gpu)) RemoveHolder(m, gpu);
}

void LoadTracker::RemoveGpu(std::size_t gpu) {
  gpus_[gpu].removed = true;
  for (std::uint32_t m = 0; m < models_.size(); ++m) {
    if (!models_[m].has.Contains(gpu)) continue;
    if (At(m, gpu).loaded) Unlink(m, gpu);
    RemoveHolder(m, gpu);
  }
}

std::uint32_t LoadTracker::Evict(std::size_t gpu, std::uint32_t m) {
  if (m == kNoModel) return kNoModel;
  Unlink(m, gpu);
  RemoveHolder(m, gpu);
  return m;
}

void LoadTracker::ClearDistribution(Model& model) {
  for (Holder& holder : model.holders) {
    gpus_[holder.gpu].outstanding_ns -= holder.allocated_ns;
    holder.allocated_ns = 0;
  }
}

double LoadTracker::TotalWeight(const Model& model) const {
  double total = 0;
  for (const Holder& holder : model.holders) total += gpus_[holder.gpu].weight;
  return total;
}

void LoadTracker::Distribute(std::uint32_t m) {
  Model& model = models_[m];
  model.stale_priority = true;
  ClearDistribution(model);
  if (model.holders.empty()) return;
  const double total = TotalWeight(model);
  for (Holder& holder : model.holders) {
    Gpu& gpu = gpus_[holder.gpu];
    const double share = static_cast<double>(model.exec_ns) * (gpu.weight / total);
    holder.allocated_ns = static_cast<std::int64_t>(share);
    gpu.outstanding_ns += holder.allocated_ns;
    gpu.weight = static_cast<double>(capacity_ns_) / static_cast<double>(gpu.outstanding_ns);
  }
}

void LoadTracker::DistributeStale() {
  for (const std::uint32_t m : stale_) {
    models_[m].stale_distribution = false;
    Distribute(m);
  }
  stale_.clear();
}

std::int64_t LoadTracker::Priority(std::uint32_t m) {
  DistributeStale();
  Model& model = models_[m];
  if (!model.stale_priority) return model.priority;
  model.stale_priority = false;
  Int128 priority = model.load_ns;
  if (priority > 0 && !model.holders.empty()) {
    const double total = TotalWeight(model);
    for (const Holder& holder : model.holders) {
      const Gpu& gpu = gpus_[holder.gpu];
      const auto share =
          static_cast<std::int64_t>(static_cast<double>(model.load_ns) * (gpu.weight / total));
      priority -= static_cast<Int128>(capacity_ns_) * share / gpu.outstanding_ns;
    }
  }
  model.priority = static_cast<std::int64_t>(
      std::clamp<Int128>(priority, static_cast<Int128>(INT64_MIN), static_cast<Int128>(INT64_MAX)));
  return model.priority;
}

std::uint32_t LoadTracker::DecideLoad(std::size_t gpu) {
  if (gpus_[gpu].removed) return kNoModel;
  std::uint32_t best = kNoModel;
  for (const std::uint32_t m : wanted_) {
    if (models_[m].has.Contains(gpu)) continue;
    if (best == kNoModel) {
      best = m;
      continue;
    }
    const std::int64_t challenger = Priority(m);
    const std::int64_t champion = Priority(best);
    if (challenger > champion ||
        (challenger == champion && At(m, gpu).last_used > At(best, gpu).last_used)) {
      best = m;
    }
  }
  if (best == kNoModel || (stop_at_zero_ && Priority(best) <= 0)) return kNoModel;
  At(best, gpu).last_used = sequence_++;
  AddHolder(best, gpu);
  return best;
}

}  // namespace clockwork::controller
