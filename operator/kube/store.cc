#include "operator/kube/store.h"

#include <cassert>
#include <utility>

#include <nlohmann/json.hpp>

namespace clockwork::kube {
namespace {

bool SameState(const Json& one, const Json& other) {
  const std::string version = MetadataText(one, "resourceVersion");
  return !version.empty() && version == MetadataText(other, "resourceVersion") &&
         MetadataText(one, "uid") == MetadataText(other, "uid");
}

}  // namespace

Store::Store(std::vector<Index> indexes, Trim trim) : trim_(std::move(trim)) {
  for (Index& index : indexes) indexes_[index.name] = {std::move(index.values), {}};
}

ObjectPtr Store::Keep(Json object) const {
  object["metadata"].erase("managedFields");
  if (trim_) trim_(&object);
  return std::make_shared<const Json>(std::move(object));
}

std::vector<Change> Store::Replace(std::vector<Json> items) {
  std::map<std::string, ObjectPtr, std::less<>> listed;
  for (Json& item : items) {
    if (std::string key = KeyOf(item); !key.empty()) listed[key] = Keep(std::move(item));
  }
  const std::scoped_lock lock(mutex_);
  std::vector<Change> changes;
  auto known = objects_.begin();
  auto now = listed.begin();
  while (known != objects_.end() || now != listed.end()) {
    if (now == listed.end() || (known != objects_.end() && known->first < now->first)) {
      changes.push_back({known->first, known->second, nullptr});
      ++known;
    } else if (known == objects_.end() || now->first < known->first) {
      changes.push_back({now->first, nullptr, now->second});
      ++now;
    } else {
      if (!SameState(*known->second, *now->second)) {
        changes.push_back({now->first, known->second, now->second});
      }
      ++known;
      ++now;
    }
  }
  for (const Change& change : changes) {
    if (change.after == nullptr) {
      Drop(change.key);
    } else {
      Put(change.key, change.after);
    }
  }
  return changes;
}

std::optional<Change> Store::Upsert(Json object) {
  std::string key = KeyOf(object);
  if (key.empty()) return std::nullopt;
  ObjectPtr after = Keep(std::move(object));
  const std::scoped_lock lock(mutex_);
  const auto known = objects_.find(key);
  ObjectPtr before = known == objects_.end() ? nullptr : known->second;
  if (before != nullptr && SameState(*before, *after)) return std::nullopt;
  Put(key, after);
  return Change{std::move(key), std::move(before), std::move(after)};
}

std::optional<Change> Store::Remove(const Json& object) {
  std::string key = KeyOf(object);
  const std::scoped_lock lock(mutex_);
  const auto known = objects_.find(key);
  if (known == objects_.end()) return std::nullopt;
  const std::string uid = MetadataText(object, "uid");
  if (!uid.empty() && uid != MetadataText(*known->second, "uid")) return std::nullopt;
  ObjectPtr before = known->second;
  Drop(key);
  return Change{std::move(key), std::move(before), nullptr};
}

ObjectPtr Store::Get(std::string_view key) const {
  const std::scoped_lock lock(mutex_);
  const auto found = objects_.find(key);
  return found == objects_.end() ? nullptr : found->second;
}

std::vector<ObjectPtr> Store::Snapshot() const {
  const std::scoped_lock lock(mutex_);
  std::vector<ObjectPtr> all;
  all.reserve(objects_.size());
  for (const auto& [key, object] : objects_) all.push_back(object);
  return all;
}

std::vector<ObjectPtr> Store::Find(std::string_view index, std::string_view value) const {
  const std::scoped_lock lock(mutex_);
  const auto table = indexes_.find(index);
  assert(table != indexes_.end());
  const auto keys = table->second.keys_by_value.find(value);
  std::vector<ObjectPtr> found;
  if (keys == table->second.keys_by_value.end()) return found;
  found.reserve(keys->second.size());
  for (const std::string& key : keys->second) found.push_back(objects_.find(key)->second);
  return found;
}

std::size_t Store::size() const {
  const std::scoped_lock lock(mutex_);
  return objects_.size();
}

void Store::Put(const std::string& key, const ObjectPtr& object) {
  ObjectPtr& slot = objects_[key];
  if (slot != nullptr) IndexObject(key, *slot, false);
  slot = object;
  IndexObject(key, *object, true);
}

void Store::Drop(const std::string& key) {
  const auto known = objects_.find(key);
  if (known == objects_.end()) return;
  IndexObject(key, *known->second, false);
  objects_.erase(known);
}

void Store::IndexObject(const std::string& key, const Json& object, bool present) {
  for (auto& [name, table] : indexes_) {
    for (const std::string& value : table.values(object)) {
      Keys& keys = table.keys_by_value[value];
      if (present) {
        keys.insert(key);
      } else {
        keys.erase(key);
      }
      if (keys.empty()) table.keys_by_value.erase(value);
    }
  }
}

}  // namespace clockwork::kube
