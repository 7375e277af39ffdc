#include "images/client/trace_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "images/client/core/synthetic_day.h"
#include "images/client/core/trace_csv.h"
#include "images/common/base/log.h"

namespace clockwork::client {
namespace {

constexpr std::array<const char*, 2> kFileNames = {"invocations_per_function_md.svls.anon.d01.csv",
                                                   "invocations_per_function_md.anon.d01.csv"};
constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

// An open file descriptor that closes itself.
class File {
 public:
  explicit File(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int fd() const { return fd_; }

 private:
  const int fd_;
};

Result<std::unique_ptr<Trace>> ReadTrace(int fd, const std::string& path) {
  TraceCsvParser parser(path);
  std::vector<char> piece(kPieceBytes);
  while (true) {
    const ssize_t count = ::read(fd, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      return RuntimeError(fmt::format("cannot read {}: {}", path, std::strerror(errno)));
    if (count == 0) break;
    const std::string_view bytes(piece.data(), static_cast<std::size_t>(count));
    if (Status status = parser.Feed(bytes); !status.ok()) return status.error();
  }
  auto trace = parser.Finish();
  if (!trace.ok()) return trace.error();
  if ((*trace)->non_numeric_counts() > 0) {
    LogWarning("{}: {} counts are no numbers and were taken as 0", path,
               (*trace)->non_numeric_counts());
  }
  return std::unique_ptr<Trace>(std::move(*trace));
}

}  // namespace

Result<std::unique_ptr<Trace>> OpenTrace(const std::string& directory, std::uint64_t seed) {
  if (directory.empty()) return std::unique_ptr<Trace>(std::make_unique<SyntheticDay>(seed));
  for (const char* name : kFileNames) {
    const std::string path = fmt::format("{}/{}", directory, name);
    const File file(path);
    if (file.fd() >= 0) return ReadTrace(file.fd(), path);
    if (errno != ENOENT) {
      return RuntimeError(fmt::format("cannot open {}: {}", path, std::strerror(errno)));
    }
  }
  return UsageError(
      fmt::format("AZURE_TRACE_DIR: there is neither {} nor {} in {}; unpack day 1 of the trace "
                  "there, or unset "
                  "the variable for the synthetic day",
                  kFileNames[0], kFileNames[1], directory));
}

}  // namespace clockwork::client
