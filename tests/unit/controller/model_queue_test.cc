#include "images/controller/core/model_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <vector>

namespace clockwork::controller {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Requests in a pool, named by the order of their arrival.
class ModelQueueTest : public ::testing::Test {
 protected:
  RequestIndex Add() {
    RequestIndex index = 0;
    EXPECT_TRUE(pool_.Take(&index));
    pool_[index].queued = true;
    queue_.Append(index);
    return index;
  }
  std::vector<RequestIndex> Find(std::size_t size, std::size_t count) {
    std::vector<RequestIndex> found;
    const std::size_t number = queue_.Find(pool_, size, count, &found, &end_);
    EXPECT_EQ(number, found.size());
    return found;
  }

  RequestPool pool_;
  ModelQueue queue_{3};
  std::uint64_t end_ = 0;
};

TEST_F(ModelQueueTest, EveryRequestIsInEveryQueue) {
  EXPECT_TRUE(queue_.AllEmpty());
  const RequestIndex first = Add();
  Add();
  for (std::size_t size = 0; size < 3; ++size) {
    EXPECT_FALSE(queue_.Empty(size));
    EXPECT_EQ(queue_.Front(size), first);
    EXPECT_EQ(queue_.Length(size), 2U);
  }
}

TEST_F(ModelQueueTest, FrontsMoveOneByOne) {
  Add();
  const RequestIndex second = Add();
  queue_.PopFront(1);
  EXPECT_EQ(queue_.Length(0), 2U);
  EXPECT_EQ(queue_.Length(1), 1U);
  EXPECT_EQ(queue_.Front(1), second);
  queue_.PopFront(1);
  EXPECT_TRUE(queue_.Empty(1));
  EXPECT_FALSE(queue_.AllEmpty());
}

TEST_F(ModelQueueTest, FindSkipsWhatIsAnswered) {
  std::vector<RequestIndex> all;
  for (int i = 0; i < 5; ++i) all.push_back(Add());
  pool_[all[1]].answered = true;
  EXPECT_THAT(Find(0, 3), ElementsAre(all[0], all[2], all[3]));
  EXPECT_EQ(end_, 4U);
  EXPECT_THAT(Find(0, 9), ElementsAre(all[0], all[2], all[3], all[4]));
  EXPECT_THAT(Find(0, 0), IsEmpty());
}

TEST_F(ModelQueueTest, DropBeforeMovesOnlyQueuesThatAreBehind) {
  for (int i = 0; i < 4; ++i) Add();
  for (int i = 0; i < 3; ++i) queue_.PopFront(2);
  queue_.DropBefore(2);
  EXPECT_EQ(queue_.Length(0), 2U);
  EXPECT_EQ(queue_.Length(1), 2U);
  EXPECT_EQ(queue_.Length(2), 1U);
}

TEST_F(ModelQueueTest, TrimReleasesWhatNoQueueHoldsAndIsAnswered) {
  const RequestIndex answered = Add();
  const RequestIndex waiting = Add();
  Add();
  pool_[answered].answered = true;
  for (std::size_t size = 0; size < 2; ++size) {
    queue_.PopFront(size);
    queue_.PopFront(size);
  }
  queue_.Trim(pool_);
  EXPECT_TRUE(pool_[answered].queued) << "the third queue still holds it";
  EXPECT_EQ(pool_.in_use(), 3U);
  queue_.DropBefore(2);
  queue_.Trim(pool_);
  EXPECT_EQ(pool_.in_use(), 2U);
  EXPECT_FALSE(pool_[waiting].queued) << "it waits for its time-out alone";
}

TEST_F(ModelQueueTest, BehavesAsOneFifoPerBatchSize) {
  std::mt19937 random(5);
  std::vector<std::deque<RequestIndex>> model(3);
  for (int step = 0; step < 5000; ++step) {
    const std::size_t size = random() % 3;
    if (random() % 2 == 0) {
      const RequestIndex index = Add();
      for (auto& fifo : model) fifo.push_back(index);
    } else if (!model[size].empty()) {
      queue_.PopFront(size);
      model[size].pop_front();
    }
    if (random() % 8 == 0) queue_.Trim(pool_);
    for (std::size_t i = 0; i < 3; ++i) {
      ASSERT_EQ(queue_.Length(i), model[i].size());
      ASSERT_EQ(queue_.Empty(i), model[i].empty());
      if (!model[i].empty()) {
        ASSERT_EQ(queue_.Front(i), model[i].front());
      }
    }
  }
}

}  // namespace
}  // namespace clockwork::controller
