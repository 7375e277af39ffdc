#pragma once

// What an API server demands of every object, and the edits that several parts make. Pure.

#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "tests/support/fake_api/answer.h"
#include "tests/support/fake_api/resource_kind.h"

namespace clockwork::testing {

// An object of this kind with metadata whose known fields have the right types: after it, they can
// be read without care.
std::optional<Answer> CheckForm(const ResourceKind& kind, const nlohmann::json& object);

// Names, labels, owner references, container lists: what a real server refuses with 422.
std::optional<Answer> CheckContent(const ResourceKind& kind, std::string_view name,
                                   const nlohmann::json& object);

// Sets the condition of this type in a list of conditions (null becomes a list); empty texts are
// left out.
void SetCondition(std::string_view type, std::string_view status, std::string_view reason,
                  std::string_view message, nlohmann::json* conditions);

inline constexpr std::size_t kMaxNameBytes = 253;
inline constexpr std::size_t kMaxLabelValueBytes = 63;

}  // namespace clockwork::testing
