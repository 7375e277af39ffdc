#include "operator/api/object_names.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "images/common/base/parse.h"

namespace clockwork::api {
namespace {

constexpr std::size_t kMaxObjectNameBytes = 253;
constexpr std::size_t kMaxLabelBytes = 63;

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool IsLetterOrDigit(char c) { return IsLowerOrDigit(c) || (c >= 'A' && c <= 'Z'); }

}  // namespace

bool IsDnsLabel(std::string_view text) {
  return !text.empty() && IsLowerOrDigit(text.front()) && IsLowerOrDigit(text.back()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsLowerOrDigit(c) || c == '-'; });
}

bool IsObjectName(std::string_view text) {
  if (text.size() > kMaxObjectNameBytes) return false;
  const std::vector<std::string_view> labels = Split(text, '.');
  return std::all_of(labels.begin(), labels.end(), IsDnsLabel);
}

bool IsLabelKey(std::string_view text) {
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    if (!IsObjectName(text.substr(0, slash))) return false;
    text.remove_prefix(slash + 1);
  }
  return !text.empty() && IsLabelValue(text);
}

bool IsLabelValue(std::string_view text) {
  if (text.empty()) return true;
  return text.size() <= kMaxLabelBytes && IsLetterOrDigit(text.front()) &&
         IsLetterOrDigit(text.back()) && std::all_of(text.begin(), text.end(), [](char c) {
           return IsLetterOrDigit(c) || c == '-' || c == '_' || c == '.';
         });
}

}  // namespace clockwork::api
