#include "images/telemetry/archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <string_view>
#include <vector>

#include "images/common/archive/ustar.h"

namespace clockwork::telemetry {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kEntryChunkBytes = 256U << 10;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

// Locked while an archive is written: the program's own file, which is there in every container.
Descriptor OpenProgram() { return Descriptor(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)); }

bool ArchiveIsWritten() {
  const Descriptor program = OpenProgram();
  return ::flock(program.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

// A name that is put in the place of another when it is whole.
bool IsHalfWritten(std::string_view name) {
  return name.find(".tmp.") != std::string_view::npos || name.ends_with(".tmp");
}

Error SystemError(std::string_view what, const std::string& path) {
  return RuntimeError(fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

Status WriteAll(int out, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(out, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError("write", "the archive");
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

// Exactly `size` bytes: that is what the header has promised.
Status CopyContent(int in, const std::string& path, std::int64_t size, int out) {
  std::string buffer(kEntryChunkBytes, '\0');
  for (std::int64_t left = size; left > 0;) {
    const auto wanted = std::min<std::int64_t>(left, static_cast<std::int64_t>(buffer.size()));
    const ssize_t count = ::read(in, buffer.data(), static_cast<std::size_t>(wanted));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError("read", path);
    if (count == 0) return RuntimeError(fmt::format("{} became shorter while it was read", path));
    const auto got = static_cast<std::size_t>(count);
    if (Status status = WriteAll(out, {buffer.data(), got}); !status.ok()) {
      return status;
    }
    left -= count;
  }
  return {};
}

// What is gone by now was replaced, or belonged to something that is: it is left out.
Status WriteMember(const std::string& root, const std::string& relative, int out) {
  const std::string path = root + "/" + relative;
  const Descriptor in(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (in.get() < 0) {
    return errno == ENOENT || errno == ELOOP ? Status() : Status(SystemError("open", path));
  }
  struct stat info {};
  if (::fstat(in.get(), &info) != 0) return SystemError("look at", path);
  const bool directory = S_ISDIR(info.st_mode);
  if (!directory && !S_ISREG(info.st_mode)) return {};
  const archive::Member member{relative, directory, directory ? 0 : info.st_size,
                               info.st_mtim.tv_sec};
  auto header = archive::EncodeHeader(member);
  if (!header.ok()) return header.error();
  if (Status status = WriteAll(out, *header); !status.ok()) return status;
  if (Status status = CopyContent(in.get(), path, member.size, out); !status.ok()) return status;
  return WriteAll(out, archive::PaddingAfter(member.size));
}

}  // namespace

Status WriteArchive(const std::string& directory, int out) {
  const Descriptor program = OpenProgram();
  ::flock(program.get(), LOCK_SH);
  std::error_code error;
  std::vector<std::string> names;
  fs::recursive_directory_iterator entries(directory, error);
  for (; !error && entries != fs::end(entries); entries.increment(error)) {
    const std::string name = entries->path().lexically_relative(directory);
    if (!IsHalfWritten(name)) names.push_back(name);
  }
  if (error) {
    return RuntimeError(
        fmt::format("cannot read {}: {}; is anything measured yet?", directory, error.message()));
  }
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    if (Status status = WriteMember(directory, name, out); !status.ok()) return status;
  }
  return WriteAll(out, archive::EndOfArchive());
}

void Hold(std::int64_t seconds) {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM}) ::sigaddset(&signals, signal);
  // Blocked, they wait for us, even where this is a container's first process.
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  const timespec limit{seconds, 0};
  while (::sigtimedwait(&signals, nullptr, &limit) < 0) {
    if (errno == EINTR) continue;
    if (!ArchiveIsWritten()) return;
    fmt::print(stderr, "telemetry hold: an archive is being written; ends {} s later\n", seconds);
  }
}

}  // namespace clockwork::telemetry
