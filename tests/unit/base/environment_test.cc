#include "images/common/base/environment.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace clockwork {
namespace {

constexpr char kName[] = "CLOCKWORK_ENVIRONMENT_TEST";

TEST(Environment, AnUnsetOrEmptyVariableIsTheFallback) {
  ::unsetenv(kName);
  EXPECT_EQ(EnvironmentOr(kName, "fallback"), "fallback");
  ::setenv(kName, "", 1);
  EXPECT_EQ(EnvironmentOr(kName, "fallback"), "fallback");
}

TEST(Environment, ASetVariableWins) {
  ::setenv(kName, " value ", 1);
  EXPECT_EQ(EnvironmentOr(kName, "fallback"), " value ");
}

}  // namespace
}  // namespace clockwork
