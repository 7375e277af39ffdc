#pragma once

// YAML text <-> JSON value, strictly. JSON text is accepted too, as it is YAML. Pure; throws
// nothing.

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "images/common/base/result.h"

namespace clockwork::api {

inline constexpr std::size_t kMaxDocumentBytes = 1 << 20;
inline constexpr std::size_t kMaxDocumentDepth = 32;
inline constexpr std::size_t kMaxDocumentNodes = 100'000;  // after aliases are expanded

// Exactly one document. Plain scalars are null, true, false, numbers or text as in YAML 1.2; quoted
// ones are text. Refused, as usage errors with line and column: broken syntax, a key twice in one
// mapping, keys that are not text, tags, and documents beyond the limits above.
Result<nlohmann::json> ParseYamlDocument(std::string_view text);

// Block style, keys in the order given; every text that could be read as something else is quoted.
std::string WriteYamlDocument(const nlohmann::ordered_json& document);

}  // namespace clockwork::api
