#pragma once

// A log on disk that only ever holds whole rows (spec/telemetry.md §2.1, "robust"). Rows gather in
// a bounded buffer; when there are enough for a write, or the caller flushes, they are handed to a
// thread that writes them (write_behind.h). All calls from one thread. They wait for the disk only
// where the buffer is full.
//
// When the disk takes no more, the file is cut back to its last whole row: what was written stays.
// Rows not yet written are kept and tried again after the next Flush; those for which the buffer
// has no room any more are dropped and counted. The first failure is reported once, by a later
// Flush, Sync or Close.
//
//   LogWriter<RequestRow> log;
//   if (Status status = log.Open(path); !status.ok()) return status;
//   log.Append(row);
//   Status status = log.Flush();   // once per second
//   status = log.Close();

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "images/common/base/result.h"
#include "images/common/telemetry/format.h"
#include "images/common/telemetry/rows.h"
#include "images/common/telemetry/write_behind.h"

namespace clockwork::telemetry {

// Rows that are earned but not yet in the file, for the time that a disk is full or stands still:
// half a second of N = 150 in its busiest step, in memory that is taken when it is first needed.
inline constexpr std::size_t kLogBufferBytes = std::size_t{32} << 20;
// A piece this full is handed over without being asked to: few enough bytes that they are still in
// the processor's cache, and that they do not drive out what decisions need.
inline constexpr std::size_t kLogFlushBytes = std::size_t{128} << 10;

// The part that knows bytes, not columns.
class LogFile {
 public:
  LogFile() = default;
  // Closes the file; rows that were not handed over by a Flush are lost.
  ~LogFile() = default;
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  // Replaces the file by one that holds `header` (a whole line). A file of this name that somebody
  // still reads stays theirs. Error: the file cannot be created or written. Once.
  Status Open(const std::string& path, std::string_view header);

  // Where the next row's line goes: kMaxRowBytes are free there. Where the buffer is full it waits
  // for the disk. Null when that takes no more, or the file is not open; the row is then counted as
  // dropped.
  char* BeginRow();
  void EndRow(const char* end);

  // Hands over what has gathered, and has the thread try again where the disk took no more. Nothing
  // to do when the file is not open.
  Status Flush();
  // Flushes, and waits until all is in the file or the disk takes no more.
  Status Sync();
  // Writes what is left and closes; rows that the file does not take are dropped.
  Status Close();

  // Rows that are in the file, or wait in the buffer.
  std::uint64_t rows() const { return rows_; }
  std::uint64_t dropped_rows() const { return dropped_rows_; }
  std::uint64_t waits_for_disk() const { return disk_.waits(); }

 private:
  void HandOver();

  std::unique_ptr<WriteBehind::Piece> piece_;  // null: the file is not open
  std::uint64_t rows_ = 0;
  std::uint64_t dropped_rows_ = 0;
  WriteBehind disk_{kLogFlushBytes + kMaxRowBytes, kLogBufferBytes / kLogFlushBytes};
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
  Status Sync() { return file_.Sync(); }
  Status Close() { return file_.Close(); }

  const LogFile& file() const { return file_; }

 private:
  LogFile file_;
};

}  // namespace clockwork::telemetry
