#include "images/controller/core/request_pool.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace clockwork::controller {
namespace {

TEST(RequestPoolTest, GivesASlotBackOnlyWhenNothingRefersToIt) {
  RequestPool pool;
  RequestIndex index = 0;
  ASSERT_TRUE(pool.Take(&index));
  struct Case {
    std::string what;
    bool answered, queued, in_action;
    std::size_t in_use_after;
  };
  const std::vector<Case> cases = {
      {"nobody has answered", false, false, false, 1},
      {"a queue names it", true, true, false, 1},
      {"an action holds it", true, false, true, 1},
      {"done", true, false, false, 0},
  };
  for (const Case& c : cases) {
    pool[index].answered = c.answered;
    pool[index].queued = c.queued;
    pool[index].in_action = c.in_action;
    pool.ReleaseIfDone(index);
    EXPECT_EQ(pool.in_use(), c.in_use_after) << c.what;
  }
}

TEST(RequestPoolTest, AReusedSlotHasANewGenerationAndNothingOfTheOldRequest) {
  RequestPool pool;
  RequestIndex first = 0;
  ASSERT_TRUE(pool.Take(&first));
  const std::uint32_t generation = pool.Generation(first);
  pool.SetInput(first, "input");
  EXPECT_EQ(pool.Input(first), "input");
  pool[first].answered = true;
  pool.ReleaseIfDone(first);
  RequestIndex second = 0;
  ASSERT_TRUE(pool.Take(&second));
  EXPECT_EQ(second, first);
  EXPECT_NE(pool.Generation(second), generation);
  EXPECT_FALSE(pool[second].answered);
  EXPECT_EQ(pool.Input(second), "");
}

TEST(RequestPoolTest, WithRoomItsSlotsStayWhereTheyAre) {
  RequestPool pool;
  pool.Reserve(1'000);
  RequestIndex index = 0;
  ASSERT_TRUE(pool.Take(&index));
  const Request* first = &pool[index];
  for (int i = 1; i < 1'000; ++i) ASSERT_TRUE(pool.Take(&index));
  EXPECT_EQ(&pool[0], first);
}

TEST(RequestPoolTest, RefusesBeyondItsLimitUntilASlotIsFree) {
  RequestPool pool(2);
  RequestIndex first = 0;
  RequestIndex second = 0;
  RequestIndex third = 0;
  ASSERT_TRUE(pool.Take(&first));
  ASSERT_TRUE(pool.Take(&second));
  EXPECT_FALSE(pool.Take(&third));
  EXPECT_EQ(pool.in_use(), 2U);
  pool[first].answered = true;
  pool.ReleaseIfDone(first);
  EXPECT_TRUE(pool.Take(&third));
  EXPECT_EQ(third, first);
}

}  // namespace
}  // namespace clockwork::controller
