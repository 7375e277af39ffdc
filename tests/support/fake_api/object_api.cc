#include "tests/support/fake_api/object_api.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <set>
#include <utility>

#include "tests/support/fake_api/object_checks.h"

namespace clockwork::testing {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kDefaultGraceSeconds = 30;

Answer ObjectAnswer(int code, const Object& object) { return {code, *object, 0}; }

Json MetadataOf(const Json& object) { return object.value("metadata", Json::object()); }

// What clients cannot change, whatever they send.
void KeepMetadata(const Json& old, Json* wanted) {
  Json& metadata = (*wanted)["metadata"];
  for (const char* field : {"name", "namespace", "uid", "creationTimestamp", "deletionTimestamp",
                            "deletionGracePeriodSeconds", "generation", "resourceVersion"}) {
    const Json& kept = old.at("metadata");
    if (kept.contains(field)) {
      metadata[field] = kept.at(field);
    } else {
      metadata.erase(field);
    }
  }
  metadata.erase("managedFields");
}

Json WithoutMetadataAndStatus(Json object) {
  object.erase("metadata");
  object.erase("status");
  return object;
}

}  // namespace

ObjectApi::ObjectApi(ObjectStore* store, const std::vector<ResourceKind>* kinds,
                     std::function<Nanos()> now_ns)
    : store_(store), kinds_(kinds), now_ns_(std::move(now_ns)) {}

std::string ObjectApi::Timestamp(std::int64_t seconds_from_now) const {
  const std::time_t seconds = now_ns_() / kSecond + seconds_from_now;
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds));
}

void ObjectApi::FillMetadata(const ResourceKind& kind, Json* object) {
  Json& metadata = (*object)["metadata"];
  metadata["uid"] = fmt::format("00000000-0000-4000-8000-{:012x}", ++last_uid_);
  metadata["creationTimestamp"] = Timestamp(0);
  if (kind.custom) metadata["generation"] = 1;
  metadata.erase("deletionTimestamp");
  metadata.erase("deletionGracePeriodSeconds");
  metadata.erase("managedFields");
}

Answer ObjectApi::Create(const Place& place, Json object) {
  if (auto refused = CheckNew(place, object)) return *std::move(refused);
  const std::string name = object["metadata"]["name"];
  const ObjectKey key = KeyOf(*place.kind, place.name_space, name);
  if (store_->Find(key) != nullptr) return AlreadyExistsAnswer(*place.kind, name);
  if (place.kind->namespaced) object["metadata"]["namespace"] = place.name_space;
  FillMetadata(*place.kind, &object);
  if (place.kind->status_subresource && place.kind->plural != "nodes") object.erase("status");
  if (place.kind->pod_like) {
    Json& spec = object["spec"];
    if (!spec.contains("restartPolicy")) spec["restartPolicy"] = "Always";
    if (!spec.contains("terminationGracePeriodSeconds")) {
      spec["terminationGracePeriodSeconds"] = kDefaultGraceSeconds;
    }
    object["status"] = {{"phase", "Pending"}};
  }
  return ObjectAnswer(201, store_->Put(key, std::move(object)));
}

std::optional<Answer> ObjectApi::CheckNew(const Place& place, const Json& object) const {
  if (auto refused = CheckForm(*place.kind, object)) return refused;
  const Json& metadata = object.at("metadata");
  if (!metadata.contains("name")) {
    return InvalidAnswer(*place.kind, "", "metadata.name",
                         metadata.contains("generateName")
                             ? "this server wants names that do not depend on chance"
                             : "Required value: name or generateName is required");
  }
  const std::string name = metadata.at("name");
  if (metadata.contains("resourceVersion") && metadata.at("resourceVersion") != "") {
    return BadRequestAnswer("resourceVersion should not be set on objects to be created");
  }
  if (metadata.value("namespace", place.name_space) != place.name_space) {
    return BadRequestAnswer(
        "the namespace of the provided object does not match the namespace sent on the request");
  }
  return CheckContent(*place.kind, name, object);
}

Answer ObjectApi::Update(const Place& place, Json object) {
  if (auto refused = CheckForm(*place.kind, object)) return *std::move(refused);
  const Object old = store_->Find(KeyOf(*place.kind, place.name_space, place.name));
  if (old == nullptr) return NotFoundAnswer(*place.kind, place.name);
  if (object["metadata"].value("name", "") != place.name) {
    return BadRequestAnswer("the name of the object does not match the name on the URL");
  }
  if (!place.kind->unconditional_update &&
      object["metadata"].value("resourceVersion", "").empty()) {
    return InvalidAnswer(*place.kind, place.name, "metadata.resourceVersion",
                         "Invalid value: 0: must be specified for an update");
  }
  return Replace(place, old, std::move(object));
}

