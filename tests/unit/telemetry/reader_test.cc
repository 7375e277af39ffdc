#include "images/common/telemetry/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <random>
#include <string>
#include <vector>

#include "tests/support/telemetry_logs.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::telemetry {
namespace {

using clockwork::testing::GoldenActions;
using clockwork::testing::GoldenRequests;
using clockwork::testing::LogText;
using clockwork::testing::TemporaryDirectory;
using clockwork::testing::WriteText;
using ::testing::HasSubstr;

template <typename Row>
struct Content {
  Status status;
  std::vector<Row> rows;
  std::uint64_t dropped_rows = 0;
  bool cut = false;
};

template <typename Row>
Content<Row> ReadRest(LogReader<Row>* log) {
  Content<Row> content;
  std::vector<Row> batch;
  do {
    content.status = log->Next(&batch);
    if (!content.status.ok()) break;
    content.rows.insert(content.rows.end(), batch.begin(), batch.end());
  } while (!batch.empty());
  content.dropped_rows = log->dropped_rows();
  content.cut = log->cut();
  return content;
}

class ReaderTest : public ::testing::Test {
 protected:
  template <typename Row = RequestRow>
  Content<Row> Read(std::string_view text) {
    WriteText(path_, text);
    LogReader<Row> log;
    if (Status status = log.Open(path_); !status.ok()) return {status, {}};
    return ReadRest(&log);
  }

  TemporaryDirectory directory_;
  std::string path_ = directory_ / "log.tsv";
};

TEST_F(ReaderTest, ReadsBothLogs) {
  const auto requests = Read<RequestRow>(LogText(GoldenRequests()));
  ASSERT_TRUE(requests.status.ok()) << requests.status.error().message;
  EXPECT_EQ(requests.rows, GoldenRequests());
  EXPECT_FALSE(requests.cut);
  const auto actions = Read<ActionRow>(LogText(GoldenActions()));
  ASSERT_TRUE(actions.status.ok()) << actions.status.error().message;
  EXPECT_EQ(actions.rows, GoldenActions());
}

TEST_F(ReaderTest, ReadsFilesOfManyBuffersAgainAndAgain) {
  std::vector<RequestRow> rows;
  while (rows.size() * 60 < 5 * kReadBytes) {
    for (const RequestRow& row : GoldenRequests()) rows.push_back(row);
  }
  WriteText(path_, LogText(rows));
  LogReader<RequestRow> log;
  ASSERT_TRUE(log.Open(path_).ok());
  EXPECT_EQ(ReadRest(&log).rows, rows);
  ASSERT_TRUE(log.Rewind().ok());
  EXPECT_EQ(ReadRest(&log).rows, rows);
  EXPECT_EQ(log.rows(), rows.size());
}

// The same as the log without the cut row, unless only the line end or the end of the last number
// is missing.
TEST_F(ReaderTest, ACutRowIsLeftOut) {
  auto rows = GoldenActions();
  rows.resize(3);
  rows.back().copies_loaded = 123;
  const std::string text = LogText(rows);
  const std::size_t before = text.rfind('\n', text.size() - 2) + 1;
  const std::vector<ActionRow> without(rows.begin(), rows.end() - 1);
  for (std::size_t end = before; end < text.size(); ++end) {
    SCOPED_TRACE(text.substr(before, end - before));
    const auto content = Read<ActionRow>(text.substr(0, end));
    ASSERT_TRUE(content.status.ok()) << content.status.error().message;
    EXPECT_EQ(content.cut, end != before);
    const std::size_t missing = text.size() - end;
    if (missing <= 3) {
      auto expected = rows;
      expected.back().copies_loaded = missing == 1 ? 123 : missing == 2 ? 12 : 1;
      EXPECT_EQ(content.rows, expected);
      EXPECT_EQ(content.dropped_rows, 0U);
    } else {
      EXPECT_EQ(content.rows, without);
      EXPECT_EQ(content.dropped_rows, end == before ? 0U : 1U);
    }
  }
}

TEST_F(ReaderTest, RowsWithMissingFieldsAreLeftOutAnywhere) {
  const auto rows = GoldenRequests();
  const std::string text = LogText(rows);
  const std::size_t second = text.find('\n', kRequestHeader.size()) + 1;
  std::string damaged = text;
  damaged.insert(second, "1600000000000000000\t3\t0\t7\n\n");
  const auto content = Read(damaged);
  ASSERT_TRUE(content.status.ok()) << content.status.error().message;
  EXPECT_EQ(content.rows, rows);
  EXPECT_EQ(content.dropped_rows, 2U);
}

TEST_F(ReaderTest, NamesTheLineOfWhatIsNoRow) {
  const std::string text(kRequestHeader);
  const std::string row = "1\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0\n";
  const auto words = Read(text + row + "\n" + row + "1\t2\tx\t4\t5\t0\t7\t8\t1\t10\t11\t0\n");
  ASSERT_FALSE(words.status.ok());
  EXPECT_THAT(words.status.error().message, HasSubstr(path_ + ":5: column result"));
  const auto columns = Read(text + "1\t2\t0\t4\t5\t0\t7\t8\t1\t10\t11\t0\t1\n");
  ASSERT_FALSE(columns.status.ok());
  EXPECT_THAT(columns.status.error().message, HasSubstr(path_ + ":2: too many columns"));
}

TEST_F(ReaderTest, TheHeaderMustBeThere) {
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string(kActionHeader),
        std::string(kRequestHeader.substr(0, 40)), "x" + std::string(kRequestHeader)}) {
    const auto content = Read(text);
    ASSERT_FALSE(content.status.ok()) << text;
    EXPECT_THAT(content.status.error().message, HasSubstr(path_)) << text;
  }
  EXPECT_TRUE(Read(kRequestHeader).status.ok());
  EXPECT_TRUE(Read(kRequestHeader.substr(0, kRequestHeader.size() - 1)).status.ok());
}

