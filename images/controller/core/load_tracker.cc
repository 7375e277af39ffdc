#include "images/controller/core/load_tracker.h"

#include <algorithm>
#include <bit>

#include "images/common/base/int128.h"

namespace clockwork::controller {

LoadTracker::LoadTracker(std::size_t gpus, std::size_t models, Nanos capacity_ns, bool stop_at_zero)
    : capacity_ns_(capacity_ns),
      stop_at_zero_(stop_at_zero),
      words_((models + 63) / 64),
      models_(models),
      gpus_(gpus),
      outstanding_ns_(gpus, kInitialOutstandingNs),
      weights_(gpus, kInitialWeight),
      instances_(gpus * models),
      on_gpu_(gpus * words_),
      wanted_(words_),
      stale_priority_(words_, ~std::uint64_t{0}),
      priorities_(models) {
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
  if (model.exec_ns != 0 || model.load_ns != 0) {
    Add(&wanted_, m);
  } else if (Has(wanted_, m)) {
    Drop(&wanted_, m);
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
  if (instance.loaded()) gpus_[gpu].loaded.Touch(instance.place);
}

// From the list of the fully loaded ones.
void LoadTracker::Unlist(std::uint32_t m, std::size_t gpu) {
  Instance& instance = At(m, gpu);
  if (!instance.loaded()) return;
  gpus_[gpu].loaded.Remove(instance.place);
  instance.place = UseOrder::kNone;
}

void LoadTracker::AddHolder(std::uint32_t m, std::size_t gpu) {
  Model& model = models_[m];
  model.has.Insert(gpu);
  on_gpu_[gpu * words_ + m / 64] |= std::uint64_t{1} << (m % 64);
  const auto g = static_cast<std::uint32_t>(gpu);
  const auto at = std::lower_bound(model.holders.begin(), model.holders.end(), g);
  model.allotted_ns.insert(model.allotted_ns.begin() + (at - model.holders.begin()), 0);
  model.holders.insert(at, g);
  Distribute(m);
}

void LoadTracker::RemoveHolder(std::uint32_t m, std::size_t gpu) {
  Model& model = models_[m];
  TakeBack(model.holders, model.allotted_ns, Loads());
  model.has.Erase(gpu);
  on_gpu_[gpu * words_ + m / 64] &= ~(std::uint64_t{1} << (m % 64));
  std::erase(model.holders, static_cast<std::uint32_t>(gpu));
  model.allotted_ns.pop_back();  // all are 0 now
  Distribute(m);
}

void LoadTracker::LoadSucceeded(std::uint32_t m, std::size_t gpu) {
  if (gpus_[gpu].removed || !models_[m].has.Contains(gpu)) return;
  Instance& instance = At(m, gpu);
  instance.last_used = sequence_++;
  instance.place = gpus_[gpu].loaded.Add(m);
  DemandChanged(m);
}

void LoadTracker::LoadFailed(std::uint32_t m, std::size_t gpu) {
  if (models_[m].has.Contains(gpu)) RemoveHolder(m, gpu);
}

void LoadTracker::RemoveGpu(std::size_t gpu) {
  gpus_[gpu].removed = true;
  for (std::uint32_t m = 0; m < models_.size(); ++m) {
    if (!models_[m].has.Contains(gpu)) continue;
    Unlist(m, gpu);
    RemoveHolder(m, gpu);
  }
}

std::uint32_t LoadTracker::Evict(std::size_t gpu, std::uint32_t m) {
  if (m == kNoModel) return kNoModel;
  Unlist(m, gpu);
  RemoveHolder(m, gpu);
  return m;
}

void LoadTracker::Distribute(std::uint32_t m) {
  Model& model = models_[m];
  Add(&stale_priority_, m);
  if (model.holders.size() == gpus_.size()) {
    if (!total_known_) total_weight_ = TotalWeight(weights_);
    total_weight_ = SpreadOverAll(model.exec_ns, total_weight_, model.allotted_ns, Loads());
    total_known_ = true;
  } else if (!model.holders.empty()) {
    total_known_ = false;
    Spread(model.exec_ns, model.holders, model.allotted_ns, Loads());
  }
}

void LoadTracker::DistributeStale() {
  for (std::size_t i = 0; i < stale_.size(); ++i) {
    const std::uint32_t m = stale_[i];
    if (i + 2 < stale_.size()) Prefetch(stale_[i + 2]);
    if (i + 1 < stale_.size()) PrefetchAllotted(stale_[i + 1]);
    models_[m].stale_distribution = false;
    Distribute(m);
  }
  stale_.clear();
}

std::int64_t LoadTracker::Priority(std::uint32_t m) {
  DistributeStale();
  if (Has(stale_priority_, m)) Evaluate(m);
  return priorities_.Get(m);
}

void LoadTracker::Evaluate(std::uint32_t m) {
  Model& model = models_[m];
  Drop(&stale_priority_, m);
  Int128 priority = model.load_ns;
  if (priority > 0 && !model.holders.empty()) {
    priority -= Served(model.load_ns, model.holders, Loads());
  }
  priorities_.Set(
      m, static_cast<std::int64_t>(std::clamp<Int128>(priority, static_cast<Int128>(INT64_MIN),
                                                      static_cast<Int128>(INT64_MAX))));
}

void LoadTracker::EvaluateMissing(std::size_t gpu) {
  for (std::size_t w = 0; w < words_; ++w) {
    for (std::uint64_t bits = MissingWord(gpu, w) & stale_priority_[w]; bits != 0;
         bits &= bits - 1) {
      Evaluate(static_cast<std::uint32_t>(w * 64) +
               static_cast<std::uint32_t>(std::countr_zero(bits)));
    }
  }
}

// The wanted model that the GPU lacks and that has the highest priority; among equals the one that
// it used last. One alone needs no priority.
std::uint32_t LoadTracker::MostUrgentMissing(std::size_t gpu) {
  std::uint32_t only = kNoModel;
  for (std::size_t w = 0; w < words_; ++w) {
    const std::uint64_t bits = MissingWord(gpu, w);
    if (bits == 0) continue;
    if (only == kNoModel && std::has_single_bit(bits)) {
      only =
          static_cast<std::uint32_t>(w * 64) + static_cast<std::uint32_t>(std::countr_zero(bits));
      continue;
    }
    DistributeStale();
    EvaluateMissing(gpu);
    return priorities_.Largest([&](std::size_t word) { return MissingWord(gpu, word); },
                               [&](std::uint32_t a, std::uint32_t b) {
                                 return At(a, gpu).last_used > At(b, gpu).last_used;
                               });
  }
  return only;
}

std::uint32_t LoadTracker::DecideLoad(std::size_t gpu) {
  if (gpus_[gpu].removed) return kNoModel;
  PrefetchLoaded(gpu);  // most loads need an eviction
  const std::uint32_t best = MostUrgentMissing(gpu);
  if (best == kNoModel || (stop_at_zero_ && Priority(best) <= 0)) return kNoModel;
  At(best, gpu).last_used = sequence_++;
  AddHolder(best, gpu);
  return best;
}

}  // namespace clockwork::controller
