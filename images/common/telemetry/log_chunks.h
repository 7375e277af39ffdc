#pragma once

// A log cut into chunks of whole lines that any thread may read in any order: together they give
// what LogReader gives (reader.h), with the same errors.
//
//   LogChunks log;
//   if (Status status = log.Open(path, kRequestHeader, kChunkBytes); !status.ok()) return status;
//   LogChunks::Lines lines;                       // one per thread
//   for (i = 0; i < log.count(); ++i) status = log.Read(i, &lines);

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/telemetry/reader.h"

namespace clockwork::telemetry {

// Few enough to stay in a core's cache between being read and being parsed.
inline constexpr std::size_t kChunkBytes = kReadBytes;

class LogChunks {
 public:
  // The lines that begin in a chunk, in a buffer that is used again for the next one.
  struct Lines {
    std::string_view text;  // whole lines; kColumnsSlackBytes are readable behind
    bool cut = false;       // the last one is the file's last and had no line end
    std::vector<char> buffer;
  };

  LogChunks() = default;
  ~LogChunks();
  LogChunks(const LogChunks&) = delete;
  LogChunks& operator=(const LogChunks&) = delete;

  // Error: no such file, not a plain file, or one without this header. The file counts with the
  // size that it has now.
  Status Open(const std::string& path, std::string_view header, std::size_t chunk_bytes);

  const std::string& path() const { return path_; }
  std::size_t count() const { return count_; }
  // Error: the file became shorter, or has a line of more than kReadBytes; `lines->text` then holds
  // the lines before that one. Requires index < count(). Any thread, each with its own `*lines`.
  Status Read(std::size_t index, Lines* lines) const;

 private:
  Status ReadUpTo(std::uint64_t begin, std::uint64_t end, std::vector<char>* buffer,
                  std::size_t* filled) const;

  std::string path_;
  int fd_ = -1;
  std::uint64_t begin_ = 0;  // behind the header
  std::uint64_t end_ = 0;
  std::size_t chunk_bytes_ = kChunkBytes;
  std::size_t count_ = 0;
};

}  // namespace clockwork::telemetry
