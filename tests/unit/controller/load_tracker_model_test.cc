// The load tracker against the specification written down plainly: arrays, a full sort for every
// decision, no shortcuts (spec/controller.md §5.13).

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <tuple>
#include <vector>

#include "images/common/base/int128.h"
#include "images/controller/core/load_tracker.h"

namespace clockwork::controller {
namespace {

constexpr Nanos kGpuCapacityNs = 100'000'000;
constexpr std::uint32_t kNoModelAtAll = LoadTracker::kNoModel;

class PlainTracker {
 public:
  PlainTracker(std::size_t gpus, std::size_t models, bool stop_at_zero)
      : stop_at_zero_(stop_at_zero),
        out_(gpus, 1'000'000),
        weight_(gpus, 0.01),
        models_(models, Model(gpus)) {
    for (Model& model : models_) {
      for (std::uint64_t& used : model.last_used) used = sequence_++;
    }
  }

  void Change(std::uint32_t m, std::int64_t exec_ns, std::int64_t load_ns) {
    models_[m].exec += exec_ns;
    models_[m].load += load_ns;
    if (!models_[m].changed) changed_.push_back(m);
    models_[m].changed = true;
  }
  void Used(std::uint32_t m, std::size_t g) { models_[m].last_used[g] = sequence_++; }
  void LoadSucceeded(std::uint32_t m, std::size_t g) {
    models_[m].loading[g] = false;
    models_[m].last_used[g] = sequence_++;
    Change(m, 0, 0);
  }
  void LoadFailed(std::uint32_t m, std::size_t g) {
    Take(m, g);
    Distribute(m);
  }

  // Everything that changed is distributed, every stale priority computed.
  void Update() {
    for (const std::uint32_t m : changed_) {
      models_[m].changed = false;
      Distribute(m);
    }
    changed_.clear();
    for (Model& model : models_) Prioritise(model);
  }
  std::int64_t Priority(std::uint32_t m) const { return models_[m].priority; }

  std::uint32_t DecideLoad(std::size_t g) {
    std::uint32_t best = kNoModelAtAll;
    for (std::uint32_t m = 0; m < models_.size(); ++m) {
      if (models_[m].has[g]) continue;
      if (best == kNoModelAtAll || LoadOrder(m, g) > LoadOrder(best, g)) best = m;
    }
    if (best == kNoModelAtAll || models_[best].Empty()) return kNoModelAtAll;
    if (stop_at_zero_ && models_[best].priority <= 0) return kNoModelAtAll;
    Model& model = models_[best];
    model.has[g] = model.loading[g] = true;
    model.last_used[g] = sequence_++;
    Distribute(best);
    return best;
  }

  std::uint32_t DecideEvict(std::size_t g) {
    std::uint32_t victim = kNoModelAtAll;
    for (std::uint32_t m = 0; m < models_.size(); ++m) {
      if (!models_[m].has[g] || models_[m].loading[g]) continue;
      if (victim == kNoModelAtAll || EvictOrder(m, g) < EvictOrder(victim, g)) victim = m;
    }
    if (victim == kNoModelAtAll) return kNoModelAtAll;
    Take(victim, g);
    Distribute(victim);
    return victim;
  }

  bool Has(std::uint32_t m, std::size_t g) const { return models_[m].has[g]; }
  bool Loading(std::uint32_t m, std::size_t g) const { return models_[m].loading[g]; }

 private:
  struct Model {
    explicit Model(std::size_t gpus) : has(gpus), loading(gpus), allocated(gpus), last_used(gpus) {}
    bool Empty() const { return exec == 0 && load == 0; }
    std::int64_t exec = 0;
    std::int64_t load = 0;
    std::int64_t priority = 0;
    bool changed = false;
    bool stale = true;
    std::vector<bool> has;
    std::vector<bool> loading;
    std::vector<std::int64_t> allocated;
    std::vector<std::uint64_t> last_used;
  };

