#pragma once

// The format of the built-in zoo tables: comma separated, a header line, one model per line. Pure.
//
//   model, ..., weights_MB or weights_bytes, transfer_ms, b1_ms, b2_ms, ...      required
//   input_kB, output_kB     as published, rounded; the exact bytes follow from the tensor shapes
//   input_bytes, output_bytes
//   in_osdi20_table2        rows with 0 are left out
// Other columns are ignored. Errors name line and column.

#include <cstdint>
#include <string_view>
#include <vector>

#include "images/common/base/result.h"
#include "images/common/model/model.h"

namespace clockwork {

// A decimal such as "2.73" times 10^digits, exactly: ("2.73", 6) is 2730000. No sign, no exponent,
// at most `digits` digits after the point.
Result<std::int64_t> ParseScaledDecimal(std::string_view text, int digits);

// The models sorted by name. Two rows with one name are an error.
Result<std::vector<ModelSpec>> ParseZooCsv(std::string_view text);

}  // namespace clockwork
