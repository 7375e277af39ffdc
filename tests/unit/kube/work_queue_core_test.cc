#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "operator/kube/client.h"
#include "operator/kube/work_queue.h"

namespace clockwork::kube {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> TakeAll(WorkQueueCore* queue, Nanos now_ns) {
  std::vector<std::string> taken;
  while (auto key = queue->Take(now_ns)) {
    taken.push_back(*key);
    queue->Done(now_ns, *key);
  }
  return taken;
}

TEST(WorkQueueCore, AKeyWaitsOnceAndInOrder) {
  WorkQueueCore queue;
  for (const char* key : {"a", "b", "a", "c", "b"}) queue.Add(0, key);
  EXPECT_EQ(queue.stats(0).depth, 3U);
  EXPECT_THAT(TakeAll(&queue, 1), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(queue.idle());
}

TEST(WorkQueueCore, WhatComesWhileAKeyIsWorkedOnRunsOnceAfterwards) {
  WorkQueueCore queue;
  queue.Add(0, "a");
  EXPECT_EQ(queue.Take(1), "a");
  queue.Add(2, "a");
  queue.Add(3, "a");
  EXPECT_EQ(queue.Take(4), std::nullopt);
  queue.Done(5, "a");
  EXPECT_EQ(queue.Take(6), "a");
  queue.Done(7, "a");
  EXPECT_EQ(queue.Take(8), std::nullopt);
  EXPECT_TRUE(queue.idle());
}

TEST(WorkQueueCore, DoneOfAKeyThatNobodyTookIsNothing) {
  WorkQueueCore queue;
  queue.Add(0, "a");
  queue.Done(1, "a");
  queue.Done(1, "b");
  EXPECT_THAT(TakeAll(&queue, 2), ElementsAre("a"));
}

TEST(WorkQueueCore, OfSeveralDelaysTheEarliestHolds) {
  WorkQueueCore queue;
  queue.AddAfter(0, "a", 30);
  queue.AddAfter(0, "a", 10);
  queue.AddAfter(0, "a", 20);
  queue.AddAfter(0, "b", 15);
  EXPECT_EQ(queue.NextWakeNs(), 10);
  EXPECT_EQ(queue.stats(0).delayed, 2U);
  EXPECT_EQ(queue.Take(9), std::nullopt);
  EXPECT_THAT(TakeAll(&queue, 10), ElementsAre("a"));
  EXPECT_EQ(queue.NextWakeNs(), 15);
  EXPECT_THAT(TakeAll(&queue, 100), ElementsAre("b"));
  EXPECT_EQ(queue.NextWakeNs(), kNever);
  queue.AddAfter(100, "c", 0);
  EXPECT_THAT(TakeAll(&queue, 100), ElementsAre("c"));
}

TEST(WorkQueueCore, ADelayThatEndsWhileTheKeyIsWorkedOnIsKept) {
  WorkQueueCore queue;
  queue.Add(0, "a");
  EXPECT_EQ(queue.Take(0), "a");
  queue.AddAfter(0, "a", 10);
  EXPECT_EQ(queue.Take(20), std::nullopt);
  queue.Done(21, "a");
  EXPECT_EQ(queue.Take(21), "a");
}

TEST(WorkQueueCore, FailuresOfAKeyWaitLongerUntilItSucceeds) {
  WorkQueueCore queue;
  std::vector<Nanos> delays_ms;
  for (int i = 0; i < 15; ++i) {
    delays_ms.push_back(queue.AddAfterFailure(0, "a") / kMillisecond);
  }
  EXPECT_THAT(delays_ms, ElementsAre(5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10'240,
                                     20'480, 30'000, 30'000));
  EXPECT_EQ(queue.failures("a"), 15);
  EXPECT_EQ(queue.AddAfterFailure(0, "b"), 5 * kMillisecond);
  queue.Forget("a");
  EXPECT_EQ(queue.failures("a"), 0);
  EXPECT_EQ(queue.AddAfterFailure(0, "a"), 5 * kMillisecond);
}

TEST(WorkQueueCore, AThousandFailuresDoNotOverflow) {
  WorkQueueCore queue({.retries_per_second = 1e9, .retry_burst = 1e9});
  Nanos last_ns = 0;
  for (int i = 0; i < 5000; ++i) last_ns = queue.AddAfterFailure(0, "a");
  EXPECT_EQ(last_ns, 30 * kSecond);
}

TEST(WorkQueueCore, AllFailuresTogetherAreLimited) {
  WorkQueueCore queue({.retries_per_second = 10, .retry_burst = 3});
  std::vector<Nanos> delays_ms;
  for (const char* key : {"a", "b", "c", "d", "e"}) {
    delays_ms.push_back(queue.AddAfterFailure(kSecond, key) / kMillisecond);
  }
  EXPECT_THAT(delays_ms, ElementsAre(5, 5, 5, 100, 200));
  // The bucket fills again, but never over its brim.
  EXPECT_EQ(queue.AddAfterFailure(1000 * kSecond, "f"), 5 * kMillisecond);
}

TEST(WorkQueueCore, ShutDownTakesNothingInAndKeepsOrDropsWhatWaits) {
  for (const bool keep : {false, true}) {
    SCOPED_TRACE(keep);
    WorkQueueCore queue;
    queue.Add(0, "worked");
    EXPECT_EQ(queue.Take(0), "worked");
    queue.Add(0, "worked");
    queue.Add(0, "ready");
    queue.AddAfter(0, "later", 10);
    queue.ShutDown(keep);
    queue.Add(1, "new");
    queue.AddAfter(1, "new", 1);
    queue.AddAfterFailure(1, "new");
    EXPECT_EQ(queue.NextWakeNs(), kNever);
    EXPECT_FALSE(queue.idle());
    queue.Done(2, "worked");
    const auto taken = TakeAll(&queue, 100);
    EXPECT_EQ(taken,
              keep ? (std::vector<std::string>{"ready", "worked"}) : std::vector<std::string>{});
    EXPECT_TRUE(queue.idle());
  }
}

TEST(WorkQueueCore, TellsHowLongWorkTakes) {
  WorkQueueCore queue;
  queue.Add(0, "a");
  queue.Add(0, "b");
  (void)queue.Take(10);
  (void)queue.Take(20);
  const WorkQueueStats stats = queue.stats(30);
  EXPECT_EQ(stats.working, 2U);
  EXPECT_EQ(stats.longest_running_ns, 20);
  EXPECT_EQ(stats.unfinished_ns, 30);
}

class Recorder : public WorkQueueObserver {
 public:
  void OnAdd(std::size_t depth) override { told.push_back("add " + std::to_string(depth)); }
  void OnTake(std::size_t depth, Nanos waited_ns) override {
    told.push_back("take " + std::to_string(depth) + " " + std::to_string(waited_ns));
  }
  void OnDone(Nanos worked_ns) override { told.push_back("done " + std::to_string(worked_ns)); }
  void OnRetry() override { told.emplace_back("retry"); }
  void OnRefused() override { told.emplace_back("refused"); }

  std::vector<std::string> told;
};

TEST(WorkQueueCore, TellsItsObserver) {
  Recorder recorder;
  WorkQueueCore queue({}, &recorder);
  queue.Add(0, "a");
  queue.Add(1, "a");
  (void)queue.Take(5);
  (void)queue.AddAfterFailure(6, "a");
  queue.Done(8, "a");
  EXPECT_THAT(recorder.told, ElementsAre("add 1", "take 0 5", "retry", "done 3"));
}

TEST(WorkQueueCore, AFullQueueRefusesNewKeysAndCountsThem) {
  static_assert(kMaxQueuedKeys >= 3 * kMaxListedObjects);
  Recorder recorder;
  WorkQueueCore queue({.max_keys = 3}, &recorder);
  queue.Add(0, "working");
  (void)queue.Take(0);
  queue.Add(0, "ready");
  queue.AddAfter(0, "delayed", 5);
  recorder.told.clear();
  queue.Add(0, "new");
  queue.AddAfter(0, "new", 5);
  (void)queue.AddAfterFailure(0, "new");
  EXPECT_THAT(recorder.told, ElementsAre("refused", "refused", "retry", "refused"));
  // Those that are there are neither lost nor refused.
  for (const char* key : {"working", "ready", "delayed"}) queue.Add(0, key);
  queue.Done(0, "working");
  std::vector<std::string> taken;
  while (auto key = queue.Take(10)) taken.push_back(*key);
  EXPECT_THAT(taken, ElementsAre("ready", "delayed", "working"));
}

TEST(WorkQueueCore, HoldsNoMoreKeysThanThereAre) {
  WorkQueueCore queue;
  for (int i = 0; i < 1000; ++i) {
    queue.Add(0, "a");
    queue.AddAfter(0, "a", 1 + i);
    (void)queue.AddAfterFailure(0, "a");
  }
  EXPECT_EQ(queue.stats(0).depth, 1U);
  EXPECT_EQ(queue.stats(0).delayed, 1U);
}

TEST(WorkQueueCore, PausedItHandsOutNothingAndAsksForNoWake) {
  WorkQueueCore queue;
  queue.Add(0, "a");
  queue.AddAfter(0, "b", 5);
  queue.SetPaused(true);
  EXPECT_EQ(queue.Take(10), std::nullopt);
  EXPECT_EQ(queue.NextWakeNs(), kNever);
  queue.SetPaused(false);
  EXPECT_EQ(queue.NextWakeNs(), 5);
  EXPECT_EQ(queue.Take(10), "a");
  EXPECT_EQ(queue.Take(10), "b");
}

// Random use, against what the queue promises: no key is worked on twice at once, and after every
// Add a Take of that key follows.
TEST(WorkQueueCore, LosesNothingAndDoublesNothing) {
  std::mt19937 random(11);
  const auto draw = [&](int below) {
    return static_cast<int>(random() % static_cast<unsigned>(below));
  };
  WorkQueueCore queue;
  std::set<std::string> owed;
  std::vector<std::string> working;
  Nanos now_ns = 0;
  for (int step = 0; step < 50'000; ++step) {
    now_ns += draw(3) * kMillisecond;
    const std::string key(1, static_cast<char>('a' + draw(6)));
    const int what = draw(10);
    if (what < 3) {
      queue.Add(now_ns, key);
      owed.insert(key);
    } else if (what == 3) {
      queue.AddAfter(now_ns, key, draw(20) * kMillisecond);
      owed.insert(key);
    } else if (what < 7) {
      if (const auto taken = queue.Take(now_ns)) {
        ASSERT_EQ(std::count(working.begin(), working.end(), *taken), 0);
        working.push_back(*taken);
        owed.erase(*taken);
      }
    } else if (!working.empty()) {
      const auto at = working.begin() + draw(static_cast<int>(working.size()));
      queue.Done(now_ns, *at);
      working.erase(at);
    }
  }
  for (const std::string& key : working) queue.Done(now_ns, key);
  while (const auto taken = queue.Take(now_ns + kSecond)) {
    owed.erase(*taken);
    queue.Done(now_ns, *taken);
  }
  EXPECT_THAT(owed, ::testing::IsEmpty());
  EXPECT_TRUE(queue.idle());
  EXPECT_EQ(queue.NextWakeNs(), kNever);
}

}  // namespace
}  // namespace clockwork::kube
