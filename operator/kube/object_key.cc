// Names of objects, and what finds them (store.h).

#include <utility>

#include <nlohmann/json.hpp>

#include "operator/kube/store.h"

namespace clockwork::kube {
namespace {

const Json* Member(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::string Text(const Json* value) {
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

}  // namespace

std::string MetadataText(const Json& object, std::string_view field) {
  const Json* metadata = Member(object, "metadata");
  return metadata == nullptr ? std::string() : Text(Member(*metadata, field));
}

std::string MakeKey(std::string_view name_space, std::string_view name) {
  if (name_space.empty()) return std::string(name);
  std::string key(name_space);
  key.push_back('/');
  key.append(name);
  return key;
}

std::string KeyOf(const Json& object) {
  const std::string name = MetadataText(object, "name");
  return name.empty() ? name : MakeKey(MetadataText(object, "namespace"), name);
}

KeyParts SplitKey(std::string_view key) {
  const std::size_t slash = key.find('/');
  if (slash == std::string_view::npos) return {{}, std::string(key)};
  return {std::string(key.substr(0, slash)), std::string(key.substr(slash + 1))};
}

IndexFunction ByLabel(std::string label) {
  return [label = std::move(label)](const Json& object) -> std::vector<std::string> {
    const Json* metadata = Member(object, "metadata");
    const Json* labels = metadata == nullptr ? nullptr : Member(*metadata, "labels");
    const Json* value = labels == nullptr ? nullptr : Member(*labels, label);
    if (value == nullptr || !value->is_string()) return {};
    return {value->get<std::string>()};
  };
}

IndexFunction ByControllerUid() {
  return [](const Json& object) {
    std::vector<std::string> uids;
    const Json* metadata = Member(object, "metadata");
    const Json* owners = metadata == nullptr ? nullptr : Member(*metadata, "ownerReferences");
    if (owners == nullptr || !owners->is_array()) return uids;
    for (const Json& owner : *owners) {
      const Json* controller = Member(owner, "controller");
      if (controller == nullptr || *controller != true) continue;
      if (std::string uid = Text(Member(owner, "uid")); !uid.empty()) {
        uids.push_back(std::move(uid));
      }
    }
    return uids;
  };
}

}  // namespace clockwork::kube
