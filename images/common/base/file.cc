#include "images/common/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace clockwork {
namespace {

Error FileError(const char* what, const std::string& path, int code) {
  return RuntimeError(fmt::format("cannot {} {}: {}", what, path, std::strerror(code)));
}

bool WriteAll(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return FileError("open", path, errno);
  std::string content;
  std::array<char, 65536> chunk;
  while (true) {
    const ssize_t count = ::read(fd, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int code = errno;
      ::close(fd);
      return FileError("read", path, code);
    }
    if (count == 0) break;
    content.append(chunk.data(), static_cast<std::size_t>(count));
    if (content.size() > max_bytes) {
      ::close(fd);
      return RuntimeError(fmt::format("{} is larger than {} bytes", path, max_bytes));
    }
  }
  ::close(fd);
  return content;
}

Status WriteFileInPlace(const std::string& path, std::string_view content) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return FileError("open", path, errno);
  const bool written = WriteAll(fd, content);
  const int code = errno;
  ::close(fd);
  return written ? Status() : Status(FileError("write", path, code));
}

Status WriteFileAtomically(const std::string& path, std::string_view content,
                           Durability durability) {
  const std::string temporary = fmt::format("{}.tmp.{}", path, ::getpid());
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return FileError("create", temporary, errno);
  const bool synced = durability == Durability::kSynced;
  const bool written = WriteAll(fd, content) && (!synced || ::fsync(fd) == 0);
  const int code = errno;
  ::close(fd);
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) {
    const int cause = written ? errno : code;
    ::unlink(temporary.c_str());
    return FileError("write", path, cause);
  }
  return {};
}

}  // namespace clockwork
