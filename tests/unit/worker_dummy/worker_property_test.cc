// Random actions on a small worker; what must hold whatever they are.

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "tests/unit/worker_dummy/worker_harness.h"

namespace clockwork::worker {
namespace {

constexpr std::uint32_t kGpus = 3;
constexpr std::int32_t kModels = 6;

class WorkerPropertyTest : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  std::uint64_t Below(std::uint64_t limit) { return random_() % limit; }

  Given RandomGiven() {
    const auto now = static_cast<std::uint64_t>(h_.now_ns);
    Given given;
    given.gpu_id = static_cast<std::uint32_t>(Below(kGpus + 1));
    given.earliest_ns = Below(3) == 0 ? 0 : now + Below(20 * kMillisecond) - 5 * kMillisecond;
    given.latest_ns = Below(3) == 0 ? kNoLimit : now + Below(30 * kMillisecond);
    given.batch_size = static_cast<std::uint32_t>(Below(10));
    given.input_bytes = Below(4) == 0 ? 100 * given.batch_size : 0;
    return given;
  }

  void ActAtRandom() {
    const auto model = static_cast<std::int32_t>(Below(kModels + 1));
    switch (Below(12)) {
      case 0:
      case 1:
      case 2:
        h_.Evict(model, RandomGiven());
        break;
      case 3:
      case 4:
      case 5:
      case 6:
        h_.Load(model, RandomGiven());
        break;
      case 7:
        if (Below(10) == 0) h_.ClearCache();
        break;
      default:
        h_.Infer(model, RandomGiven());
        break;
    }
  }

  // Every page is free, or holds a model that is present or being loaded.
  void CheckPages() {
    for (std::uint32_t gpu = 0; gpu < kGpus; ++gpu) {
      const WeightsCache& weights = h_.worker.weights(gpu);
      std::uint32_t taken = 0;
      for (const std::uint32_t place : weights.PresentModels()) taken += PagesAt(place);
      const RunningAction* load = h_.worker.loads(gpu).current();
      // A reload takes nothing more, and a load whose weights were cleared holds nothing any more.
      if (load != nullptr && !weights.Present(load->place) &&
          weights.Version(load->place) == load->version) {
        taken += PagesAt(load->place);
      }
      ASSERT_EQ(weights.free_pages() + taken, weights.total_pages());
    }
  }
  std::uint32_t PagesAt(std::uint32_t place) const {
    return h_.worker.models().At(place).spec.weights_pages;
  }

  // Nothing overlaps on one executor of one GPU, and no start is outside the clock.
  void CheckInfersDoNotOverlap() {
    std::vector<std::uint64_t> free_at(kGpus, 0);
    for (const OutgoingResult& outgoing : h_.effects.results) {
      const auto* infer = std::get_if<wire::InferResult>(&outgoing.result);
      if (infer == nullptr) continue;
      EXPECT_GE(infer->exec.begin_ns, free_at[infer->gpu_id]);
      free_at[infer->gpu_id] = infer->exec.end_ns;
    }
  }

  std::mt19937 random_{GetParam()};
  Harness h_{SmallWorker(kGpus, 12)};
};

TEST_P(WorkerPropertyTest, EveryActionIsAnsweredOnceAndNoPageIsLost) {
  ModelSpec spec = SmallModel();
  for (std::int32_t model = 0; model < kModels; ++model) {
    spec.weights_pages = static_cast<std::uint32_t>(model + 1);
    h_.AddModel(model, 1, spec);
  }
  for (int i = 0; i < 3'000; ++i) {
    ActAtRandom();
    CheckPages();
    const Nanos then_ns = h_.now_ns + static_cast<Nanos>(Below(3 * kMillisecond));
    if (Below(2) == 0) {
      h_.AdvanceTo(then_ns);
    } else {
      h_.WakeLateAt(then_ns);
    }
  }
  h_.Finish();
  CheckPages();
  CheckInfersDoNotOverlap();
  std::multiset<std::int32_t> answered;
  for (const OutgoingResult& outgoing : h_.effects.results)
    answered.insert(Harness::IdOf(outgoing));
  for (std::int32_t id = 1; id <= h_.last_id; ++id) EXPECT_EQ(answered.count(id), 1U) << id;
  EXPECT_EQ(answered.size(), static_cast<std::size_t>(h_.last_id));
  EXPECT_EQ(h_.worker.pending(), 0U);
  // The run must have seen every kind of end.
  EXPECT_GT(h_.worker.counters().infers, 0U);
  EXPECT_GT(h_.worker.counters().loads, 0U);
  EXPECT_GT(h_.worker.counters().evictions, 0U);
  EXPECT_GT(h_.worker.counters().errors, 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, WorkerPropertyTest, ::testing::Range(1U, 11U));

}  // namespace
}  // namespace clockwork::worker
