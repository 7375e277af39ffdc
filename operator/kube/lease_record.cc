#include "operator/kube/lease_record.h"

#include <nlohmann/json.hpp>

#include "operator/kube/api_time.h"

namespace clockwork::kube {
namespace {

using Json = nlohmann::json;

std::string Text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t Number(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

}  // namespace

Outcome<LeaseRecord> DecodeLease(const Json& lease) {
  const auto metadata = lease.is_object() ? lease.find("metadata") : lease.end();
  if (!lease.is_object() || metadata == lease.end() || !metadata->is_object()) {
    return ApiError{Failure::kMalformed, 0, {}, "the answer is no Lease", 0};
  }
  LeaseRecord record;
  record.resource_version = Text(*metadata, "resourceVersion");
  const auto spec = lease.find("spec");
  if (spec == lease.end() || !spec->is_object()) return record;
  record.holder = Text(*spec, "holderIdentity");
  record.duration_seconds = Number(*spec, "leaseDurationSeconds");
  record.acquire_time_ns = ParseApiTime(Text(*spec, "acquireTime"));
  record.renew_time_ns = ParseApiTime(Text(*spec, "renewTime"));
  record.transitions = Number(*spec, "leaseTransitions");
  return record;
}

void EncodeLease(const LeaseRecord& record, Json* lease) {
  Json& metadata = (*lease)["metadata"];
  if (!record.resource_version.empty()) metadata["resourceVersion"] = record.resource_version;
  Json& spec = (*lease)["spec"];
  spec["holderIdentity"] = record.holder;
  spec["leaseDurationSeconds"] = record.duration_seconds;
  spec["acquireTime"] = MicroTime(record.acquire_time_ns);
  spec["renewTime"] = MicroTime(record.renew_time_ns);
  spec["leaseTransitions"] = record.transitions;
}

}  // namespace clockwork::kube
