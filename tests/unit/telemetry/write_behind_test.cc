#include "images/common/telemetry/write_behind.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "tests/support/file_size_limit.h"
#include "tests/support/telemetry_logs.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::telemetry {
namespace {

using clockwork::testing::FileSizeLimit;
using clockwork::testing::ReadText;
using clockwork::testing::TemporaryDirectory;
using ::testing::HasSubstr;

constexpr std::size_t kPieceBytes = 32;
constexpr std::size_t kPieces = 3;

class WriteBehindTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const int fd = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    ASSERT_GE(fd, 0);
    ASSERT_TRUE(disk_.Start(fd, path_).ok());
    piece_ = disk_.Exchange(&piece_);
    ASSERT_NE(piece_, nullptr);
  }
  void Fill(const std::string& text) {
    std::copy(text.begin(), text.end(), piece_->bytes.begin());
    piece_->used = text.size();
  }
  // False when it was not taken.
  bool HandOver(const std::string& text) {
    Fill(text);
    auto empty = disk_.Exchange(&piece_);
    if (empty == nullptr) return false;
    piece_ = std::move(empty);
    EXPECT_EQ(piece_->used, 0U);
    return true;
  }

  const TemporaryDirectory directory_;
  const std::string path_ = directory_ / "log";
  WriteBehind disk_{kPieceBytes, kPieces};
  std::unique_ptr<WriteBehind::Piece> piece_;
};

TEST_F(WriteBehindTest, WritesEveryPieceInOrderAndWaitsForRoom) {
  std::string all;
  for (int i = 0; i < 2'000; ++i) {
    const std::string text = std::to_string(i) + " is written\n";
    ASSERT_TRUE(HandOver(text));
    all += text;
  }
  disk_.Drain();
  EXPECT_EQ(ReadText(path_), all);
  Fill("the last\n");
  EXPECT_EQ(disk_.Stop(std::move(piece_)), 0U);
  EXPECT_EQ(ReadText(path_), all + "the last\n");
  EXPECT_TRUE(disk_.TakeFailure().ok());
}

// What does not fit is kept as long as there are pieces, and written when there is space again.
TEST_F(WriteBehindTest, AFullDiskIsToldOnceAndHoldsBackWhole) {
  const FileSizeLimit limit;
  limit.Set(9);
  ASSERT_TRUE(HandOver("line 1\nline 2\n"));
  disk_.Drain();
  EXPECT_EQ(ReadText(path_), "line 1\n");
  EXPECT_THAT(disk_.TakeFailure().error().message, HasSubstr(path_));
  ASSERT_TRUE(HandOver("line 3\n"));
  EXPECT_FALSE(HandOver("line 4\n")) << "two wait, and the third is the caller's";
  EXPECT_EQ(disk_.waits(), 0U) << "there is nothing to wait for";
  disk_.Retry();
  disk_.Drain();
  EXPECT_TRUE(disk_.TakeFailure().ok()) << "told once";
  limit.Lift();
  disk_.Retry();
  disk_.Drain();
  EXPECT_EQ(ReadText(path_), "line 1\nline 2\nline 3\n");
  EXPECT_EQ(disk_.Stop(std::move(piece_)), 0U);
  EXPECT_EQ(ReadText(path_), "line 1\nline 2\nline 3\nline 4\n");
}

TEST_F(WriteBehindTest, CountsTheLinesThatItCouldNotWrite) {
  const FileSizeLimit limit;
  limit.Set(9);
  ASSERT_TRUE(HandOver("line 1\nline 2\n"));
  Fill("line 3\nline 4\n");
  EXPECT_EQ(disk_.Stop(std::move(piece_)), 3U);
  EXPECT_FALSE(disk_.TakeFailure().ok());
  EXPECT_EQ(disk_.Stop(nullptr), 0U) << "it has ended";
  limit.Lift();
  EXPECT_EQ(ReadText(path_), "line 1\n");
}

}  // namespace
}  // namespace clockwork::telemetry
