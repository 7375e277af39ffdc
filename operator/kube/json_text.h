#pragma once

// JSON text of others, with bounds: nlohmann's parser survives any depth, but what later walks the
// value (dump, copy) is recursive and does not. Pure; throws nothing.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace clockwork::kube {

// Schemas of custom resources are the deepest objects that a server sends; they stay below 100.
inline constexpr int kMaxJsonDepth = 128;
// Of a server's sentence that is passed on to logs and conditions.
inline constexpr std::size_t kMaxMessageBytes = 1024;

// The value, when the whole text is one JSON object nested at most kMaxJsonDepth deep.
std::optional<nlohmann::json> ParseJsonObject(std::string_view text);

// The member of `object` when it is there and a text or an object, else an empty one.
std::string TextMember(const nlohmann::json& object, const char* name);
const nlohmann::json& ObjectMember(const nlohmann::json& object, const char* name);

// One line of valid UTF-8 that is fit for logs and for JSON: line ends and control characters
// become blanks, broken sequences question marks, and what is over kMaxMessageBytes is cut.
std::string OneLine(std::string_view text);

}  // namespace clockwork::kube
