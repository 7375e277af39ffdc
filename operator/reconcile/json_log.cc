#include "operator/reconcile/json_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "images/common/base/clock.h"

namespace clockwork::reconcile {
namespace {

const char* LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "info";
}

}  // namespace

std::string JsonLogLine(Nanos wall_ns, LogLevel level, std::string_view message,
                        std::span<const kube::LogField> fields) {
  nlohmann::ordered_json line;
  line["time"] = fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(wall_ns / kSecond),
                             wall_ns % kSecond / kMillisecond);
  line["level"] = LevelName(level);
  line["message"] = std::string(message);
  for (const kube::LogField& field : fields) line[std::string(field.name)] = field.value;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void JsonLog::Write(LogLevel level, std::string_view message,
                    std::span<const kube::LogField> fields) {
  const std::string line = JsonLogLine(NowNs(), level, message, fields) + "\n";
  // One write per line keeps lines of several threads whole. A log that cannot be written is no
  // reason to stop.
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;
}

}  // namespace clockwork::reconcile
