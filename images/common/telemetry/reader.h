#pragma once

// Reads a log from its beginning to its end, in constant memory, as often as wanted. One thread.
//
// Rows with a missing field, and a last line that was cut in mid-row, are left out and counted
// (spec/telemetry.md §2.1, §2.5). A cut inside the last column's number cannot be seen. Anything
// else that is not a row of the log is an error that names the file and the line.
//
// A file that grows meanwhile is read up to the size it had when it was opened; one that becomes
// shorter is an error.
//
//   LogReader<RequestRow> log;
//   if (Status status = log.Open(path); !status.ok()) return status;
//   std::vector<RequestRow> rows;
//   do {
//     if (Status status = log.Next(&rows); !status.ok()) return status;
//     ...
//   } while (!rows.empty());

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/telemetry/parse_row.h"
#include "images/common/telemetry/rows.h"

namespace clockwork::telemetry {

inline constexpr std::size_t kReadBytes = std::size_t{1} << 18;
// Rows at a time: few enough to stay in the cache.
inline constexpr std::size_t kBatchRows = 512;

// Whole lines of a file; a last one without a line end is given one.
class LineReader {
 public:
  LineReader() = default;
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  Status Open(const std::string& path);
  // Back to the first line.
  Status Rewind();

  // Makes the bytes behind the last Consume available and more of the file if none are left: at
  // least one whole line, or nothing at the end of the file.
  Status Fill();
  std::string_view lines() const { return lines_; }
  void Consume(std::size_t bytes) { lines_.remove_prefix(bytes); }

  const std::string& path() const { return path_; }
  // The line end of the last line was missing. Known once the end of the file is reached.
  bool cut() const { return cut_; }
  bool at_end() const { return offset_ == size_bytes_; }

 private:
  Status ReadMore();

  std::string path_;
  int fd_ = -1;
  std::uint64_t size_bytes_ = 0;
  std::uint64_t offset_ = 0;  // of the file: what has been read
  std::vector<char> buffer_;
  std::size_t filled_ = 0;  // of the buffer
  std::string_view lines_;  // in the buffer: whole lines not consumed
  bool cut_ = false;
};

template <typename Row>
class LogReader {
 public:
  // Error: no such file, not a plain file, or not a log of these rows.
  Status Open(const std::string& path);
  Status Rewind();

  // Replaces `*rows` by the next few; empty at the end.
  Status Next(std::vector<Row>* rows);

  const std::string& path() const { return lines_.path(); }
  // Since the beginning; those of the whole file once Next gave nothing.
  std::uint64_t rows() const { return rows_; }
  std::uint64_t dropped_rows() const { return dropped_rows_; }
  // The file does not end with a line end.
  bool cut() const { return lines_.cut(); }

 private:
  Status ReadHeader();

  LineReader lines_;
  std::uint64_t rows_ = 0;
  std::uint64_t dropped_rows_ = 0;
};

extern template class LogReader<RequestRow>;
extern template class LogReader<ActionRow>;

}  // namespace clockwork::telemetry
