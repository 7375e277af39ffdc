// `telemetry hold`, which keeps a container for `telemetry archive` to be run in.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "images/common/base/file.h"
#include "tests/support/paths.h"
#include "tests/support/process.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::testing {
namespace {

constexpr std::size_t kMoreThanAPipeBytes = 4U << 20;
constexpr int kPatienceMs = 60'000;

// The program has a file of its own: what other tests do with theirs does not count here.
class Hold : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::copy_file(ProgramPath("telemetry"), program_); }

  const TemporaryDirectory directory_;
  const std::string program_ = directory_ / "telemetry";
};

TEST_F(Hold, EndsByItselfWithoutUse) {
  Process hold({program_, "hold", "--seconds", "1"});
  EXPECT_EQ(hold.Wait(), ExitedWith(0)) << hold.err();
}

TEST_F(Hold, LastsWhileAnArchiveIsWritten) {
  const std::string tree = directory_ / "tree";
  std::filesystem::create_directory(tree);
  ASSERT_TRUE(WriteFileAtomically(tree + "/first", std::string(kMoreThanAPipeBytes, 'x')).ok());
  const std::string pipe = directory_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  Process archive({"sh", "-c", "exec \"$0\" archive -i \"$1\" >\"$2\"", program_, tree, pipe});
  const int out = ::open(pipe.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(out, 0);
  pollfd readable{out, POLLIN, 0};
  EXPECT_EQ(::poll(&readable, 1, kPatienceMs), 1);  // more is written than is read
  Process hold({program_, "hold", "--seconds", "1"});
  EXPECT_TRUE(hold.WaitForOutput("an archive is being written")) << hold.err();
  ::close(out);
  EXPECT_TRUE(archive.Wait().has_value());
  EXPECT_EQ(hold.Wait(), ExitedWith(0)) << hold.err();
}

}  // namespace
}  // namespace clockwork::testing
