#include "images/common/base/version.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clockwork {
namespace {

using ::testing::MatchesRegex;
using ::testing::StartsWith;

TEST(Version, BeginsWithTheTagOfTheReleasesImages) {
  EXPECT_THAT(ReleaseTag(), MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_THAT(Version(), StartsWith(ReleaseTag() + " ("));
}

}  // namespace
}  // namespace clockwork
