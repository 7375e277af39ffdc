#include "images/common/telemetry/log_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/support/file_size_limit.h"
#include "tests/support/telemetry_logs.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::telemetry {
namespace {

using clockwork::testing::FileSizeLimit;
using clockwork::testing::LogText;
using clockwork::testing::ReadText;
using clockwork::testing::TemporaryDirectory;
using ::testing::HasSubstr;

class LogFileTest : public ::testing::Test {
 protected:
  void Open() { ASSERT_TRUE(log_.Open(path_).ok()); }
  void AppendAll(const std::vector<RequestRow>& rows) {
    for (const RequestRow& row : rows) log_.Append(row);
  }
  std::string File() const { return ReadText(path_); }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "log.tsv";
  std::vector<RequestRow> rows_ = clockwork::testing::GoldenRequests();
  LogWriter<RequestRow> log_;
};

TEST_F(LogFileTest, RowsReachTheFileWhenFlushed) {
  Open();
  EXPECT_EQ(File(), kRequestHeader);
  AppendAll(rows_);
  EXPECT_EQ(File(), kRequestHeader);
  ASSERT_TRUE(log_.Sync().ok());
  EXPECT_EQ(File(), LogText(rows_));
  ASSERT_TRUE(log_.Close().ok());
  EXPECT_EQ(File(), LogText(rows_));
  EXPECT_EQ(log_.file().rows(), rows_.size());
  EXPECT_EQ(log_.file().dropped_rows(), 0U);
}

TEST_F(LogFileTest, AFullBufferIsWrittenUnasked) {
  Open();
  std::vector<RequestRow> written;
  while (File() == kRequestHeader) {
    ASSERT_LT(written.size() * kRequestColumns, kLogBufferBytes) << "nothing is ever written";
    AppendAll(rows_);
    written.insert(written.end(), rows_.begin(), rows_.end());
  }
  ASSERT_TRUE(log_.Close().ok());
  EXPECT_EQ(File(), LogText(written));
}

TEST_F(LogFileTest, AFullDiskKeepsWholeRowsAndIsReportedOnce) {
  const std::string all = LogText(rows_);
  for (const std::size_t limit : {all.size() - 1, all.size() - 30, all.size() / 2,
                                  kRequestHeader.size() + 3, kRequestHeader.size()}) {
    SCOPED_TRACE(limit);
    LogWriter<RequestRow> log;
    ASSERT_TRUE(log.Open(path_).ok());
    for (const RequestRow& row : rows_) log.Append(row);
    FileSizeLimit disk;
    disk.Set(limit);
    const Status status = log.Sync();
    ASSERT_FALSE(status.ok());
    EXPECT_THAT(status.error().message, HasSubstr(path_));
    EXPECT_TRUE(log.Sync().ok());
    EXPECT_TRUE(log.Close().ok());
    disk.Lift();
    const std::size_t end = all.rfind('\n', limit - 1) + 1;
    EXPECT_EQ(File(), all.substr(0, end));
    EXPECT_EQ(log.file().rows() + log.file().dropped_rows(), rows_.size());
    std::vector<RequestRow> kept(rows_.begin(),
                                 rows_.begin() + static_cast<std::ptrdiff_t>(log.file().rows()));
    EXPECT_EQ(File(), LogText(kept));
  }
}

TEST_F(LogFileTest, GoesOnWhenThereIsSpaceAgain) {
  Open();
  AppendAll(rows_);
  {
    FileSizeLimit disk;
    disk.Set(LogText(rows_).size() / 2);
    EXPECT_FALSE(log_.Sync().ok());
  }
  EXPECT_TRUE(log_.Close().ok());
  EXPECT_EQ(File(), LogText(rows_));
  EXPECT_EQ(log_.file().dropped_rows(), 0U);
}

TEST_F(LogFileTest, DropsAndCountsRowsForWhichThereIsNoRoom) {
  Open();
  FileSizeLimit disk;
  disk.Set(kRequestHeader.size());
  std::uint64_t appended = 0;
  while (log_.file().dropped_rows() < 1000) {
    AppendAll(rows_);
    appended += rows_.size();
    ASSERT_LT(appended, kLogBufferBytes) << "the buffer has no end";
  }
  disk.Lift();
  EXPECT_FALSE(log_.Flush().ok()) << "the failure that Append met is for Flush to report";
  AppendAll(rows_);
  EXPECT_TRUE(log_.Close().ok());
  EXPECT_EQ(log_.file().rows() + log_.file().dropped_rows(), appended + rows_.size());
  std::uint64_t lines = 0;
  for (const char c : File()) lines += c == '\n' ? 1 : 0;
  EXPECT_EQ(lines, log_.file().rows() + 1);
}

TEST_F(LogFileTest, ADeviceWithoutSpaceCannotBeOpened) {
  if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "there is no /dev/full here";
  ASSERT_EQ(::symlink("/dev/full", path_.c_str()), 0);
  const Status status = log_.Open(path_);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("No space left on device"));
  EXPECT_EQ(::access("/dev/full", F_OK), 0);
}

TEST_F(LogFileTest, WithoutOpenEveryRowIsDropped) {
  AppendAll(rows_);
  EXPECT_TRUE(log_.Flush().ok());
  EXPECT_TRUE(log_.Close().ok());
  EXPECT_EQ(log_.file().dropped_rows(), rows_.size());
}

}  // namespace
}  // namespace clockwork::telemetry
