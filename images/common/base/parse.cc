#include "images/common/base/parse.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace clockwork {

Result<std::int64_t> ParseInteger(std::string_view name, std::string_view text, std::int64_t min,
                                  std::int64_t max) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, code] = std::from_chars(text.data(), end, value);
  if (code == std::errc::invalid_argument || stopped != end) {
    return UsageError(fmt::format("{}: '{}' is not a whole number; give one from {} to {}", name,
                                  text, min, max));
  }
  if (code != std::errc() || value < min || value > max) {
    return UsageError(fmt::format("{}: {} is out of range; give a whole number from {} to {}", name,
                                  text, min, max));
  }
  return value;
}

Result<double> ParseDecimal(std::string_view name, std::string_view text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc() || stopped != end || !std::isfinite(value)) {
    return UsageError(
        fmt::format("{}: '{}' is not a number; give a decimal such as 0.5", name, text));
  }
  return value;
}

Result<HostPort> ParseHostPort(std::string_view name, std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || text.find(':', colon + 1) != text.npos) {
    return UsageError(fmt::format(
        "{}: '{}' is not an address; give host:port, e.g. 127.0.0.1:12345", name, text));
  }
  auto port = ParseInteger(fmt::format("{}: port", name), text.substr(colon + 1), 1, 65535);
  if (!port.ok()) return port.error();
  return HostPort{std::string(text.substr(0, colon)), static_cast<std::uint16_t>(*port)};
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = text.find(separator, begin);
    pieces.push_back(text.substr(begin, end == text.npos ? text.npos : end - begin));
    if (end == text.npos) return pieces;
    begin = end + 1;
  }
}

}  // namespace clockwork
