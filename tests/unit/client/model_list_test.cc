#include "images/client/core/model_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace clockwork::client {
namespace {

using ::testing::ElementsAre;

std::vector<std::uint32_t> Ids(const std::vector<LoadedModel>& models) {
  std::vector<std::uint32_t> ids;
  ids.reserve(models.size());
  for (const LoadedModel& model : models) ids.push_back(model.model_id);
  return ids;
}

TEST(ModelListTest, CopiesAreAppendedWithConsecutiveIds) {
  std::vector<LoadedModel> models;
  AppendCopies(7, 3, 100, &models);
  AppendCopies(20, 2, 200, &models);
  EXPECT_THAT(Ids(models), ElementsAre(7, 8, 9, 20, 21));
  EXPECT_EQ(models[2].input_bytes, 100U);
  EXPECT_EQ(models[3].input_bytes, 200U);
}

TEST(ModelListTest, ShufflingKeepsEveryModelAndMixesThem) {
  std::vector<LoadedModel> models;
  AppendCopies(0, 4026, 0, &models);
  ShuffleModels(&models);
  const std::vector<std::uint32_t> ids = Ids(models);
  EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), 4026U);
  // A random permutation leaves few of the first 66 copies in the first 66 places.
  EXPECT_LT(std::count_if(ids.begin(), ids.begin() + 66, [](auto id) { return id < 66; }), 8);
}

TEST(ModelListTest, TheShuffledOrderIsTheSameEverywhere) {
  std::vector<LoadedModel> models;
  AppendCopies(0, 6, 0, &models);
  ShuffleModels(&models);
  EXPECT_THAT(Ids(models), ElementsAre(2, 5, 0, 3, 4, 1));
}

TEST(ModelListTest, ShufflingNothingIsHarmless) {
  std::vector<LoadedModel> models;
  ShuffleModels(&models);
  EXPECT_TRUE(models.empty());
}

}  // namespace
}  // namespace clockwork::client
