#include "images/common/telemetry/log_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace clockwork::telemetry {

LogFile::~LogFile() {
  if (fd_ >= 0) ::close(fd_);
}

Status LogFile::Open(const std::string& path, std::string_view header) {
  path_ = path;
  // Unlinking first gives the log an inode of its own: whoever filed or follows an earlier log
  // through a link keeps it. Only a plain file is replaced; a device or a symbolic link is
  // followed.
  struct stat status = {};
  if (::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) ::unlink(path.c_str());
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd_ < 0) {
    return RuntimeError(fmt::format("cannot create the log {}: {}; name a writable directory", path,
                                    std::strerror(errno)));
  }
  buffer_.resize(kLogBufferBytes);
  std::copy(header.begin(), header.end(), buffer_.begin());
  used_ = header.size();
  return Flush();
}

char* LogFile::BeginRow() {
  if (used_ >= kLogFlushBytes && !stuck_) WriteBuffer();
  if (fd_ < 0 || used_ + kMaxRowBytes > buffer_.size()) {
    ++dropped_rows_;
    return nullptr;
  }
  return buffer_.data() + used_;
}

void LogFile::EndRow(const char* end) {
  used_ = static_cast<std::size_t>(end - buffer_.data());
  ++rows_;
}

Status LogFile::Flush() {
  WriteBuffer();
  return std::exchange(failure_, Status());
}

Status LogFile::Close() {
  if (fd_ < 0) return {};
  WriteBuffer();
  const auto lost = static_cast<std::uint64_t>(
      std::count(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(used_), '\n'));
  rows_ -= lost;
  dropped_rows_ += lost;
  used_ = 0;
  // Some file systems tell only here that they could not keep what they took.
  if (::close(std::exchange(fd_, -1)) != 0) Latch("close", errno);
  return std::exchange(failure_, Status());
}

// Writes at the end of the last whole row, whatever an earlier attempt left behind it.
void LogFile::WriteBuffer() {
  if (fd_ < 0) return;
  std::size_t written = 0;
  int code = 0;
  while (written < used_ && code == 0) {
    const ssize_t count = ::pwrite(fd_, buffer_.data() + written, used_ - written,
                                   static_cast<off_t>(size_bytes_ + written));
    if (count > 0) {
      written += static_cast<std::size_t>(count);
    } else if (count == 0 || errno != EINTR) {
      code = count == 0 ? ENOSPC : errno;
    }
  }
  std::size_t whole = written;
  while (whole > 0 && buffer_[whole - 1] != '\n') --whole;
  if (whole < written && ::ftruncate(fd_, static_cast<off_t>(size_bytes_ + whole)) != 0) {
    code = errno;
  }
  std::memmove(buffer_.data(), buffer_.data() + whole, used_ - whole);
  used_ -= whole;
  size_bytes_ += whole;
  stuck_ = code != 0;
  if (stuck_) Latch("write", code);
}

void LogFile::Latch(const char* what, int code) {
  if (reported_) return;
  reported_ = true;
  failure_ = RuntimeError(
      fmt::format("cannot {} the log {}: {}; the rows written so far are kept, free some space",
                  what, path_, std::strerror(code)));
}

}  // namespace clockwork::telemetry
