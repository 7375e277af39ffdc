#include "tests/support/fake_api/object_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace clockwork::testing {
namespace {

using Json = nlohmann::json;

bool IsAlnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); }

// Lower-case letters, digits, '-' and '.', beginning and ending with one of the former two.
bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes && IsAlnum(text.front()) &&
         IsAlnum(text.back()) && std::all_of(text.begin(), text.end(), [](char c) {
           return IsAlnum(c) || c == '-' || c == '.';
         });
}

bool IsLabelValue(std::string_view text) {
  const auto alnum = [](char c) { return IsAlnum(c) || (c >= 'A' && c <= 'Z'); };
  return text.empty() ||
         (text.size() <= kMaxLabelValueBytes && alnum(text.front()) && alnum(text.back()) &&
          std::all_of(text.begin(), text.end(),
                      [alnum](char c) { return alnum(c) || c == '-' || c == '.' || c == '_'; }));
}

bool AllStrings(const Json& map) {
  return map.is_object() &&
         std::all_of(map.begin(), map.end(), [](const Json& value) { return value.is_string(); });
}

std::string MetadataFault(const Json& metadata) {
  for (const char* field : {"name", "namespace", "uid", "resourceVersion", "generateName"}) {
    if (metadata.contains(field) && !metadata.at(field).is_string()) return field;
  }
  for (const char* field : {"labels", "annotations"}) {
    if (metadata.contains(field) && !AllStrings(metadata.at(field))) return field;
  }
  for (const char* field : {"ownerReferences", "finalizers"}) {
    if (metadata.contains(field) && !metadata.at(field).is_array()) return field;
  }
  return {};
}

std::optional<Answer> CheckOwners(const ResourceKind& kind, std::string_view name,
                                  const Json& owners) {
  for (const Json& owner : owners) {
    for (const char* field : {"apiVersion", "kind", "name", "uid"}) {
      if (owner.is_object() && owner.contains(field) && owner.at(field).is_string() &&
          owner.at(field) != "") {
        continue;
      }
      return InvalidAnswer(kind, name, fmt::format("metadata.ownerReferences.{}", field),
                           "Required value: must not be empty");
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Answer> CheckForm(const ResourceKind& kind, const Json& object) {
  if (!object.is_object()) return BadRequestAnswer("the body is no object");
  if (object.value("apiVersion", Json()) != kind.ApiVersion() ||
      object.value("kind", Json()) != kind.kind) {
    return BadRequestAnswer(
        fmt::format("the API version and kind in the data do not match the expected {}, {}",
                    kind.ApiVersion(), kind.kind));
  }
  if (!object.contains("metadata") || !object.at("metadata").is_object()) {
    return BadRequestAnswer("metadata must be an object");
  }
  for (const char* field : {"spec", "status"}) {
    if (object.contains(field) && !object.at(field).is_object()) {
      return BadRequestAnswer(fmt::format("{} must be an object", field));
    }
  }
  if (const std::string field = MetadataFault(object.at("metadata")); !field.empty()) {
    return BadRequestAnswer(fmt::format("cannot unmarshal metadata.{}", field));
  }
  return std::nullopt;
}

std::optional<Answer> CheckContent(const ResourceKind& kind, std::string_view name,
                                   const Json& object) {
  if (!IsName(name)) {
    return InvalidAnswer(kind, name, "metadata.name",
                         "Invalid value: a lowercase RFC 1123 subdomain is wanted");
  }
  const Json& metadata = object.at("metadata");
  const Json labels = metadata.value("labels", Json::object());
  for (const auto& [key, value] : labels.items()) {
    if (IsLabelValue(value.get_ref<const std::string&>())) continue;
    return InvalidAnswer(kind, name, "metadata.labels",
                         fmt::format("Invalid value: {}={}: at most 63 characters, alphanumeric, "
                                     "'-', '_' or '.'",
                                     key, value.get_ref<const std::string&>()));
  }
  if (kind.pod_like) {
    const Json spec = object.value("spec", Json::object());
    if (!spec.contains("containers") || !spec.at("containers").is_array() ||
        spec.at("containers").empty()) {
      return InvalidAnswer(kind, name, "spec.containers", "Required value");
    }
  }
  return CheckOwners(kind, name, metadata.value("ownerReferences", Json::array()));
}

void SetCondition(std::string_view type, std::string_view status, std::string_view reason,
                  std::string_view message, Json* conditions) {
  Json condition = {{"type", type}, {"status", status}};
  if (!reason.empty()) condition["reason"] = reason;
  if (!message.empty()) condition["message"] = message;
  if (!conditions->is_array()) *conditions = Json::array();
  for (Json& present : *conditions) {
    if (present.value("type", "") != type) continue;
    present = std::move(condition);
    return;
  }
  conditions->push_back(std::move(condition));
}

}  // namespace clockwork::testing