  std::tuple<bool, std::int64_t, std::uint64_t> LoadOrder(std::uint32_t m, std::size_t g) const {
    const Model& model = models_[m];
    return {!model.Empty(), model.Empty() ? 0 : model.priority, model.last_used[g]};
  }
  std::tuple<bool, std::uint64_t> EvictOrder(std::uint32_t m, std::size_t g) const {
    return {!models_[m].Empty(), models_[m].last_used[g]};
  }
  double TotalWeight(const Model& model) const {
    double total = 0;
    for (std::size_t g = 0; g < out_.size(); ++g) total += model.has[g] ? weight_[g] : 0;
    return total;
  }
  void Take(std::uint32_t m, std::size_t g) {
    Model& model = models_[m];
    model.has[g] = model.loading[g] = false;
    out_[g] -= model.allocated[g];
    model.allocated[g] = 0;
  }
  void Distribute(std::uint32_t m) {
    Model& model = models_[m];
    model.stale = true;
    for (std::size_t g = 0; g < out_.size(); ++g) {
      out_[g] -= model.allocated[g];
      model.allocated[g] = 0;
    }
    const double total = TotalWeight(model);
    for (std::size_t g = 0; g < out_.size(); ++g) {
      if (!model.has[g]) continue;
      model.allocated[g] =
          static_cast<std::int64_t>(static_cast<double>(model.exec) * (weight_[g] / total));
      out_[g] += model.allocated[g];
      weight_[g] = static_cast<double>(kGpuCapacityNs) / static_cast<double>(out_[g]);
    }
  }
  void Prioritise(Model& model) const {
    if (!model.stale) return;
    model.stale = false;
    model.priority = model.load;
    if (model.load <= 0) return;
    const double total = TotalWeight(model);
    for (std::size_t g = 0; g < out_.size(); ++g) {
      if (!model.has[g]) continue;
      const auto share =
          static_cast<std::int64_t>(static_cast<double>(model.load) * (weight_[g] / total));
      model.priority -= static_cast<std::int64_t>(Int128{kGpuCapacityNs} * share / out_[g]);
    }
  }

  const bool stop_at_zero_;
  std::uint64_t sequence_ = 0;
  std::vector<std::int64_t> out_;
  std::vector<double> weight_;
  std::vector<Model> models_;
  std::vector<std::uint32_t> changed_;
};

class Comparison {
 public:
  Comparison(std::uint32_t seed, bool stop_at_zero)
      : random_(seed),
        tracker_(kGpus, kModels, kGpuCapacityNs, stop_at_zero),
        plain_(kGpus, kModels, stop_at_zero),
        demands_(kModels) {}

  void Step() {
    const auto model = static_cast<std::uint32_t>(random_() % kModels);
    const std::size_t gpu = random_() % kGpus;
    switch (random_() % 8) {
      case 0:
      case 1:
      case 2:
        return Add(model);
      case 3:
        return Finish(model);
      case 4:
        tracker_.Used(model, gpu);
        plain_.Used(model, gpu);
        return;
      case 5:
        return EndLoad(model, gpu);
      case 6:
        return Decide(gpu);
      default:
        return Evict(gpu);
    }
  }

 private:
  static constexpr std::size_t kGpus = 5;
  static constexpr std::size_t kModels = 7;
  struct Demand {
    std::int64_t exec;
    std::int64_t load;
  };

  // The tracker distributes when a decision needs it; asking makes it do so now.
  void Update() {
    plain_.Update();
    for (std::uint32_t m = 0; m < kModels; ++m) ASSERT_EQ(tracker_.Priority(m), plain_.Priority(m));
  }
  void Add(std::uint32_t m) {
    const Demand demand{static_cast<std::int64_t>(random_() % 20'000'000),
                        static_cast<std::int64_t>(random_() % 40'000'000)};
    demands_[m].push_back(demand);
    tracker_.AddDemand(m, demand.exec, demand.load);
    plain_.Change(m, demand.exec, demand.load);
  }
  void Finish(std::uint32_t m) {
    if (demands_[m].empty()) return;
    const Demand demand = demands_[m].back();
    demands_[m].pop_back();
    tracker_.LoadDemandDone(m, demand.load);
    tracker_.ExecDemandDone(m, demand.exec);
    plain_.Change(m, -demand.exec, -demand.load);
  }
  void EndLoad(std::uint32_t m, std::size_t g) {
    if (!plain_.Loading(m, g)) return;
    Update();
    if (random_() % 4 == 0) {
      tracker_.LoadFailed(m, g);
      plain_.LoadFailed(m, g);
    } else {
      tracker_.LoadSucceeded(m, g);
      plain_.LoadSucceeded(m, g);
    }
  }
  void Decide(std::size_t g) {
    Update();
    ASSERT_EQ(tracker_.DecideLoad(g), plain_.DecideLoad(g));
    Compare();
  }
  void Evict(std::size_t g) {
    Update();
    ASSERT_EQ(tracker_.DecideEvict(g, [](std::uint32_t) { return false; }), plain_.DecideEvict(g));
    Compare();
  }
  void Compare() {
    for (std::uint32_t m = 0; m < kModels; ++m) {
      for (std::size_t g = 0; g < kGpus; ++g) {
        ASSERT_EQ(tracker_.Holders(m).Contains(g), plain_.Has(m, g)) << m << " on " << g;
      }
    }
  }

  std::mt19937 random_;
  LoadTracker tracker_;
  PlainTracker plain_;
  std::vector<std::vector<Demand>> demands_;
};

TEST(LoadTrackerModelTest, DecidesAsThePlainSpecificationDoes) {
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    Comparison comparison(seed, seed % 4 == 3);
    for (int step = 0; step < 1000; ++step) {
      comparison.Step();
      ASSERT_FALSE(::testing::Test::HasFatalFailure()) << "seed " << seed << ", step " << step;
    }
  }
}

}  // namespace
}  // namespace clockwork::controller
