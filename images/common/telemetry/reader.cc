#include "images/common/telemetry/reader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "images/common/telemetry/log_errors.h"

namespace clockwork::telemetry {

LineReader::~LineReader() {
  if (fd_ >= 0) ::close(fd_);
}

Status LineReader::Open(const std::string& path) {
  path_ = path;
  if (Status status = OpenPlainFile(path, &fd_, &size_bytes_); !status.ok()) return status;
  buffer_.resize(kReadBytes + 1);  // one for a line end that is missing
  return {};
}

Status LineReader::Rewind() {
  if (::lseek(fd_, 0, SEEK_SET) != 0) {
    return RuntimeError(fmt::format("cannot rewind {}: {}", path_, std::strerror(errno)));
  }
  offset_ = 0;
  filled_ = 0;
  lines_ = {};
  cut_ = false;
  return {};
}

Status LineReader::Fill() {
  while (lines_.empty() && !at_end()) {
    if (Status status = ReadMore(); !status.ok()) return status;
  }
  return {};
}

// Moves what was not yet a whole line to the front of the buffer and reads behind it.
Status LineReader::ReadMore() {
  const char* rest = lines_.data() == nullptr ? buffer_.data() : lines_.data() + lines_.size();
  const auto rest_bytes = static_cast<std::size_t>(buffer_.data() + filled_ - rest);
  if (rest_bytes == kReadBytes) return LineTooLong(path_);
  std::memmove(buffer_.data(), rest, rest_bytes);
  filled_ = rest_bytes;
  const std::size_t wanted = static_cast<std::size_t>(
      std::min<std::uint64_t>(kReadBytes - rest_bytes, size_bytes_ - offset_));
  const ssize_t count = ::read(fd_, buffer_.data() + filled_, wanted);
  if (count <= 0) {
    if (count < 0 && errno == EINTR) return {};  // the caller asks again
    return CannotRead(path_, count, errno);
  }
  filled_ += static_cast<std::size_t>(count);
  offset_ += static_cast<std::uint64_t>(count);
  if (at_end() && buffer_[filled_ - 1] != '\n') {
    buffer_[filled_++] = '\n';
    cut_ = true;
  }
  const std::size_t end = std::string_view(buffer_.data(), filled_).rfind('\n');
  lines_ = std::string_view(buffer_.data(), end == std::string_view::npos ? 0 : end + 1);
  return {};
}

template <typename Row>
Status LogReader<Row>::Open(const std::string& path) {
  if (Status status = lines_.Open(path); !status.ok()) return status;
  return ReadHeader();
}

template <typename Row>
Status LogReader<Row>::Rewind() {
  rows_ = 0;
  dropped_rows_ = 0;
  if (Status status = lines_.Rewind(); !status.ok()) return status;
  return ReadHeader();
}

template <typename Row>
Status LogReader<Row>::ReadHeader() {
  constexpr std::string_view kHeader = HeaderOf(static_cast<const Row*>(nullptr));
  if (Status status = lines_.Fill(); !status.ok()) return status;
  if (!lines_.lines().starts_with(kHeader)) return WrongHeader(path(), kHeader);
  lines_.Consume(kHeader.size());
  return {};
}

template <typename Row>
Status LogReader<Row>::Next(std::vector<Row>* rows) {
  rows->resize(kBatchRows);
  std::size_t count = 0;
  while (count < kBatchRows) {
    if (Status status = lines_.Fill(); !status.ok()) return status;
    if (lines_.lines().empty()) break;
    const char* at = lines_.lines().data();
    const char* end = at + lines_.lines().size();
    while (at < end && count < kBatchRows) {
      const ParsedRow parsed = ParseRow(at, &(*rows)[count]);
      at = parsed.end;
      if (parsed.verdict == RowVerdict::kRow) {
        ++count;
        ++rows_;
        continue;
      }
      const bool is_cut = at == end && lines_.at_end() && lines_.cut();
      if (parsed.verdict == RowVerdict::kMalformed && !is_cut) {
        return MalformedLine(path(), rows_ + dropped_rows_ + 2, parsed.column);
      }
      ++dropped_rows_;
    }
    lines_.Consume(static_cast<std::size_t>(at - lines_.lines().data()));
  }
  rows->resize(count);
  return {};
}

template class LogReader<RequestRow>;
template class LogReader<ActionRow>;

}  // namespace clockwork::telemetry
