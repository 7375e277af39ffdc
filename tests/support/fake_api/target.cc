#include "tests/support/fake_api/target.h"

#include <charconv>
#include <utility>

namespace clockwork::testing {
namespace {

std::vector<std::string_view> SplitAt(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    if (const auto part = text.substr(0, end); !part.empty()) parts.push_back(part);
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool ParseQuery(Target* target) {
  for (const std::string_view part : SplitAt(target->query, '&')) {
    const std::size_t equals = part.find('=');
    auto key = PercentDecode(part.substr(0, equals), true);
    auto value = PercentDecode(
        equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1), true);
    if (!key || !value) return false;
    target->parameters[*std::move(key)] = *std::move(value);
  }
  return true;
}

// After /api/v1 or /apis/group/version: [namespaces/ns/]plural[/name[/subresource]].
void ParseResource(const std::vector<std::string>& parts, std::size_t at, std::string_view group,
                   std::string_view version, const std::vector<ResourceKind>& kinds,
                   Target* target) {
  const std::size_t left = parts.size() - at;
  if (left >= 3 && parts[at] == "namespaces" && parts[at + 2] != "status" &&
      parts[at + 2] != "finalize") {
    target->name_space = parts[at + 1];
    at += 2;
  }
  if (at >= parts.size() || parts.size() - at > 3) return;
  const ResourceKind* kind = FindKind(kinds, group, version, parts[at]);
  if (kind == nullptr || kind->namespaced == target->name_space.empty()) {
    // A namespaced kind without a namespace can be listed, nothing else.
    if (kind == nullptr || !kind->namespaced || parts.size() - at > 1) return;
  }
  target->kind = kind;
  if (parts.size() > at + 1) target->name = parts[at + 1];
  if (parts.size() > at + 2) target->subresource = parts[at + 2];
}

}  // namespace

std::string Target::Parameter(const std::string& key) const {
  const auto found = parameters.find(key);
  return found == parameters.end() ? std::string() : found->second;
}

bool Target::Flag(const std::string& key) const {
  const std::string value = Parameter(key);
  return value == "true" || value == "1";
}

std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      unsigned value = 0;
      if (i + 2 >= text.size()) return std::nullopt;
      const char* end = text.data() + i + 3;
      if (std::from_chars(text.data() + i + 1, end, value, 16).ptr != end) return std::nullopt;
      decoded += static_cast<char>(value);
      i += 2;
    }
  }
  return decoded;
}

std::optional<Target> ParseTarget(std::string_view text, const std::vector<ResourceKind>& kinds) {
  Target target;
  const std::size_t mark = text.find('?');
  target.path = text.substr(0, mark);
  if (mark != std::string_view::npos) target.query = text.substr(mark + 1);
  if (!ParseQuery(&target)) return std::nullopt;
  std::vector<std::string> parts;
  for (const std::string_view part : SplitAt(target.path, '/')) {
    auto decoded = PercentDecode(part, false);
    if (!decoded) return std::nullopt;
    parts.push_back(*std::move(decoded));
  }
  if (parts.size() > 2 && parts[0] == "api") {
    ParseResource(parts, 2, "", parts[1], kinds, &target);
  } else if (parts.size() > 3 && parts[0] == "apis") {
    ParseResource(parts, 3, parts[1], parts[2], kinds, &target);
  }
  return target;
}

}  // namespace clockwork::testing
