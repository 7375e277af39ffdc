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

Status LogFile::Open(const std::string& path, std::string_view header) {
  // Unlinking first gives the log an inode of its own: whoever filed or follows an earlier log
  // through a link keeps it. Only a plain file is replaced; a device or a symbolic link is
  // followed.
  struct stat status = {};
  if (::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) ::unlink(path.c_str());
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) {
    return RuntimeError(fmt::format("cannot create the log {}: {}; name a writable directory", path,
                                    std::strerror(errno)));
  }
  if (Status started = disk_.Start(fd, path); !started.ok()) return started;
  piece_ = disk_.Exchange(&piece_);
  std::copy(header.begin(), header.end(), piece_->bytes.begin());
  piece_->used = header.size();
  Status synced = Sync();
  if (!synced.ok()) {
    piece_ = nullptr;
    disk_.Stop(nullptr);
  }
  return synced;
}

void LogFile::HandOver() {
  if (auto empty = disk_.Exchange(&piece_)) piece_ = std::move(empty);
}

char* LogFile::BeginRow() {
  if (piece_ != nullptr && piece_->used >= kLogFlushBytes) HandOver();
  if (piece_ == nullptr || piece_->used + kMaxRowBytes > piece_->bytes.size()) {
    ++dropped_rows_;
    return nullptr;
  }
  return piece_->bytes.data() + piece_->used;
}

void LogFile::EndRow(const char* end) {
  piece_->used = static_cast<std::size_t>(end - piece_->bytes.data());
  ++rows_;
}

Status LogFile::Flush() {
  if (piece_ == nullptr) return {};
  Status status = disk_.TakeFailure();
  disk_.Retry();
  if (piece_->used > 0) HandOver();
  return status;
}

Status LogFile::Sync() {
  Status status = Flush();
  disk_.Drain();
  return status.ok() ? disk_.TakeFailure() : status;
}

Status LogFile::Close() {
  const std::uint64_t lost = disk_.Stop(std::move(piece_));
  rows_ -= lost;
  dropped_rows_ += lost;
  return disk_.TakeFailure();
}

}  // namespace clockwork::telemetry
