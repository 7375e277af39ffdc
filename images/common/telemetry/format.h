#pragma once

// A row as the line of its log (spec/telemetry.md §2.1): columns parted by one TAB, ended by '\n',
// integers in plain decimal, booleans 1 or 0, slo_factor with six significant digits. Pure; no
// locale, no allocation, because the controller pays for it once per request.

#include <cstddef>

#include "images/common/telemetry/rows.h"

namespace clockwork::telemetry {

// No row is longer: 20 characters for each 64-bit column, 11 for each 32-bit one, 13 for
// slo_factor, and one separator per column.
inline constexpr std::size_t kMaxRowBytes = 512;

// Writes the row's line to `out`, where kMaxRowBytes must be free. Returns the end of what was
// written.
char* FormatRow(const RequestRow& row, char* out);
char* FormatRow(const ActionRow& row, char* out);

}  // namespace clockwork::telemetry
