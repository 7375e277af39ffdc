#include "operator/kube/operator_log.h"

namespace clockwork::kube {
namespace {

bool NeedsQuotes(std::string_view value) {
  return value.empty() || value.find_first_of(" \"=\n\t") != std::string_view::npos;
}

void AppendValue(std::string* line, std::string_view value) {
  if (!NeedsQuotes(value)) {
    line->append(value);
    return;
  }
  line->push_back('"');
  for (const char c : value) {
    if (c == '"' || c == '\\') line->push_back('\\');
    line->push_back(c == '\n' || c == '\t' ? ' ' : c);
  }
  line->push_back('"');
}

}  // namespace

void PlainLog::Write(LogLevel level, std::string_view message, std::span<const LogField> fields) {
  std::string line(message);
  for (const LogField& field : fields) {
    line.push_back(' ');
    line.append(field.name);
    line.push_back('=');
    AppendValue(&line, field.value);
  }
  LogLine(level, line);
}

}  // namespace clockwork::kube
