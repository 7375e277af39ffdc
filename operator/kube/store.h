#pragma once

// The objects of one kind as last seen, by "namespace/name" (cluster-scoped: "name"), with indexes.
//
// Thread-safe. Objects are shared and never change; whoever holds one keeps it alive. They are
// kept without metadata.managedFields, which nobody reads and which is a third of a pod, and
// without what else the store is told to take out. A resourceVersion is opaque: equal or not equal,
// never older or newer. The reflector bounds the size (ReflectorOptions::max_objects, and one
// more).

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace clockwork::kube {

using Json = nlohmann::json;
using ObjectPtr = std::shared_ptr<const Json>;

// "namespace/name" or "name"; empty for what is no object with a name.
std::string KeyOf(const Json& object);
std::string MakeKey(std::string_view name_space, std::string_view name);
struct KeyParts {
  std::string name_space;
  std::string name;
};
KeyParts SplitKey(std::string_view key);
// A string inside metadata ("uid", "resourceVersion"); empty when it is missing or no string.
std::string MetadataText(const Json& object, std::string_view field);

// What became of one key. No `before`: it is new; no `after`: it is gone, and `before` is the last
// state seen (of an object whose end was missed, perhaps not its last).
struct Change {
  std::string key;
  ObjectPtr before;
  ObjectPtr after;
};

// The values under which an index finds an object.
using IndexFunction = std::function<std::vector<std::string>(const Json& object)>;
IndexFunction ByLabel(std::string label);
// The uid of the owner reference with controller: true.
IndexFunction ByControllerUid();

struct Index {
  std::string name;
  IndexFunction values;
};

// Takes out of an object what nobody reads. Name, uid and resourceVersion stay.
using Trim = std::function<void(Json* object)>;

class Store {
 public:
  explicit Store(std::vector<Index> indexes = {}, Trim trim = {});

  // The answer of a whole list: what it lacks is gone. The changes are in the order of keys; an
  // object with the uid and resourceVersion that are known already is none. One that was deleted
  // and made again unseen (another uid) is one Change with both sides.
  std::vector<Change> Replace(std::vector<Json> items);
  // Nothing when this very state (uid and resourceVersion) is known, or when it has no name.
  std::optional<Change> Upsert(Json object);
  // Nothing when the key is unknown or belongs to an object with another uid by now.
  std::optional<Change> Remove(const Json& object);

  // Null when unknown.
  ObjectPtr Get(std::string_view key) const;
  // All, in the order of keys.
  std::vector<ObjectPtr> Snapshot() const;
  // In the order of keys. The index must be one of the constructor's.
  std::vector<ObjectPtr> Find(std::string_view index, std::string_view value) const;
  std::size_t size() const;

 private:
  using Keys = std::set<std::string, std::less<>>;
  struct IndexTable {
    IndexFunction values;
    std::map<std::string, Keys, std::less<>> keys_by_value;
  };

  ObjectPtr Keep(Json object) const;
  void Put(const std::string& key, const ObjectPtr& object);
  void Drop(const std::string& key);
  void IndexObject(const std::string& key, const Json& object, bool present);

  const Trim trim_;
  mutable std::mutex mutex_;  // guards all below
  std::map<std::string, ObjectPtr, std::less<>> objects_;
  std::map<std::string, IndexTable, std::less<>> indexes_;
};

}  // namespace clockwork::kube