Answer ObjectApi::Patch(const Place& place, PatchType type, const Json& patch) {
  const Object old = store_->Find(KeyOf(*place.kind, place.name_space, place.name));
  if (old == nullptr) {
    if (type != PatchType::kApply || !place.subresource.empty()) {
      return NotFoundAnswer(*place.kind, place.name);
    }
    return Create(place, patch);
  }
  Json wanted = *old;
  // The version to compare with is the one that the patch names, not that of what it is applied to.
  wanted["metadata"].erase("resourceVersion");
  if (type == PatchType::kJson) {
    try {
      wanted = wanted.patch(patch);
    } catch (const Json::exception& error) {
      return InvalidAnswer(*place.kind, place.name, "patch", error.what());
    }
  } else {
    wanted.merge_patch(patch);
  }
  if (auto refused = CheckForm(*place.kind, wanted)) return *std::move(refused);
  return Replace(place, old, std::move(wanted));
}

std::optional<Answer> ObjectApi::Merge(const Place& place, const Json& old, Json* wanted) const {
  const Json sent = MetadataOf(*wanted);
  const Json& kept = old.at("metadata");
  if (const std::string uid = sent.value("uid", ""); !uid.empty() && uid != kept.at("uid")) {
    return ConflictAnswer(
        *place.kind, place.name,
        fmt::format("Precondition failed: UID in precondition: {}, UID in object meta: {}", uid,
                    kept.at("uid").get<std::string>()));
  }
  if (const std::string version = sent.value("resourceVersion", "");
      !version.empty() && version != kept.at("resourceVersion")) {
    return ConflictAnswer(*place.kind, place.name, kModifiedMeanwhile);
  }
  if (place.subresource == "status") {
    Json status = wanted->value("status", Json());
    *wanted = old;
    if (status.is_null()) {
      wanted->erase("status");
    } else {
      (*wanted)["status"] = std::move(status);
    }
    return std::nullopt;
  }
  if (place.kind->status_subresource) {
    wanted->erase("status");
    if (old.contains("status")) (*wanted)["status"] = old.at("status");
  }
  KeepMetadata(old, wanted);
  if (place.kind->pod_like && wanted->value("spec", Json()) != old.value("spec", Json())) {
    return InvalidAnswer(*place.kind, place.name, "spec",
                         "Forbidden: pod updates may not change it");
  }
  if (place.kind->custom && WithoutMetadataAndStatus(*wanted) != WithoutMetadataAndStatus(old)) {
    (*wanted)["metadata"]["generation"] = kept.value("generation", std::int64_t{1}) + 1;
  }
  return CheckContent(*place.kind, place.name, *wanted);
}

Answer ObjectApi::Replace(const Place& place, const Object& old, Json wanted) {
  if (auto refused = Merge(place, *old, &wanted)) return *std::move(refused);
  const ObjectKey key = KeyOf(*place.kind, place.name_space, place.name);
  const Json& metadata = wanted.at("metadata");
  const bool released = metadata.contains("deletionTimestamp") &&
                        metadata.value("finalizers", Json::array()).empty() &&
                        metadata.value("deletionGracePeriodSeconds", std::int64_t{0}) == 0;
  if (wanted != *old) store_->Put(key, std::move(wanted));
  const Object stored = store_->Find(key);
  if (released) store_->Remove(key);
  return ObjectAnswer(200, stored);
}

Answer ObjectApi::Delete(const Place& place, const Json& options) {
  const ObjectKey key = KeyOf(*place.kind, place.name_space, place.name);
  const Object old = store_->Find(key);
  if (old == nullptr) return NotFoundAnswer(*place.kind, place.name);
  const Json& metadata = old->at("metadata");
  const Json wanted = options.is_object() ? options.value("preconditions", Json::object()) : Json();
  for (const char* field : {"uid", "resourceVersion"}) {
    if (!wanted.is_object() || !wanted.contains(field) || wanted.at(field) == metadata.at(field)) {
      continue;
    }
    return ConflictAnswer(
        *place.kind, place.name,
        fmt::format("Precondition failed: {} in precondition: {}, in object meta: {}", field,
                    wanted.at(field).dump(), metadata.at(field).dump()));
  }
  std::int64_t grace_seconds = 0;
  if (place.kind->pod_like) {
    const Json spec = old->value("spec", Json::object());
    const std::string phase = old->value("/status/phase"_json_pointer, "");
    grace_seconds = spec.value("terminationGracePeriodSeconds", kDefaultGraceSeconds);
    if (options.is_object() && options.contains("gracePeriodSeconds")) {
      grace_seconds = options.at("gracePeriodSeconds");
    }
    // What never started or is over has nothing to wait for.
    if (spec.value("nodeName", "").empty() || phase == "Succeeded" || phase == "Failed") {
      grace_seconds = 0;
    }
  }
  return MarkOrRemove(place, key, *old, grace_seconds);
}

