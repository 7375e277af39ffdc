#include "operator/remote/unpack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "images/common/base/file.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::remote {
namespace {

using clockwork::testing::TemporaryDirectory;
using ::testing::HasSubstr;

Status Add(DirectorySink* sink, const std::string& path, const std::string& content) {
  const archive::Member member{path, false, static_cast<std::int64_t>(content.size()), 0};
  if (Status status = sink->Begin(member); !status.ok()) return status;
  if (Status status = sink->Content(content); !status.ok()) return status;
  return sink->End();
}

TEST(DirectorySink, MakesFilesAndTheDirectoriesThatTheyNeed) {
  const TemporaryDirectory directory;
  DirectorySink sink(directory.path());
  ASSERT_TRUE(sink.Begin({"empty", true, 0, 0}).ok());
  ASSERT_TRUE(sink.End().ok());
  ASSERT_TRUE(Add(&sink, "a/b/c", "text").ok());
  EXPECT_EQ(*ReadFile(directory / "a/b/c"), "text");
  EXPECT_TRUE(std::filesystem::is_directory(directory / "empty"));
  EXPECT_EQ(sink.files(), 1);
}

TEST(DirectorySink, ReplacesNothingAndFollowsNoLink) {
  const TemporaryDirectory directory;
  const TemporaryDirectory outside;
  std::filesystem::create_symlink(outside / "target", directory / "link");
  DirectorySink sink(directory.path());
  ASSERT_TRUE(Add(&sink, "a", "first").ok());
  for (const char* path : {"a", "link", "a/below"}) {
    const Status status = Add(&sink, path, "second");
    ASSERT_FALSE(status.ok()) << path;
    EXPECT_THAT(status.error().message, HasSubstr(directory.path()));
  }
  EXPECT_EQ(*ReadFile(directory / "a"), "first");
  EXPECT_FALSE(std::filesystem::exists(outside / "target"));
}

}  // namespace
}  // namespace clockwork::remote
