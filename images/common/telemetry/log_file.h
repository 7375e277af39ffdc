#pragma once

// A log on disk that only ever holds whole rows (spec/telemetry.md §2.1, "robust"). Rows gather in
// a bounded buffer and reach the file when the caller flushes, or when there are enough for a
// write. One thread; writing blocks it for the time of one write(2).
//
// When the disk takes no more, the file is cut back to its last whole row: what was written stays.
// Rows not yet written are kept and tried again at the next Flush; those for which the buffer has
// no room any more are dropped and counted. The first failure is reported once, by Flush or Close.
//
//   LogWriter<RequestRow> log;
//   if (Status status = log.Open(path); !status.ok()) return status;
//   log.Append(row);
//   Status status = log.Flush();   // once per second, and before the end
//   status = log.Close();

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/telemetry/format.h"
#include "images/common/telemetry/rows.h"

namespace clockwork::telemetry {

// Rows that are earned but not yet in the file: seconds of a busy controller, for the time that a
// disk is full or slow.
inline constexpr std::size_t kLogBufferBytes = std::size_t{4} << 20;
// A buffer this full is written without being asked to: few enough bytes that they are still in the
// processor's cache, and that they do not drive out what decisions need.
inline constexpr std::size_t kLogFlushBytes = std::size_t{128} << 10;

// The part that knows bytes, not columns.
class LogFile {
 public:
  LogFile() = default;
  ~LogFile();  // closes the file and loses what is not flushed
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  // Replaces the file by one that holds `header` (a whole line). A file of this name that somebody
  // still reads stays theirs. Error: the file cannot be created or written.
  Status Open(const std::string& path, std::string_view header);
  bool is_open() const { return fd_ >= 0; }

  // Where the next row's line goes: kMaxRowBytes are free there. Null when the buffer is full or
  // the file is not open; the row is then counted as dropped.
  char* BeginRow();
  void EndRow(const char* end);

  // Writes what the buffer holds. Nothing to do when the file is not open.
  Status Flush();
  // Flushes and closes; rows that the file does not take are dropped.
  Status Close();

  const std::string& path() const { return path_; }
  // Rows that are in the file, or wait in the buffer.
  std::uint64_t rows() const { return rows_; }
  std::uint64_t dropped_rows() const { return dropped_rows_; }

 private:
  void WriteBuffer();
  void Latch(const char* what, int code);

  std::string path_;
  int fd_ = -1;
  std::uint64_t size_bytes_ = 0;  // of the file: always the end of a row
  std::vector<char> buffer_;
  std::size_t used_ = 0;  // of the buffer: always the end of a row
  std::uint64_t rows_ = 0;
  std::uint64_t dropped_rows_ = 0;
  bool stuck_ = false;     // the last write failed: only Flush tries again
  bool reported_ = false;  // the first failure has been latched
  Status failure_;         // for Flush or Close to return
};

template <typename Row>
class LogWriter {
 public:
  Status Open(const std::string& path) {
    return file_.Open(path, HeaderOf(static_cast<const Row*>(nullptr)));
  }
  void Append(const Row& row) {
    char* begin = file_.BeginRow();
    if (begin != nullptr) file_.EndRow(FormatRow(row, begin));
  }
  Status Flush() { return file_.Flush(); }
  Status Close() { return file_.Close(); }

  const LogFile& file() const { return file_; }

 private:
  LogFile file_;
};

}  // namespace clockwork::telemetry
