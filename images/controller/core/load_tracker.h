#pragma once

// Which model a GPU should load or evict next (spec/controller.md §5.13). Every model has
// outstanding demand; a model's demand is spread over the GPUs that have it, in proportion to how
// little work they have; what those GPUs cannot serve is the model's load priority.
//
// Work is proportional to what changed: demand is counted when it changes, but spread over GPUs
// only when a decision needs priorities, which is when a GPU may load and at least two models
// compete for it. The original does the spreading in a thread that runs every ~10 µs; when exactly
// it runs is not part of its rules.
//
// Two behaviours of the original are kept because the published numbers were measured with them: a
// GPU goes on loading while any missing model has demand, whatever its priority (stop_at_zero
// switches that), and load demand does not expire with time. Pure; one thread.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "images/common/base/prefetch.h"
#include "images/common/base/time.h"
#include "images/controller/core/aligned_vector.h"
#include "images/controller/core/demand_share.h"
#include "images/controller/core/gpu_set.h"
#include "images/controller/core/priority_list.h"
#include "images/controller/core/use_order.h"

namespace clockwork::controller {

class LoadTracker {
 public:
  static constexpr std::uint32_t kNoModel = UINT32_MAX;
  static constexpr std::int64_t kInitialOutstandingNs = 1'000'000;
  static constexpr double kInitialWeight = 0.01;

  LoadTracker(std::size_t gpus, std::size_t models, Nanos capacity_ns, bool stop_at_zero);

  // A request was admitted.
  void AddDemand(std::uint32_t model, Nanos exec_ns, Nanos load_ns);
  // A request was sent in an action on `gpu` (load demand), or cancelled, or completed (exec
  // demand).
  void LoadDemandDone(std::uint32_t model, Nanos load_ns);
  void ExecDemandDone(std::uint32_t model, Nanos exec_ns);
  // The model was used on the GPU: an action sent or completed there.
  void Used(std::uint32_t model, std::size_t gpu);

  // The model's load on the GPU ended.
  void LoadSucceeded(std::uint32_t model, std::size_t gpu);
  void LoadFailed(std::uint32_t model, std::size_t gpu);
  // The GPU is gone: it has nothing and never will.
  void RemoveGpu(std::size_t gpu);

  // The model that the GPU should load now, marked as loading there; kNoModel when there is none.
  std::uint32_t DecideLoad(std::size_t gpu);
  // The model that the GPU should evict now, marked as absent; kNoModel when there is none.
  // `has_inflight(model)`: whether an infer of it is under way there. Such a model is taken only
  // when every other candidate has demand too and infers under way (spec §5.15).
  template <typename HasInflight>
  std::uint32_t DecideEvict(std::size_t gpu, HasInflight&& has_inflight) {
    return Evict(gpu, FindVictim(gpu, has_inflight));
  }

  // GPUs that have the model, loading ones included.
  const GpuSet& Holders(std::uint32_t model) const { return models_[model].has; }
  // Asks for what AddDemand and the like need to be in the cache soon.
  CLOCKWORK_PREFETCHES void Prefetch(std::uint32_t model) const {
    clockwork::Prefetch(&models_[model], kHotModelBytes);
  }
  // Asks for what Used needs.
  CLOCKWORK_PREFETCHES void PrefetchUse(std::uint32_t model, std::size_t gpu) const {
    PrefetchLine(&At(model, gpu));
  }
  // Asks for what DecideLoad needs of the GPU; and before that, for where that is.
  CLOCKWORK_PREFETCHES void PrefetchLoaded(std::size_t gpu) const { gpus_[gpu].loaded.Prefetch(); }
  CLOCKWORK_PREFETCHES void PrefetchGpu(std::size_t gpu) const {
    clockwork::Prefetch(&gpus_[gpu], sizeof(Gpu));
  }
  // The load priority as of now: p of the specification. For tests and metrics.
  std::int64_t Priority(std::uint32_t model);

