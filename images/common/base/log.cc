#include "images/common/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <memory>
#include <string>

#include "images/common/base/exit_code.h"

namespace clockwork {
namespace {

std::shared_ptr<spdlog::logger> MakeLogger(std::string_view program) {
  auto logger = std::make_shared<spdlog::logger>(std::string(program),
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %L %n: %v", spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::info);
  return logger;
}

std::shared_ptr<spdlog::logger>& Logger() {
  static std::shared_ptr<spdlog::logger> logger = MakeLogger("clockwork");
  return logger;
}

}  // namespace

void InitLog(std::string_view program) { Logger() = MakeLogger(program); }

void LogLine(LogLevel level, std::string_view message) {
  switch (level) {
    case LogLevel::kInfo:
      Logger()->info("{}", message);
      break;
    case LogLevel::kWarning:
      Logger()->warn("{}", message);
      break;
    case LogLevel::kError:
      Logger()->error("{}", message);
      break;
  }
}

int ReportError(const char* program, const Error& error) {
  std::fprintf(stderr, "%s: %s\n", program, error.message.c_str());
  return ExitCodeOf(error);
}

}  // namespace clockwork
