#include "images/common/base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "images/common/base/exit_code.h"

namespace clockwork {
namespace {

Result<int> Half(int value) {
  if (value % 2 != 0) return UsageError("odd");
  return value / 2;
}

TEST(Result, HoldsAValue) {
  auto result = Half(8);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(*result, 4);
  EXPECT_TRUE(result.status().ok());
}

TEST(Result, HoldsAnError) {
  const auto result = Half(7);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "odd");
  EXPECT_EQ(result.error().kind, ErrorKind::kUsage);
  EXPECT_FALSE(result.status().ok());
}

TEST(Result, GivesItsValueAway) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(5));
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 5);
}

TEST(Status, IsSuccessUntilToldOtherwise) {
  EXPECT_TRUE(Status().ok());
  const Status failed = RuntimeError("disk is full");
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message, "disk is full");
}

TEST(ExitCode, FollowsTheKindOfError) {
  EXPECT_EQ(ExitCodeOf(UsageError("")), 2);
  EXPECT_EQ(ExitCodeOf(RuntimeError("")), 1);
}

}  // namespace
}  // namespace clockwork