 private:
  static constexpr std::size_t kHotModelBytes = 128;  // what changes with each request
  struct Model {
    std::int64_t exec_ns = 0;  // outstanding
    std::int64_t load_ns = 0;
    bool stale_distribution = false;
    GpuSet has;                               // loaded or loading
    std::vector<std::uint32_t> holders;       // the same, ascending
    AlignedVector<std::int64_t> allotted_ns;  // to each holder
  };
  struct Gpu {
    UseOrder loaded;  // fully loaded models
    bool removed = false;
  };
  struct Instance {
    std::uint64_t last_used = 0;
    std::uint32_t place = UseOrder::kNone;  // on the GPU's list; kNone: absent or loading
    bool loaded() const { return place != UseOrder::kNone; }
  };

  Instance& At(std::uint32_t model, std::size_t gpu) {
    return instances_[gpu * models_.size() + model];
  }
  const Instance& At(std::uint32_t model, std::size_t gpu) const {
    return instances_[gpu * models_.size() + model];
  }
  GpuLoads Loads() { return {capacity_ns_, outstanding_ns_, weights_}; }
  // Word w of the models that have outstanding demand and are missing on the GPU.
  std::uint64_t MissingWord(std::size_t gpu, std::size_t w) const {
    return wanted_[w] & ~on_gpu_[gpu * words_ + w];
  }

  CLOCKWORK_PREFETCHES void PrefetchAllotted(std::uint32_t model) const {
    const AlignedVector<std::int64_t>& allotted_ns = models_[model].allotted_ns;
    if (allotted_ns.empty()) return;
    clockwork::Prefetch(allotted_ns.data(), allotted_ns.size() * sizeof(std::int64_t));
  }
  void DemandChanged(std::uint32_t model);
  void AddHolder(std::uint32_t model, std::size_t gpu);
  void RemoveHolder(std::uint32_t model, std::size_t gpu);
  void Distribute(std::uint32_t model);
  void DistributeStale();
  void Evaluate(std::uint32_t model);
  void EvaluateMissing(std::size_t gpu);
  std::uint32_t MostUrgentMissing(std::size_t gpu);
  void Unlist(std::uint32_t model, std::size_t gpu);
  std::uint32_t Evict(std::size_t gpu, std::uint32_t model);

  template <typename HasInflight>
  std::uint32_t FindVictim(std::size_t gpu, HasInflight& has_inflight) const {
    std::uint32_t idle_wanted = kNoModel;
    const UseOrder& loaded = gpus_[gpu].loaded;
    if (loaded.Oldest() == UseOrder::kNone) return kNoModel;
    for (std::uint32_t at = loaded.Oldest(); at != UseOrder::kNone; at = loaded.Newer(at)) {
      const std::uint32_t m = loaded.Member(at);
      if (!Has(wanted_, m)) return m;
      if (idle_wanted == kNoModel && !has_inflight(m)) idle_wanted = m;
    }
    return idle_wanted != kNoModel ? idle_wanted : loaded.Member(loaded.Oldest());
  }

  // Sets of models as bits.
  using Words = std::vector<std::uint64_t>;
  static bool Has(const Words& words, std::uint32_t model) {
    return (words[model / 64] >> (model % 64) & 1) != 0;
  }
  static void Add(Words* words, std::uint32_t model) {
    (*words)[model / 64] |= std::uint64_t{1} << (model % 64);
  }
  static void Drop(Words* words, std::uint32_t model) {
    (*words)[model / 64] &= ~(std::uint64_t{1} << (model % 64));
  }

  const std::int64_t capacity_ns_;
  const bool stop_at_zero_;
  const std::size_t words_;  // of a set of models
  std::uint64_t sequence_ = 0;
  std::vector<Model> models_;
  std::vector<Gpu> gpus_;
  AlignedVector<std::int64_t> outstanding_ns_;  // by GPU
  AlignedVector<double> weights_;               // by GPU
  double total_weight_ = 0;                     // of weights_, if known
  bool total_known_ = false;
  std::vector<Instance> instances_;   // [gpu][model]
  Words on_gpu_;                      // [gpu]: the models it has, loading ones included
  Words wanted_;                      // models with outstanding demand
  Words stale_priority_;              // models whose priority must be evaluated again
  PriorityList priorities_;           // of models, valid unless stale
  std::vector<std::uint32_t> stale_;  // models whose demand must be distributed again
};

}  // namespace clockwork::controller