Answer ObjectApi::MarkOrRemove(const Place& place, const ObjectKey& key, const Json& old,
                               std::int64_t grace_seconds) {
  const Json& metadata = old.at("metadata");
  const bool kept = !metadata.value("finalizers", Json::array()).empty();
  const bool marked = metadata.contains("deletionTimestamp");
  const auto marked_grace = metadata.value("deletionGracePeriodSeconds", std::int64_t{0});
  if (grace_seconds == 0 && !kept) {
    const Object last = store_->Remove(key);
    if (place.kind->pod_like) return ObjectAnswer(200, last);
    Json body = {
        {"kind", "Status"},
        {"apiVersion", "v1"},
        {"metadata", Json::object()},
        {"status", "Success"},
        {"details",
         {{"name", place.name}, {"kind", place.kind->plural}, {"uid", metadata.at("uid")}}}};
    return {200, std::move(body), 0};
  }
  if (marked && grace_seconds >= marked_grace) return {200, old, 0};
  Json doomed = old;
  doomed["metadata"]["deletionTimestamp"] = Timestamp(grace_seconds);
  doomed["metadata"]["deletionGracePeriodSeconds"] = grace_seconds;
  return ObjectAnswer(200, store_->Put(key, std::move(doomed)));
}

Answer ObjectApi::Bind(const Place& place, const Json& binding) {
  const ObjectKey key = KeyOf(*place.kind, place.name_space, place.name);
  const Object old = store_->Find(key);
  if (old == nullptr) return NotFoundAnswer(*place.kind, place.name);
  const std::string node = binding.value("/target/name"_json_pointer, "");
  if (node.empty()) return InvalidAnswer(*place.kind, place.name, "target.name", "Required value");
  if (const std::string bound = old->value("/spec/nodeName"_json_pointer, ""); !bound.empty()) {
    return ConflictAnswer(
        *place.kind, place.name,
        fmt::format("pod {} is already assigned to node \"{}\"", place.name, bound));
  }
  Json pod = *old;
  pod["spec"]["nodeName"] = node;
  SetCondition("PodScheduled", "True", "", "", &pod["status"]["conditions"]);
  store_->Put(key, std::move(pod));
  return {201, {{"kind", "Status"}, {"apiVersion", "v1"}, {"status", "Success"}}, 0};
}

Object ObjectApi::ForcePut(Json object) {
  const ResourceKind* kind = nullptr;
  for (const ResourceKind& candidate : *kinds_) {
    if (candidate.ApiVersion() == object.value("apiVersion", "") &&
        candidate.kind == object.value("kind", "")) {
      kind = &candidate;
    }
  }
  if (kind == nullptr) return nullptr;
  Json& metadata = object["metadata"];
  if (kind->namespaced && !metadata.contains("namespace")) metadata["namespace"] = "default";
  const ObjectKey key = KeyOf(*kind, metadata.value("namespace", ""), metadata.value("name", ""));
  if (const Object old = store_->Find(key)) {
    if (kind->custom && WithoutMetadataAndStatus(object) != WithoutMetadataAndStatus(*old)) {
      Json next = *old;
      next["metadata"]["generation"] = next["metadata"].value("generation", std::int64_t{1}) + 1;
      KeepMetadata(next, &object);
    } else {
      KeepMetadata(*old, &object);
    }
  } else {
    FillMetadata(*kind, &object);
    if (kind->pod_like && !object.contains("status")) object["status"] = {{"phase", "Pending"}};
  }
  return store_->Put(key, std::move(object));
}

bool ObjectApi::ForceRemove(const ObjectKey& key) {
  if (store_->Find(key) == nullptr) return false;
  store_->Remove(key);
  return true;
}

bool ObjectApi::CollectGarbage() {
  std::set<std::string> alive;
  for (const auto& [key, object] : store_->objects())
    alive.insert(object->at("metadata").at("uid"));
  std::vector<std::pair<Place, std::string>> orphans;
  for (const auto& [key, object] : store_->objects()) {
    const Json& metadata = object->at("metadata");
    const Json owners = metadata.value("ownerReferences", Json::array());
    bool owned = owners.empty() || metadata.contains("deletionTimestamp");
    for (const Json& owner : owners) owned = owned || alive.contains(owner.value("uid", ""));
    if (owned) continue;
    for (const ResourceKind& kind : *kinds_) {
      if (KeyOf(kind, key.name_space, key.name) != key) continue;
      orphans.push_back({{&kind, key.name_space, key.name, ""}, metadata.at("uid")});
    }
  }
  for (const auto& [place, uid] : orphans) Delete(place, {{"preconditions", {{"uid", uid}}}});
  return !orphans.empty();
}

}  // namespace clockwork::testing
