#include "images/client/core/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace clockwork::client {
namespace {

TEST(MappingTest, CopiesFollowTheMemoryLoadFactor) {
  EXPECT_EQ(*CopiesPerEntry(1), 3U);
  EXPECT_EQ(*CopiesPerEntry(2), 13U);
  EXPECT_EQ(*CopiesPerEntry(3), 29U);
  EXPECT_EQ(*CopiesPerEntry(4), 66U);
}

TEST(MappingTest, OtherMemoryLoadFactorsAreUsageErrors) {
  for (const std::int64_t factor : {-1, 0, 5, 66}) {
    const auto copies = CopiesPerEntry(factor);
    ASSERT_FALSE(copies.ok()) << factor;
    EXPECT_EQ(copies.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(copies.error().message, ::testing::HasSubstr("give 1, 2, 3 or 4"));
  }
}

TEST(MappingTest, EqualCopiesAreDealtOneZooEntryAtATime) {
  std::size_t remaining = 61UL * 66;
  for (std::size_t entries = 61; entries > 0; --entries) {
    EXPECT_EQ(CopiesOfNextEntry(remaining, entries), 66U);
    remaining -= 66;
  }
  EXPECT_EQ(remaining, 0U);
}

TEST(MappingTest, UnevenCopiesAreAllDealt) {
  std::size_t remaining = 3100;
  for (std::size_t entries = 61; entries > 0; --entries) {
    remaining -= CopiesOfNextEntry(remaining, entries);
  }
  EXPECT_EQ(remaining, 0U);
}

struct Sizes {
  std::size_t functions;
  std::size_t models;
};

class MappingSizesTest : public ::testing::TestWithParam<Sizes> {};

TEST_P(MappingSizesTest, ModelsCarryTheLastFunctionMappedToThem) {
  const auto [functions, models] = GetParam();
  std::vector<std::size_t> last(models, SIZE_MAX);
  std::size_t previous = 0;
  for (std::size_t function = 0; function < functions; ++function) {
    const std::size_t model = ModelOfFunction(function, functions, models);
    ASSERT_LT(model, models);
    ASSERT_GE(model, previous);
    previous = model;
    last[model] = function;
  }
  for (std::size_t model = 0; model < models; ++model) {
    if (last[model] == SIZE_MAX) continue;
    ASSERT_EQ(UserIdOfModel(model, functions, models), last[model]) << model;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, MappingSizesTest,
                         ::testing::Values(Sizes{46'413, 4026}, Sizes{44'182, 4026}, Sizes{7, 7},
                                           Sizes{10, 3}, Sizes{3, 10}, Sizes{1, 66}));

TEST(MappingTest, TheFirstZooModelGetsTheBusiest761Functions) {
  constexpr std::size_t kModels = 61UL * 66;
  EXPECT_LT(ModelOfFunction(760, 46'413, kModels), 66U);
  EXPECT_EQ(ModelOfFunction(761, 46'413, kModels), 66U);
}

}  // namespace
}  // namespace clockwork::client
