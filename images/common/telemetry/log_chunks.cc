#include "images/common/telemetry/log_chunks.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "images/common/telemetry/log_errors.h"
#include "images/common/telemetry/parse_columns.h"

namespace clockwork::telemetry {
namespace {

// Read behind a chunk at first, to find the end of its last line.
constexpr std::size_t kTailBytes = 1'024;

const char* FindLineEnd(const char* begin, const char* end) {
  if (begin >= end) return nullptr;
  return static_cast<const char*>(std::memchr(begin, '\n', static_cast<std::size_t>(end - begin)));
}

}  // namespace

LogChunks::~LogChunks() {
  if (fd_ >= 0) ::close(fd_);
}

Status LogChunks::Open(const std::string& path, std::string_view header, std::size_t chunk_bytes) {
  path_ = path;
  chunk_bytes_ = chunk_bytes;
  if (Status status = OpenPlainFile(path, &fd_, &end_); !status.ok()) return status;
  std::vector<char> text;
  std::size_t filled = 0;
  begin_ = header.size();
  if (Status status = ReadUpTo(0, std::min(begin_, end_), &text, &filled); !status.ok()) {
    return status;
  }
  // The header may be all there is, and cut before its line end.
  if (end_ + 1 == begin_) text[filled++] = '\n';
  if (std::string_view(text.data(), filled) != header) return WrongHeader(path_, header);
  count_ = end_ <= begin_ ? 0 : static_cast<std::size_t>((end_ - begin_ - 1) / chunk_bytes_ + 1);
  return {};
}

// Makes the buffer hold the file's bytes from `begin` to `end`; the first `*filled` it has already.
Status LogChunks::ReadUpTo(std::uint64_t begin, std::uint64_t end, std::vector<char>* buffer,
                           std::size_t* filled) const {
  const auto wanted = static_cast<std::size_t>(end - begin);
  // One for a line end that is missing.
  if (buffer->size() < wanted + 1 + kColumnsSlackBytes) {
    buffer->resize(wanted + 1 + kColumnsSlackBytes);
  }
  while (*filled < wanted) {
    const ssize_t count = ::pread(fd_, buffer->data() + *filled, wanted - *filled,
                                  static_cast<off_t>(begin + *filled));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return CannotRead(path_, count, errno);
    *filled += static_cast<std::size_t>(count);
  }
  return {};
}

Status LogChunks::Read(std::size_t index, Lines* lines) const {
  lines->text = {};
  lines->cut = false;
  const std::uint64_t begin = begin_ + std::uint64_t{index} * chunk_bytes_;
  const std::uint64_t end = std::min(begin + chunk_bytes_, end_);
  // From the line end before: the header's, for the first chunk.
  const std::uint64_t first = begin - 1;
  std::uint64_t read_end = std::min<std::uint64_t>(end + kTailBytes, end_);
  std::size_t filled = 0;
  std::vector<char>* const buffer = &lines->buffer;
  if (Status status = ReadUpTo(first, read_end, buffer, &filled); !status.ok()) return status;
  const auto chunk_end = static_cast<std::size_t>(end - first);
  const char* line_end = FindLineEnd(buffer->data(), buffer->data() + chunk_end - 1);
  if (line_end == nullptr) return {};  // no line begins here
  const auto text_begin = static_cast<std::size_t>(line_end + 1 - buffer->data());
  std::size_t searched = chunk_end - 1;
  while ((line_end = FindLineEnd(buffer->data() + searched, buffer->data() + filled)) == nullptr) {
    const auto whole = std::string_view(buffer->data(), searched).rfind('\n', chunk_end - 2) + 1;
    if (read_end == end_) {
      (*buffer)[filled++] = '\n';
      lines->cut = true;
      continue;
    }
    if (filled - whole >= kReadBytes) {
      lines->text = std::string_view(buffer->data() + text_begin, whole - text_begin);
      return LineTooLong(path_);
    }
    searched = filled;
    read_end = std::min<std::uint64_t>(read_end + filled, end_);
    if (Status status = ReadUpTo(first, read_end, buffer, &filled); !status.ok()) return status;
  }
  const auto text_end = static_cast<std::size_t>(line_end + 1 - buffer->data());
  lines->text = std::string_view(buffer->data() + text_begin, text_end - text_begin);
  return {};
}

}  // namespace clockwork::telemetry
