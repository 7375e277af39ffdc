#include "images/common/base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "tests/support/temporary_directory.h"

namespace clockwork {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryDirectory;

std::size_t FileCount(const std::string& directory) {
  const std::filesystem::directory_iterator begin(directory);
  return static_cast<std::size_t>(std::distance(begin, {}));
}

TEST(File, ReadsWhatWasWritten) {
  TemporaryDirectory directory;
  const std::string content("line\n\0binary\xff", 13);
  ASSERT_TRUE(WriteFileAtomically(directory / "file", content).ok());
  auto read = ReadFile(directory / "file");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, content);
}

TEST(File, ReplacesInOneStepAndLeavesNothingBeside) {
  TemporaryDirectory directory;
  ASSERT_TRUE(WriteFileAtomically(directory / "file", "a long first content").ok());
  ASSERT_TRUE(WriteFileAtomically(directory / "file", "second").ok());
  auto read = ReadFile(directory / "file");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, "second");
  EXPECT_EQ(FileCount(directory.path()), 1U);
}

TEST(File, AMissingDirectoryIsNamed) {
  TemporaryDirectory directory;
  const std::string path = directory / "missing/file";
  const Status status = WriteFileAtomically(path, "content");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kRuntime);
  EXPECT_THAT(status.error().message, HasSubstr(path));
  EXPECT_THAT(status.error().message, HasSubstr("No such file or directory"));
}

TEST(File, AFailedReplacementKeepsTheOldAndLeavesNothingBeside) {
  TemporaryDirectory directory;
  ASSERT_EQ(::mkdir((directory / "taken").c_str(), 0755), 0);
  const Status status = WriteFileAtomically(directory / "taken", "content");
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("taken: Is a directory"));
  EXPECT_EQ(FileCount(directory.path()), 1U);
}

TEST(File, AMissingFileIsNamed) {
  TemporaryDirectory directory;
  const auto read = ReadFile(directory / "absent");
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().message,
            "cannot open " + directory / "absent" + ": No such file or directory");
}

TEST(File, ADirectoryIsNotReadable) {
  TemporaryDirectory directory;
  const auto read = ReadFile(directory.path());
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().message, "cannot read " + directory.path() + ": Is a directory");
}

TEST(File, ReadsUpToItsLimitAndNotBeyond) {
  TemporaryDirectory directory;
  ASSERT_TRUE(WriteFileAtomically(directory / "file", std::string(1000, 'x')).ok());
  EXPECT_TRUE(ReadFile(directory / "file", 1000).ok());
  const auto read = ReadFile(directory / "file", 999);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().message, directory / "file" + " is larger than 999 bytes");
}

}  // namespace
}  // namespace clockwork
