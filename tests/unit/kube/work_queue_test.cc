// The queue between threads.

#include "operator/kube/work_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/kube/gate.h"

namespace clockwork::kube {
namespace {

constexpr Nanos kLong = 30 * kSecond;  // only a broken run takes that long

TEST(WorkQueue, WorkersShareKeysAndNeverOne) {
  constexpr int kKeys = 20;
  constexpr int kAdds = 2000;
  WorkQueue queue;
  std::vector<std::atomic<int>> version(kKeys);
  std::vector<std::atomic<int>> seen(kKeys);
  std::vector<std::atomic<bool>> busy(kKeys);
  std::atomic<int> doubled{0};
  std::vector<std::thread> threads;
  for (int worker = 0; worker < 4; ++worker) {
    threads.emplace_back([&] {
      while (const auto key = queue.Get()) {
        const auto k = static_cast<std::size_t>(std::stoi(*key));
        if (busy[k].exchange(true)) ++doubled;
        seen[k] = version[k].load();
        busy[k] = false;
        queue.Done(*key);
      }
    });
  }
  std::vector<std::thread> producers;
  for (int producer = 0; producer < 2; ++producer) {
    producers.emplace_back([&, producer] {
      for (int i = 0; i < kAdds; ++i) {
        const int k = (i * 7 + producer) % kKeys;
        ++version[static_cast<std::size_t>(k)];
        if (i % 5 == 0) {
          queue.AddAfter(std::to_string(k), kMillisecond);
        } else {
          queue.Add(std::to_string(k));
        }
      }
      for (int k = 0; k < kKeys; ++k) queue.Add(std::to_string(k));
    });
  }
  for (std::thread& producer : producers) producer.join();
  EXPECT_TRUE(queue.WaitUntilIdle(kLong));
  queue.ShutDown(QueueEnd::kDrain);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(doubled, 0);
  // No change was missed.
  for (std::size_t k = 0; k < kKeys; ++k) EXPECT_EQ(seen[k], version[k]) << k;
}

TEST(WorkQueue, PausedItWaitsForWorkUnderWayAndKeepsWhatIsAdded) {
  WorkQueue queue;
  testing::Shared<std::vector<std::string>> got;
  testing::Shared<bool> finish;
  std::thread worker([&] {
    while (const auto key = queue.Get()) {
      got.Change([&](auto& keys) { keys.push_back(*key); });
      EXPECT_TRUE(finish.WaitFor([](bool may) { return may; }));
      queue.Done(*key);
    }
  });
  queue.Add("a");
  ASSERT_TRUE(got.WaitFor([](const auto& keys) { return keys.size() == 1; }));
  EXPECT_FALSE(queue.Pause(0)) << "one is worked on";
  queue.Add("b");
  queue.AddAfter("c", 1);
  finish.Change([](bool& may) { may = true; });
  EXPECT_TRUE(queue.Pause(kLong));
  EXPECT_EQ(got.Get().size(), 1U);
  EXPECT_EQ(queue.stats().working, 0U);
  queue.Resume();
  EXPECT_TRUE(got.WaitFor([](const auto& keys) { return keys.size() == 3; }));
  EXPECT_TRUE(queue.Pause(kLong));
  queue.ShutDown(QueueEnd::kDiscard);  // ends the worker all the same
  worker.join();
}

TEST(WorkQueue, ADelayedKeyWakesAWorkerThatWaits) {
  WorkQueue queue;
  testing::Shared<std::vector<std::string>> got;
  std::thread worker([&] {
    while (const auto key = queue.Get()) {
      got.Change([&](auto& keys) { keys.push_back(*key); });
      queue.Done(*key);
    }
  });
  queue.AddAfter("late", 3600 * kSecond);
  queue.AddAfter("soon", 2 * kMillisecond);
  EXPECT_EQ(queue.AddAfterFailure("failed"), 5 * kMillisecond);
  EXPECT_EQ(queue.failures("failed"), 1);
  queue.Forget("failed");
  EXPECT_TRUE(got.WaitFor([](const auto& keys) { return keys.size() == 2; }));
  EXPECT_EQ(queue.stats().delayed, 1U);
  queue.ShutDown(QueueEnd::kDiscard);
  worker.join();
  EXPECT_EQ(got.Get(), (std::vector<std::string>{"soon", "failed"}));
}

TEST(WorkQueue, ShutDownWakesEveryWorker) {
  WorkQueue queue;
  std::vector<std::thread> workers;
  for (int i = 0; i < 3; ++i) {
    workers.emplace_back([&] { EXPECT_EQ(queue.Get(), std::nullopt); });
  }
  queue.ShutDown(QueueEnd::kDiscard);
  queue.ShutDown(QueueEnd::kDiscard);
  for (std::thread& worker : workers) worker.join();
  queue.Add("a");
  EXPECT_EQ(queue.Get(), std::nullopt);
}

TEST(WorkQueue, DrainHandsOutWhatIsReady) {
  WorkQueue queue;
  queue.Add("a");
  queue.Add("b");
  queue.AddAfter("c", kMillisecond);
  queue.ShutDown(QueueEnd::kDrain);
  EXPECT_EQ(queue.Get(), "a");
  EXPECT_FALSE(queue.WaitUntilIdle(0));
  queue.Done("a");
  EXPECT_EQ(queue.Get(), "b");
  queue.Done("b");
  EXPECT_EQ(queue.Get(), std::nullopt);
  EXPECT_TRUE(queue.WaitUntilIdle(0));
}

}  // namespace
}  // namespace clockwork::kube
