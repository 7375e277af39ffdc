#pragma once

// The objects of a FakeApiServer, their versions, and the changes that led to them. Pure.

#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/fake_api/resource_kind.h"

namespace clockwork::testing {

using Object = std::shared_ptr<const nlohmann::json>;

struct ObjectKey {
  std::string resource;  // "plural.group"
  std::string name_space;
  std::string name;
  auto operator<=>(const ObjectKey&) const = default;
};

ObjectKey KeyOf(const ResourceKind& kind, std::string_view name_space, std::string_view name);

// What a version did. `before` is null when it made the object, `after` when it removed it; the
// `before` of a removal is the object's last state, under the version of the removal.
struct Change {
  std::uint64_t version = 0;
  ObjectKey key;
  Object before;
  Object after;
};

class ObjectStore {
 public:
  using Map = std::map<ObjectKey, Object>;

  explicit ObjectStore(std::size_t history_changes) : history_changes_(history_changes) {}

  Object Find(const ObjectKey& key) const;
  // Stores the object under the next version, which it gets as its resourceVersion.
  Object Put(const ObjectKey& key, nlohmann::json object);
  // Returns the last state, under the version of the removal. The object must be there.
  Object Remove(const ObjectKey& key);

  const Map& objects() const { return objects_; }
  std::uint64_t version() const { return version_; }
  // The objects of a resource as of a version, ordered by key; an empty name_space means all.
  // Nothing when the history does not reach back so far.
  std::optional<std::vector<Object>> At(std::uint64_t version, const std::string& resource,
                                        const std::string& name_space) const;
  // The changes after `version`; must not be called when !Knows(version).
  std::deque<Change>::const_iterator ChangesAfter(std::uint64_t version) const;
  std::deque<Change>::const_iterator ChangesEnd() const { return changes_.end(); }
  // Whether everything that happened after `version` is still known.
  bool Knows(std::uint64_t version) const { return version >= compacted_; }
  void Compact();

 private:
  void Record(Change change);

  const std::size_t history_changes_;
  Map objects_;
  std::deque<Change> changes_;
  std::uint64_t version_ = 1;
  std::uint64_t compacted_ = 1;  // the changes up to this version are forgotten
};

}  // namespace clockwork::testing
