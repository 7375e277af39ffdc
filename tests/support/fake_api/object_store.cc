#include "tests/support/fake_api/object_store.h"

#include <algorithm>
#include <utility>

namespace clockwork::testing {
namespace {

bool InScope(const ObjectKey& key, const std::string& resource, const std::string& name_space) {
  return key.resource == resource && (name_space.empty() || key.name_space == name_space);
}

void SetVersion(nlohmann::json* object, std::uint64_t version) {
  (*object)["metadata"]["resourceVersion"] = std::to_string(version);
}

}  // namespace

ObjectKey KeyOf(const ResourceKind& kind, std::string_view name_space, std::string_view name) {
  return {kind.plural + "." + kind.group, kind.namespaced ? std::string(name_space) : "",
          std::string(name)};
}

Object ObjectStore::Find(const ObjectKey& key) const {
  const auto found = objects_.find(key);
  return found == objects_.end() ? nullptr : found->second;
}

Object ObjectStore::Put(const ObjectKey& key, nlohmann::json object) {
  SetVersion(&object, ++version_);
  Object& place = objects_[key];
  Object after = std::make_shared<const nlohmann::json>(std::move(object));
  Record({version_, key, std::exchange(place, after), after});
  return after;
}

Object ObjectStore::Remove(const ObjectKey& key) {
  const auto found = objects_.find(key);
  nlohmann::json last = *found->second;
  objects_.erase(found);
  SetVersion(&last, ++version_);
  Object before = std::make_shared<const nlohmann::json>(std::move(last));
  Record({version_, key, before, nullptr});
  return before;
}

void ObjectStore::Record(Change change) {
  changes_.push_back(std::move(change));
  if (changes_.size() <= history_changes_) return;
  compacted_ = changes_.front().version;
  changes_.pop_front();
}

std::optional<std::vector<Object>> ObjectStore::At(std::uint64_t version,
                                                   const std::string& resource,
                                                   const std::string& name_space) const {
  if (!Knows(version)) return std::nullopt;
  Map past;
  for (auto place = objects_.lower_bound({resource, name_space, ""});
       place != objects_.end() && InScope(place->first, resource, name_space); ++place) {
    past.insert(past.end(), *place);
  }
  for (auto change = changes_.rbegin(); change != changes_.rend() && change->version > version;
       ++change) {
    if (!InScope(change->key, resource, name_space)) continue;
    if (change->before == nullptr) {
      past.erase(change->key);
    } else {
      past[change->key] = change->before;
    }
  }
  std::vector<Object> objects;
  objects.reserve(past.size());
  for (auto& [key, object] : past) objects.push_back(std::move(object));
  return objects;
}

std::deque<Change>::const_iterator ObjectStore::ChangesAfter(std::uint64_t version) const {
  return std::upper_bound(
      changes_.begin(), changes_.end(), version,
      [](std::uint64_t wanted, const Change& change) { return wanted < change.version; });
}

void ObjectStore::Compact() {
  changes_.clear();
  compacted_ = version_;
}

}  // namespace clockwork::testing
