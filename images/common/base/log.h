#pragma once

// Log lines on stderr: "2026-01-31T12:00:00.123Z I program: message". For people; telemetry is
// elsewhere. Safe from any thread. Never called from a core.

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace clockwork {

enum class LogLevel { kInfo, kWarning, kError };

// Sets the program name that starts each line. Call once, first thing in main.
void InitLog(std::string_view program);
void LogLine(LogLevel level, std::string_view message);

template <typename... Args>
void LogInfo(fmt::format_string<Args...> format, Args&&... args) {
  LogLine(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogWarning(fmt::format_string<Args...> format, Args&&... args) {
  LogLine(LogLevel::kWarning, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogError(fmt::format_string<Args...> format, Args&&... args) {
  LogLine(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace clockwork
