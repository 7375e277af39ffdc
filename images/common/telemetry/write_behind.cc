#include "images/common/telemetry/write_behind.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace clockwork::telemetry {
namespace {

std::uint64_t LinesIn(const WriteBehind::Piece& piece) {
  const auto end = piece.bytes.begin() + static_cast<std::ptrdiff_t>(piece.used);
  return static_cast<std::uint64_t>(std::count(piece.bytes.begin(), end, '\n'));
}

}  // namespace

WriteBehind::~WriteBehind() { Stop(nullptr); }

Status WriteBehind::Start(int fd, std::string path) {
  path_ = std::move(path);
  fd_ = fd;
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error& error) {
    ::close(std::exchange(fd_, -1));
    return RuntimeError(
        fmt::format("cannot start a thread for the log {}: {}; allow this process "
                    "more of them",
                    path_, error.what()));
  }
  return {};
}

std::unique_ptr<WriteBehind::Piece> WriteBehind::MakePiece() const {
  auto piece = std::make_unique<Piece>();
  piece->bytes.resize(piece_bytes_);
  return piece;
}

std::unique_ptr<WriteBehind::Piece> WriteBehind::Exchange(std::unique_ptr<Piece>* full) {
  std::unique_lock lock(mutex_);
  if (spare_.empty() && pieces_ < max_pieces_) {
    spare_.push_back(MakePiece());
    ++pieces_;
  }
  if (spare_.empty() && !stuck_) ++waits_;
  changed_.wait(lock, [this] { return !spare_.empty() || stuck_; });
  if (spare_.empty()) return nullptr;
  std::unique_ptr<Piece> empty = std::move(spare_.back());
  spare_.pop_back();
  if (*full != nullptr) waiting_.push_back(std::move(*full));
  lock.unlock();
  changed_.notify_all();
  return empty;
}

void WriteBehind::Retry() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(stuck_, false)) return;
  changed_.notify_all();
}

Status WriteBehind::TakeFailure() {
  const std::lock_guard lock(mutex_);
  return std::exchange(failure_, Status());
}

void WriteBehind::Drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !HasWork(); });
}

std::uint64_t WriteBehind::Stop(std::unique_ptr<Piece> last) {
  if (!thread_.joinable()) return 0;
  {
    const std::lock_guard lock(mutex_);
    if (last != nullptr) waiting_.push_back(std::move(last));
    stuck_ = false;
    ending_ = true;
    changed_.notify_all();
  }
  thread_.join();
  std::uint64_t lost = 0;
  for (const auto& piece : waiting_) lost += LinesIn(*piece);
  waiting_.clear();
  // Some file systems tell only here that they could not keep what they took.
  if (::close(std::exchange(fd_, -1)) != 0) Latch("close", errno);
  return lost;
}

void WriteBehind::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || HasWork(); });
    if (!HasWork()) return;
    Piece* piece = waiting_.front().get();
    lock.unlock();
    const int code = Write(piece);
    lock.lock();
    if (code != 0) {
      stuck_ = true;
      Latch("write", code);
    }
    if (piece->used == 0) {
      spare_.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    changed_.notify_all();
  }
}

// Appends the piece's lines behind the last whole one of the file, whatever an earlier attempt left
// there, and takes them out of the piece. Returns errno of what failed, or 0.
int WriteBehind::Write(Piece* piece) {
  std::size_t written = 0;
  int code = 0;
  while (written < piece->used && code == 0) {
    const ssize_t count = ::pwrite(fd_, piece->bytes.data() + written, piece->used - written,
                                   static_cast<off_t>(size_bytes_ + written));
    if (count > 0) {
      written += static_cast<std::size_t>(count);
    } else if (count == 0 || errno != EINTR) {
      code = count == 0 ? ENOSPC : errno;
    }
  }
  std::size_t whole = written;
  while (whole > 0 && piece->bytes[whole - 1] != '\n') --whole;
  if (whole < written && ::ftruncate(fd_, static_cast<off_t>(size_bytes_ + whole)) != 0) {
    code = errno;
  }
  std::memmove(piece->bytes.data(), piece->bytes.data() + whole, piece->used - whole);
  piece->used -= whole;
  size_bytes_ += whole;
  return code;
}

void WriteBehind::Latch(const char* what, int code) {
  if (reported_) return;
  reported_ = true;
  failure_ = RuntimeError(
      fmt::format("cannot {} the log {}: {}; the rows written so far are kept, free some space",
                  what, path_, std::strerror(code)));
}

}  // namespace clockwork::telemetry
