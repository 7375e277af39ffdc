#include "images/client/zoo_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "images/common/base/file.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::client {
namespace {

bool ByName(const ZooEntry& a, const ZooEntry& b) { return a.name < b.name; }

TEST(ZooChoiceTest, ThePublishedOrderPutsTheInferredFirstModelFirst) {
  const auto zoo = ChooseZoo("v100-osdi20", "published", 66);
  ASSERT_TRUE(zoo.ok());
  ASSERT_EQ(zoo->entries.size(), 61U);
  EXPECT_EQ(zoo->entries.front().name, "tsn_inceptionv1_kinetics400");
  EXPECT_TRUE(std::is_sorted(zoo->entries.begin() + 1, zoo->entries.end(), ByName));
  EXPECT_EQ(zoo->order, "published");
  EXPECT_FALSE(zoo->shuffle_models);
}

TEST(ZooChoiceTest, OtherOrdersLoadByName) {
  for (const char* order : {"alphabetical", "shuffled"}) {
    const auto zoo = ChooseZoo("v100-osdi20", order, 66);
    ASSERT_TRUE(zoo.ok());
    EXPECT_TRUE(std::is_sorted(zoo->entries.begin(), zoo->entries.end(), ByName));
    EXPECT_EQ(zoo->shuffle_models, std::string(order) == "shuffled");
  }
}

TEST(ZooChoiceTest, ADirectoryIsTakenByName) {
  const testing::TemporaryDirectory directory;
  for (const char* name : {"b", "a"}) {
    std::filesystem::create_directory(directory / name);
    ASSERT_TRUE(
        WriteFileAtomically(directory / (std::string(name) + "/model.clockwork_params"), "").ok());
  }
  const auto zoo = ChooseZoo(directory.path(), "published", 3);
  ASSERT_TRUE(zoo.ok()) << zoo.error().message;
  ASSERT_EQ(zoo->entries.size(), 2U);
  EXPECT_EQ(zoo->entries[0].path, directory / "a/model");
  EXPECT_EQ(zoo->order, "alphabetical") << "the summary tells the order that was used";
}

TEST(ZooChoiceTest, AMissingDirectoryIsAUsageError) {
  const auto zoo = ChooseZoo("/no/such/zoo", "published", 3);
  ASSERT_FALSE(zoo.ok());
  EXPECT_EQ(zoo.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(zoo.error().message, ::testing::HasSubstr("/no/such/zoo"));
}

}  // namespace
}  // namespace clockwork::client