TEST_F(ReaderTest, OnlyPlainFilesAreRead) {
  LogReader<RequestRow> log;
  EXPECT_FALSE(log.Open(directory_ / "missing").ok());
  LogReader<RequestRow> directory;
  EXPECT_FALSE(directory.Open(directory_.path()).ok());
  ASSERT_EQ(::mkfifo((directory_ / "fifo").c_str(), 0600), 0);
  LogReader<RequestRow> fifo;
  EXPECT_FALSE(fifo.Open(directory_ / "fifo").ok());
}

TEST_F(ReaderTest, ALineWithoutEndIsAnError) {
  const auto content = Read(std::string(kRequestHeader) + std::string(2 * kReadBytes, '1'));
  ASSERT_FALSE(content.status.ok());
  EXPECT_THAT(content.status.error().message, HasSubstr(path_));
}

TEST_F(ReaderTest, AFileThatGrowsIsReadAsItWas) {
  const auto rows = GoldenRequests();
  WriteText(path_, LogText(rows));
  LogReader<RequestRow> log;
  ASSERT_TRUE(log.Open(path_).ok());
  auto more = rows;
  more.insert(more.end(), rows.begin(), rows.end());
  WriteText(path_, LogText(more));
  ASSERT_TRUE(log.Rewind().ok());
  EXPECT_EQ(ReadRest(&log).rows, rows);
}

TEST_F(ReaderTest, AFileThatShrinksIsAnError) {
  std::vector<RequestRow> rows;
  while (rows.size() * 60 < 2 * kReadBytes) {
    for (const RequestRow& row : GoldenRequests()) rows.push_back(row);
  }
  WriteText(path_, LogText(rows));
  LogReader<RequestRow> log;
  ASSERT_TRUE(log.Open(path_).ok());
  ASSERT_EQ(::truncate(path_.c_str(), 1000), 0);
  ASSERT_TRUE(log.Rewind().ok());
  const auto content = ReadRest(&log);
  ASSERT_FALSE(content.status.ok());
  EXPECT_THAT(content.status.error().message, HasSubstr("shorter"));
}

TEST_F(ReaderTest, AnyBytesGiveRowsOrAnError) {
  std::mt19937_64 random(7);
  const std::string good = LogText(GoldenRequests());
  for (int round = 0; round < 300; ++round) {
    std::string text = good.substr(0, kRequestHeader.size() + random() % 2000);
    const std::size_t mutations = random() % 20;
    for (std::size_t i = 0; i < mutations; ++i) {
      const std::string_view likely = "\t\n-.0123456789en";
      const char byte =
          random() % 2 == 0 ? static_cast<char>(random() % 256) : likely[random() % likely.size()];
      text[kRequestHeader.size() + random() % (text.size() - kRequestHeader.size() + 1) - 1] = byte;
    }
    const auto content = Read(text);
    std::uint64_t lines = text.back() == '\n' ? 0 : 1;
    for (const char c : text) lines += c == '\n' ? 1 : 0;
    if (content.status.ok()) {
      EXPECT_EQ(content.rows.size() + content.dropped_rows + 1, lines) << "round " << round;
    } else {
      EXPECT_THAT(content.status.error().message, HasSubstr(path_)) << "round " << round;
    }
  }
}

}  // namespace
}  // namespace clockwork::telemetry
