#include "images/telemetry/core/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "images/common/base/parse.h"

namespace clockwork::telemetry {

std::string EncodeTable(const Table& table) {
  std::string text;
  const auto append = [&text](const std::vector<std::string>& cells) {
    for (const std::string& cell : cells) {
      text += cell;
      text += '\t';
    }
    text.back() = '\n';
  };
  append(table.columns);
  for (const auto& row : table.rows) append(row);
  return text;
}

Result<Table> DecodeTable(std::string_view text) {
  if (text.empty()) return RuntimeError("it is empty");
  if (text.back() == '\n') text.remove_suffix(1);
  Table table;
  std::size_t line_number = 0;
  for (const std::string_view line : Split(text, '\n')) {
    const std::vector<std::string_view> cells = Split(line, '\t');
    ++line_number;
    if (line_number == 1) {
      table.columns.assign(cells.begin(), cells.end());
    } else if (cells.size() == table.columns.size()) {
      table.rows.emplace_back(cells.begin(), cells.end());
    } else {
      return RuntimeError(fmt::format("line {} has {} cells instead of {}", line_number,
                                      cells.size(), table.columns.size()));
    }
  }
  return table;
}

Result<std::vector<std::optional<double>>> NumbersOf(const Table& table, std::string_view column) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), column);
  if (found == table.columns.end()) return RuntimeError(fmt::format("it has no column {}", column));
  const auto index = static_cast<std::size_t>(found - table.columns.begin());
  std::vector<std::optional<double>> numbers;
  for (const auto& row : table.rows) {
    const std::string& cell = row[index];
    double value = 0;
    const char* end = cell.data() + cell.size();
    const auto [stopped, code] = std::from_chars(cell.data(), end, value);
    if (!cell.empty() && (code != std::errc() || stopped != end)) {
      return RuntimeError(fmt::format("column {} holds '{}', which is no number", column, cell));
    }
    numbers.push_back(cell.empty() ? std::nullopt : std::optional(value));
  }
  return numbers;
}

}  // namespace clockwork::telemetry
