#pragma once

// Reading JSON that somebody else wrote: each call gives what is at a path, or the empty value of
// its type when there is nothing or something else. Pure.

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace clockwork::kube {

// The member of an object; null when there is none.
inline const nlohmann::json& Member(const nlohmann::json& object, std::string_view name) {
  static const nlohmann::json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

inline std::string TextOf(const nlohmann::json& object, std::string_view name) {
  const nlohmann::json& member = Member(object, name);
  return member.is_string() ? member.get<std::string>() : std::string();
}

inline std::int64_t IntegerOf(const nlohmann::json& object, std::string_view name) {
  const nlohmann::json& member = Member(object, name);
  return member.is_number_integer() ? member.get<std::int64_t>() : 0;
}

inline bool BooleanOf(const nlohmann::json& object, std::string_view name) {
  const nlohmann::json& member = Member(object, name);
  return member.is_boolean() && member.get<bool>();
}

// The first element of a list; null when there is none.
inline const nlohmann::json& First(const nlohmann::json& list) {
  static const nlohmann::json kNull;
  return list.is_array() && !list.empty() ? list.front() : kNull;
}

// The first element of a list with this text at `name`; null when there is none.
inline const nlohmann::json& Find(const nlohmann::json& list, std::string_view name,
                                  std::string_view value) {
  static const nlohmann::json kNull;
  if (!list.is_array()) return kNull;
  for (const nlohmann::json& element : list) {
    if (TextOf(element, name) == value) return element;
  }
  return kNull;
}

}  // namespace clockwork::kube
