#include "images/common/telemetry/log_chunks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "images/common/telemetry/rows.h"
#include "tests/support/telemetry_logs.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::telemetry {
namespace {

using clockwork::testing::TemporaryDirectory;
using clockwork::testing::WriteText;
using ::testing::HasSubstr;

constexpr char kHeader[] = "head\n";

class LogChunksTest : public ::testing::Test {
 protected:
  // The texts of all chunks, one after the other; an error ends them.
  Status ReadAll(const std::string& text, std::size_t chunk_bytes) {
    WriteText(path_, text);
    LogChunks log;
    texts_.clear();
    cut_ = false;
    if (Status status = log.Open(path_, kHeader, chunk_bytes); !status.ok()) return status;
    LogChunks::Lines lines;
    for (std::size_t i = 0; i < log.count(); ++i) {
      Status status = log.Read(i, &lines);
      texts_ += lines.text;
      if (!status.ok()) return status;
      EXPECT_FALSE(cut_ && !lines.text.empty()) << "only the last line can be cut";
      cut_ = cut_ || lines.cut;
    }
    return {};
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "log.tsv";
  std::string texts_;
  bool cut_ = false;
};

TEST_F(LogChunksTest, AllChunksTogetherAreTheFileWhereverTheyEnd) {
  for (const std::string body :
       {"", "\n", "a\n", "a", "ab\ncd\n", "ab\ncd", "\n\n\n", "\n\nx",
        "one\n\nthree\nfour and more\n", "a long line with nothing before it\nb\n",
        "b\na long line with nothing behind it"}) {
    for (std::size_t chunk_bytes = 1; chunk_bytes <= body.size() + 2; ++chunk_bytes) {
      const Status status = ReadAll(kHeader + body, chunk_bytes);
      ASSERT_TRUE(status.ok()) << status.error().message;
      const bool cut = !body.empty() && body.back() != '\n';
      EXPECT_EQ(texts_, cut ? body + "\n" : body) << chunk_bytes;
      EXPECT_EQ(cut_, cut) << body;
    }
  }
}

TEST_F(LogChunksTest, FindsTheEndsOfLinesLongerThanWhatItReadsAtFirst) {
  std::string body;
  for (const std::size_t length : {10'000UL, 3UL, 100'000UL, 0UL, kReadBytes - 1, 7UL}) {
    body += std::string(length, 'x') + "\n";
  }
  for (const std::size_t chunk_bytes : {100UL, 1'000UL, 9'999UL, 10'001UL, kChunkBytes}) {
    ASSERT_TRUE(ReadAll(kHeader + body, chunk_bytes).ok());
    EXPECT_EQ(texts_, body) << chunk_bytes;
  }
}

TEST_F(LogChunksTest, TheHeaderMustBeThere) {
  for (const std::string text : {"", "hea", "tail\n", "head\t\n"}) {
    const Status status = ReadAll(text, 10);
    ASSERT_FALSE(status.ok()) << text;
    EXPECT_THAT(status.error().message, HasSubstr(path_));
  }
  EXPECT_TRUE(ReadAll("head", 10).ok());
  EXPECT_FALSE(ReadAll("hea\n", 10).ok());
}

TEST_F(LogChunksTest, ALineWithoutEndIsAnErrorAfterTheLinesBefore) {
  const std::string body = "a\nb\n" + std::string(3 * kReadBytes, '1') + "\nc\n";
  for (const std::size_t chunk_bytes : {5UL, 1'000UL, kReadBytes}) {
    const Status status = ReadAll(kHeader + body, chunk_bytes);
    ASSERT_FALSE(status.ok()) << chunk_bytes;
    EXPECT_THAT(status.error().message, HasSubstr(path_));
    EXPECT_EQ(texts_, "a\nb\n");
  }
}

TEST_F(LogChunksTest, AFileThatShrinksIsAnError) {
  WriteText(path_, kHeader + std::string(10'000, '\n'));
  LogChunks log;
  ASSERT_TRUE(log.Open(path_, kHeader, 100).ok());
  ASSERT_EQ(::truncate(path_.c_str(), 5'000), 0);
  LogChunks::Lines lines;
  EXPECT_TRUE(log.Read(0, &lines).ok());
  const Status status = log.Read(99, &lines);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("shorter"));
}

}  // namespace
}  // namespace clockwork::telemetry
