#include "images/common/model/libconfig_text.h"

#include <algorithm>

namespace clockwork {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool InName(char c) { return IsLetter(c) || IsDigit(c) || c == '_' || c == '-' || c == '*'; }
bool InDecimal(char c) {
  return IsDigit(c) || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-';
}

template <typename Predicate>
std::size_t SkipWhile(std::string_view text, std::size_t at, Predicate predicate) {
  while (at < text.size() && predicate(text[at])) ++at;
  return at;
}

// Behind `end`, or the end of the text.
std::size_t SkipTo(std::string_view text, std::size_t at, std::string_view end) {
  const std::size_t found = text.find(end, at);
  return found == text.npos ? text.size() : found + end.size();
}

std::size_t SkipString(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

// The end of the token that begins at `at`; *whole is set when it is a number without a suffix.
std::size_t SkipToken(std::string_view text, std::size_t at, bool* whole) {
  const std::string_view rest = text.substr(at);
  if (rest[0] == '"') return SkipString(text, at);
  if (rest[0] == '#' || rest.starts_with("//")) return SkipTo(text, at, "\n");
  if (rest.starts_with("/*")) return SkipTo(text, at + 2, "*/");
  if (IsLetter(rest[0]) || rest[0] == '*') return SkipWhile(text, at, InName);
  if (rest[0] == '.') return SkipWhile(text, at, InDecimal);
  if (!IsDigit(rest[0])) return at + 1;
  if (rest.starts_with("0x") || rest.starts_with("0X")) {
    at = SkipWhile(text, at + 2, [](char c) {
      return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
  } else {
    at = SkipWhile(text, at, IsDigit);
    if (at < text.size() && InDecimal(text[at])) return SkipWhile(text, at, InDecimal);
  }
  *whole = at == text.size() || text[at] != 'L';
  return SkipWhile(text, at, [](char c) { return c == 'L'; });
}

}  // namespace

std::string WithWideIntegers(std::string_view text) {
  std::string wide;
  for (std::size_t at = 0; at < text.size();) {
    bool whole = false;
    const std::size_t end = SkipToken(text, at, &whole);
    wide += text.substr(at, end - at);
    if (whole) wide += 'L';
    at = end;
  }
  return wide;
}

}  // namespace clockwork
