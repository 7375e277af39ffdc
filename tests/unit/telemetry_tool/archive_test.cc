#include "images/telemetry/archive.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "images/common/archive/ustar_reader.h"
#include "images/common/base/file.h"
#include "tests/support/archive_text.h"
#include "tests/support/process.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::telemetry {
namespace {

using clockwork::testing::ArchiveText;
using clockwork::testing::TemporaryDirectory;
using ::testing::HasSubstr;

class ArchiveTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& content) {
    const std::string path = directory_ / ("tree/" + name);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    ASSERT_TRUE(WriteFileAtomically(path, content).ok());
  }
  // The archive of `directory` as text, or the error.
  Result<std::string> Archived(const std::string& directory) {
    const std::string file = directory_ / "archive.tar";
    const int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    const Status status = WriteArchive(directory, out);
    ::close(out);
    auto bytes = ReadFile(file);
    if (!bytes.ok()) return bytes;
    ArchiveText sink;
    archive::Reader reader(&sink);
    if (Status taken = reader.Take(*bytes); !taken.ok()) return taken.error();
    EXPECT_EQ(reader.Finish().ok(), status.ok()) << "the end says that all is there";
    if (!status.ok()) return status.error();
    return sink.text;
  }

  TemporaryDirectory directory_;
};

TEST_F(ArchiveTest, HoldsTheTreeInTheOrderOfNames) {
  Write("trial-1/file=controller_1_request.tsv", "rows\n");
  Write("data/11b.tsv", std::string(3, '1'));
  Write("empty", "");
  const auto text = Archived(directory_ / "tree");
  ASSERT_TRUE(text.ok()) << text.error().message;
  EXPECT_EQ(*text,
            "data/;data/11b.tsv:111;empty:;trial-1/;trial-1/file=controller_1_request.tsv:rows\n;");
}

TEST_F(ArchiveTest, LeavesOutLinksAndFilesThatAreBeingReplaced) {
  Write("a", "a");
  Write("b.tmp.1234", "half");
  Write(".c.tsv.tmp", "half");
  std::filesystem::create_symlink("/etc/passwd", directory_ / "tree/link");
  const auto text = Archived(directory_ / "tree");
  ASSERT_TRUE(text.ok()) << text.error().message;
  EXPECT_EQ(*text, "a:a;");
}

TEST_F(ArchiveTest, HasNoEndWhereAFileDoesNotFit) {
  Write("a", "a");
  Write(std::string(120, 'n'), "n");
  const auto text = Archived(directory_ / "tree");
  ASSERT_FALSE(text.ok());
  EXPECT_THAT(text.error().message, HasSubstr("no room"));
}

TEST_F(ArchiveTest, WithoutADirectoryThereIsNothingYet) {
  const auto text = Archived(directory_ / "nothing");
  ASSERT_FALSE(text.ok());
  EXPECT_THAT(text.error().message, HasSubstr("nothing: No such file or directory"));
}

TEST_F(ArchiveTest, AReaderThatHasGoneIsAnError) {
  Write("big", std::string(1 << 20, 'b'));
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  ::close(ends[0]);
  ::signal(SIGPIPE, SIG_IGN);
  const Status status = WriteArchive(directory_ / "tree", ends[1]);
  ::close(ends[1]);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("cannot write the archive"));
}

}  // namespace
}  // namespace clockwork::telemetry
