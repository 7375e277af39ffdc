#include "images/common/telemetry/log_errors.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "images/common/telemetry/reader.h"
#include "images/common/telemetry/rows.h"

namespace clockwork::telemetry {

Status OpenPlainFile(const std::string& path, int* fd, std::uint64_t* size_bytes) {
  const int opened = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (opened < 0) {
    return RuntimeError(fmt::format("cannot open {}: {}", path, std::strerror(errno)));
  }
  struct stat status = {};
  if (::fstat(opened, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(opened);
    return RuntimeError(fmt::format("{} is not a plain file; name a telemetry log", path));
  }
  *fd = opened;
  *size_bytes = static_cast<std::uint64_t>(status.st_size);
  return {};
}

Error CannotRead(const std::string& path, std::int64_t count, int code) {
  return RuntimeError(fmt::format("cannot read {}: {}", path,
                                  count < 0 ? std::strerror(code) : "it became shorter"));
}

Error WrongHeader(const std::string& path, std::string_view header) {
  return RuntimeError(
      fmt::format("{} does not begin with the header line of {} log; it is another file or it is "
                  "damaged",
                  path, header == kRequestHeader ? "a request" : "an action"));
}

Error LineTooLong(const std::string& path) {
  return RuntimeError(fmt::format("{} has a line of more than {} bytes; it is not a telemetry log",
                                  path, kReadBytes));
}

Error MalformedLine(const std::string& path, std::uint64_t line, std::string_view column) {
  if (column.empty()) {
    return RuntimeError(fmt::format("{}:{}: too many columns; the log is damaged", path, line));
  }
  return RuntimeError(
      fmt::format("{}:{}: column {} does not hold a number of its type; the log is "
                  "damaged",
                  path, line, column));
}

}  // namespace clockwork::telemetry
