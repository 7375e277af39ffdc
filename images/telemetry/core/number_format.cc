#include "images/telemetry/core/number_format.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace clockwork::telemetry {
namespace {

// Decimal exponents from here to there are written without exponent.
constexpr int kMinPlainExponent = -4;
constexpr int kMaxPlainExponent = 15;

}  // namespace

std::string FormatFloat(double value) {
  if (std::isnan(value)) return "";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::array<char, 32> buffer;
  char* const begin = buffer.data();
  // "d.ddde-XX": the exponent tells which form is wanted.
  char* end = std::to_chars(begin, begin + buffer.size(), value, std::chars_format::scientific).ptr;
  const std::string_view scientific(begin, static_cast<std::size_t>(end - begin));
  const std::size_t mark = scientific.find('e');
  int exponent = 0;
  const std::size_t digits = mark + (scientific[mark + 1] == '+' ? 2 : 1);
  std::from_chars(begin + digits, end, exponent);
  if (value != 0 && (exponent < kMinPlainExponent || exponent > kMaxPlainExponent)) {
    return std::string(scientific);
  }
  std::array<char, 64> plain;
  end =
      std::to_chars(plain.data(), plain.data() + plain.size(), value, std::chars_format::fixed).ptr;
  std::string text(plain.data(), end);
  if (text.find('.') == std::string::npos) text += ".0";
  return text;
}

std::string FormatInteger(std::int64_t value) { return std::to_string(value); }

}  // namespace clockwork::telemetry
