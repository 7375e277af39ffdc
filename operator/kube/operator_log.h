#pragma once

// Where the library's threads report what a person should know: few lines, each with fields. The
// program chooses the form (text, JSON); PlainLog writes the text lines of base/log.h.

#include <span>
#include <string>
#include <string_view>

#include "images/common/base/log.h"

namespace clockwork::kube {

struct LogField {
  std::string_view name;
  std::string value;
};

// Implementations are safe from any thread and do not block for long.
class OperatorLog {
 public:
  virtual ~OperatorLog() = default;
  virtual void Write(LogLevel level, std::string_view message,
                     std::span<const LogField> fields) = 0;

  void Info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kInfo, message, {fields.begin(), fields.size()});
  }
  void Warning(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kWarning, message, {fields.begin(), fields.size()});
  }
};

// message name=value name="value with spaces"
class PlainLog : public OperatorLog {
 public:
  void Write(LogLevel level, std::string_view message, std::span<const LogField> fields) override;
};

}  // namespace clockwork::kube
