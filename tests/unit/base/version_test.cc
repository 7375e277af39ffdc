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

TEST(Version, NamesOneBuildWhereAllOfItIsCommitted) {
  for (const char* version : {"0.1.0 (0123456789ab)", "client 0.1.0 (0123456789ab)", "fork 3"}) {
    EXPECT_TRUE(IsCommitted(version)) << version;
  }
  for (const char* version :
       {"0.1.0 (0123456789ab-dirty)", "client 0.1.0 (unknown)", "0.1.0 (unknown)"}) {
    EXPECT_FALSE(IsCommitted(version)) << version;
  }
}

}  // namespace
}  // namespace clockwork
