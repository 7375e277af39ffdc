#pragma once

// Strict numbers from text: the whole text must be the number. `name` is how the error message
// calls the input ("-p/--port", "load_factor_min"). Pure. Errors are usage errors.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "images/common/base/result.h"

namespace clockwork {

// Decimal integer within [min, max].
Result<std::int64_t> ParseInteger(std::string_view name, std::string_view text, std::int64_t min,
                                  std::int64_t max);

// Finite decimal number ("0.1", "4", "1e3").
Result<double> ParseDecimal(std::string_view name, std::string_view text);

struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};

// "host:port", port 1..65535, split at the only ':' (spec/cli.md §1.2, no IPv6 literals).
Result<HostPort> ParseHostPort(std::string_view name, std::string_view text);

// Pieces between separators; an empty text gives one empty piece.
std::vector<std::string_view> Split(std::string_view text, char separator);

}  // namespace clockwork
