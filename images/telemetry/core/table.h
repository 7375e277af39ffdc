#pragma once

// A table as the text of a TSV file: a line of column names, then lines of cells, parted by TABs.
// Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "images/common/base/result.h"

namespace clockwork::telemetry {

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // as many cells each as there are columns

  bool operator==(const Table&) const = default;
};

std::string EncodeTable(const Table& table);
// Error: no header, or a row with another number of cells (its line is named).
Result<Table> DecodeTable(std::string_view text);

// The numbers of one column; nothing for an empty cell. Error: no such column, or no number.
Result<std::vector<std::optional<double>>> NumbersOf(const Table& table, std::string_view column);

}  // namespace clockwork::telemetry
