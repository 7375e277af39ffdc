#pragma once

// The path and query of a request to an API server, taken apart. Pure.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/fake_api/resource_kind.h"

namespace clockwork::testing {

struct Target {
  std::string path;  // still percent-encoded
  std::string query;
  std::map<std::string, std::string> parameters;  // decoded
  const ResourceKind* kind = nullptr;             // null: no resource that is served
  std::string name_space;
  std::string name;
  std::string subresource;

  std::string Parameter(const std::string& key) const;
  // "true" and "1"; kube-apiserver takes any other text for true as well, but no client sends it.
  bool Flag(const std::string& key) const;
};

// "a%20b+c" -> "a b c" in queries; nothing when malformed.
std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space);

// Nothing when the encoding is malformed.
std::optional<Target> ParseTarget(std::string_view target, const std::vector<ResourceKind>& kinds);

}  // namespace clockwork::testing
