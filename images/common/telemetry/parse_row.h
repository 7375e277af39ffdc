#pragma once

// A line of a log as a row, strictly (spec/telemetry.md §2.2, §2.3, §2.5). Pure; no allocation.

#include <string_view>

#include "images/common/telemetry/rows.h"

namespace clockwork::telemetry {

enum class RowVerdict {
  kRow,
  // A field is missing (too few columns, an empty one, a slo_factor that is no number): the
  // published scripts leave such rows out, which is how a log cut in mid-row stays usable.
  kMissingField,
  // More columns than the log has, or a field that is not of its column's type.
  kMalformed,
};

struct ParsedRow {
  RowVerdict verdict = RowVerdict::kRow;
  const char* end = nullptr;  // behind the row's '\n'
  std::string_view column;    // kMalformed: the column's name; empty: too many columns
};

// Parses the line at `begin`, up to and with its '\n', which must be there. A row that is no kRow
// leaves any values in `*row`.
ParsedRow ParseRow(const char* begin, RequestRow* row);
ParsedRow ParseRow(const char* begin, ActionRow* row);

}  // namespace clockwork::telemetry
