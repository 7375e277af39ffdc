#pragma once

// The log as one JSON object per line on stderr: {"time", "level", "message", field: value, …}, for
// collectors that index fields. Safe from any thread.

#include <span>
#include <string>
#include <string_view>

#include "images/common/base/time.h"
#include "operator/kube/operator_log.h"

namespace clockwork::reconcile {

class JsonLog : public kube::OperatorLog {
 public:
  void Write(LogLevel level, std::string_view message,
             std::span<const kube::LogField> fields) override;
};

// One line without its line feed. Pure: `wall_ns` is Unix time. Bytes that are no UTF-8 are
// replaced; fields come after the three fixed ones.
std::string JsonLogLine(Nanos wall_ns, LogLevel level, std::string_view message,
                        std::span<const kube::LogField> fields);

}  // namespace clockwork::reconcile
