// Promises that hold whatever happens: random clients, workers that are slow, fail, lie about the
// order or go away.

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

#include "tests/unit/controller/scheduler_harness.h"

namespace clockwork::controller {
namespace {

constexpr std::uint32_t kWorkers = 2;
constexpr std::uint32_t kGpusPerWorker = 2;
constexpr std::uint32_t kPages = 12;  // of the models' five each: two fit
constexpr int kModels = 5;

class RandomTrial {
 public:
  explicit RandomTrial(std::uint32_t seed)
      : random_(seed),
        h_(ClusterBuilder()
               .Worker(kGpusPerWorker, kPages)
               .Worker(kGpusPerWorker, kPages)
               .Models(kModels)
               .Build()) {}

  void Run() {
    for (int step = 0; step < 600 && !::testing::Test::HasFailure(); ++step) {
      now_ns_ += Below(4) == 0 ? 0 : Below(3'000'000);
      h_.RunUntil(now_ns_);
      Collect();
      Step();
      Collect();
    }
    // Every worker goes, so that nothing can be outstanding.
    for (std::uint32_t worker = 0; worker < kWorkers; ++worker) h_.Lose(now_ns_, worker);
    h_.RunUntil(now_ns_ + 10 * kSecond);
    Collect();
    CheckEnd();
  }

 private:
  Nanos Below(std::uint32_t end) { return static_cast<Nanos>(random_() % end); }

  void Step() {
    switch (Below(10)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        return Ask();
      case 5:
      case 6:
      case 7:
      case 8:
        return Report();
      default:
        if (Below(200) == 0 && !lost_) {
          lost_ = true;
          h_.Lose(now_ns_, 1);
          std::erase_if(pending_, [](const Sent& action) { return action.worker == 1; });
        }
    }
  }

  void Ask() {
    const auto model = static_cast<std::uint32_t>(Below(kModels) * Below(2));
    const Given given{.slo_factor = Below(4) == 0 ? static_cast<float>(Below(60)) : 0.0F};
    const auto count = 1 + Below(10);
    for (Nanos i = 0; i < count; ++i) {
      asked_.insert(h_.Admit(now_ns_, Below(50) == 0 ? kModels : model, given));
    }
    h_.Advance(now_ns_);
  }

  // A worker ends any of its actions, well or not.
  void Report() {
    if (pending_.empty()) return;
    const auto at = pending_.begin() + Below(static_cast<std::uint32_t>(pending_.size()));
    const Sent action = *at;
    pending_.erase(at);
    const Reported reported{.duration_ns = Below(12'000'000), .end_ns = now_ns_ - Below(500'000)};
    const Nanos fate = Below(20);
    if (fate == 0) {
      if (action.kind == ActionKind::kLoad) {
        models_of_[{action.worker, action.gpu}].erase(action.model_id);
      }
      return h_.Fail(now_ns_, action, 82, "failed", reported);
    }
    switch (action.kind) {
      case ActionKind::kInfer:
        return fate == 1 ? h_.NotSent(now_ns_, action) : h_.InferDone(now_ns_, action, reported);
      case ActionKind::kLoad:
        return h_.LoadDone(now_ns_, action, reported);
      case ActionKind::kEvict:
        return h_.EvictDone(now_ns_, action, reported);
    }
  }

  void Collect() {
    for (const Sent& action : h_.sent) {
      ASSERT_TRUE(!lost_ || action.worker != 1) << "sent to a worker that is gone";
      ASSERT_TRUE(ids_.insert(action.action_id).second) << "an id twice";
      Place(action);
      pending_.push_back(action);
    }
    h_.sent.clear();
    for (const Answered& answer : h_.answers) {
      ASSERT_EQ(asked_.count(answer.request), 1U);
      ASSERT_TRUE(answered_.insert(answer.request).second) << "answered twice";
    }
    h_.answers.clear();
  }

  // What the scheduler believes to be on a GPU: it must fit, and infers go only where the model is.
  void Place(const Sent& action) {
    std::set<std::uint32_t>& models = models_of_[{action.worker, action.gpu}];
    switch (action.kind) {
      case ActionKind::kLoad:
        ASSERT_TRUE(models.insert(action.model_id).second) << "loaded where it is";
        ASSERT_LE(5 * models.size(), kPages);
        return;
      case ActionKind::kEvict:
        ASSERT_EQ(models.erase(action.model_id), 1U) << "evicted where it is not";
        return;
      case ActionKind::kInfer:
        ASSERT_EQ(models.count(action.model_id), 1U) << "run where it is not";
        ASSERT_GE(action.batch_size, 1U);
        ASSERT_LE(action.batch_size, 8U);
        ASSERT_GE(action.latest_ns, action.earliest_ns);
    }
  }

  void CheckEnd() {
    EXPECT_EQ(answered_, asked_) << "every request exactly once";
    EXPECT_EQ(h_.request_rows.size(), asked_.size());
    EXPECT_EQ(h_.scheduler->pending_requests(), 0U);
    EXPECT_EQ(h_.scheduler->NextWakeNs(), kNever);
    std::set<std::int32_t> reported;
    for (const auto& row : h_.action_rows) {
      EXPECT_TRUE(reported.insert(row.action_id).second) << "a row twice";
      EXPECT_GE(row.requests_queued, 0);
      EXPECT_GE(row.copies_loaded, 0);
    }
    EXPECT_EQ(reported, ids_) << "every action has a row";
    EXPECT_TRUE(h_.warnings.empty() || EvictionsFailed()) << h_.warnings.front();
  }
  bool EvictionsFailed() const {
    for (const std::string& warning : h_.warnings) {
      if (warning.find("eviction") != 0) return false;
    }
    return true;
  }

  std::mt19937 random_;
  Harness h_;
  Nanos now_ns_ = kStartNs;
  bool lost_ = false;
  std::vector<Sent> pending_;
  std::set<std::int32_t> ids_;
  std::set<std::int32_t> asked_;
  std::set<std::int32_t> answered_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::set<std::uint32_t>> models_of_;
};

TEST(SchedulerPropertyTest, PromisesHoldInRandomTrials) {
  for (std::uint32_t seed = 0; seed < 60 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    RandomTrial(seed).Run();
  }
}

}  // namespace
}  // namespace clockwork::controller
