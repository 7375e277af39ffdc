#pragma once

// The verbs of an API server over an ObjectStore, with the rules that every object obeys: names,
// versions, subresources, generations, graceful deletion, finalizers. Pure: time comes from the
// owner.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "images/common/base/time.h"
#include "tests/support/fake_api/answer.h"
#include "tests/support/fake_api/object_store.h"
#include "tests/support/fake_api/resource_kind.h"

namespace clockwork::testing {

// Where a write goes.
struct Place {
  const ResourceKind* kind = nullptr;
  std::string name_space;
  std::string name;
  std::string subresource;  // "" or "status"
};

enum class PatchType { kMerge, kJson, kApply };

class ObjectApi {
 public:
  using Json = nlohmann::json;

  // All pointers must outlive this. `now_ns` answers Unix time.
  ObjectApi(ObjectStore* store, const std::vector<ResourceKind>* kinds,
            std::function<Nanos()> now_ns);

  Answer Create(const Place& place, Json object);
  Answer Update(const Place& place, Json object);
  Answer Patch(const Place& place, PatchType type, const Json& patch);
  // `options`: a DeleteOptions object, or null.
  Answer Delete(const Place& place, const Json& options);
  // pods/binding.
  Answer Bind(const Place& place, const Json& binding);

  // Stores the object whatever it says, with the metadata every object has. Its kind must be
  // served.
  Object ForcePut(Json object);
  // Removes it whatever finalizers say.
  bool ForceRemove(const ObjectKey& key);

  // Deletes everything that has owners of which none is left. Returns whether there was any.
  bool CollectGarbage();

 private:
  // The object to be stored in the place of `old`, or what is wrong with `wanted`.
  std::optional<Answer> Merge(const Place& place, const Json& old, Json* wanted) const;
  Answer Replace(const Place& place, const Object& old, Json wanted);
  std::optional<Answer> CheckNew(const Place& place, const Json& object) const;
  void FillMetadata(const ResourceKind& kind, Json* object);
  Answer MarkOrRemove(const Place& place, const ObjectKey& key, const Json& old,
                      std::int64_t grace_seconds);
  std::string Timestamp(std::int64_t seconds_from_now) const;

  ObjectStore* const store_;
  const std::vector<ResourceKind>* const kinds_;
  const std::function<Nanos()> now_ns_;
  std::uint64_t last_uid_ = 0;
};

}  // namespace clockwork::testing
