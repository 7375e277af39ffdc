#include "images/client/progress_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <thread>

#include "images/common/base/file.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::client {
namespace {

using clockwork::testing::TemporaryDirectory;
using ::testing::HasSubstr;

TEST(ProgressFileTest, HoldsTheNewestTextAtTheEnd) {
  const TemporaryDirectory directory;
  const std::string path = directory / "progress.json";
  {
    ProgressFile file(path);
    ASSERT_TRUE(file.Start("begun").ok());
    EXPECT_EQ(*ReadFile(path), "begun");
    for (int i = 0; i <= 100; ++i) file.Write(std::to_string(i));
  }
  EXPECT_EQ(*ReadFile(path), "100");
}

TEST(ProgressFileTest, AFailureIsToldOnceAndTheNextTextIsTriedAgain) {
  const TemporaryDirectory directory;
  const std::string folder = directory / "folder";
  const std::string path = folder + "/progress.json";
  std::filesystem::create_directory(folder);
  ProgressFile file(path);
  ASSERT_TRUE(file.Start("begun").ok());
  std::filesystem::remove_all(folder);
  file.Write("lost");
  Status failure;
  while ((failure = file.TakeFailure()).ok()) std::this_thread::yield();
  EXPECT_THAT(failure.error().message, HasSubstr(path));
  std::filesystem::create_directory(folder);
  while (!std::filesystem::exists(path)) {
    file.Write("found");
    std::this_thread::yield();
  }
  EXPECT_TRUE(file.TakeFailure().ok());
}

TEST(ProgressFileTest, OneThatCannotBeWrittenIsRefusedAtTheStart) {
  ProgressFile file("/nonexistent/progress.json");
  EXPECT_THAT(file.Start("begun").error().message, HasSubstr("/nonexistent/progress.json"));
}

TEST(ProgressFileTest, WithoutAPathThereIsNone) {
  ProgressFile file("");
  EXPECT_TRUE(file.Start("begun").ok());
  file.Write("more");
  EXPECT_TRUE(file.TakeFailure().ok());
}

}  // namespace
}  // namespace clockwork::client
