#pragma once

// The record that candidates for leadership share, as a coordination.k8s.io/v1 Lease. Pure.

#include <cstdint>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "images/common/base/time.h"
#include "operator/kube/api_error.h"

namespace clockwork::kube {

struct LeaseRecord {
  std::string holder;  // identity; empty: nobody
  std::int64_t duration_seconds = 0;
  Nanos acquire_time_ns = 0;  // wall clocks of whoever wrote them: for people, never compared
  Nanos renew_time_ns = 0;
  std::int64_t transitions = 0;
  std::string resource_version;  // as the server last gave it; empty: not from the server

  bool operator==(const LeaseRecord&) const = default;
};

// kMalformed for what is no Lease. Missing fields are as if empty.
Outcome<LeaseRecord> DecodeLease(const nlohmann::json& lease);
// Writes the record into `lease`, which keeps what else it holds (labels, owner).
void EncodeLease(const LeaseRecord& record, nlohmann::json* lease);

// Where the record lives. Used by one thread; calls block, each for no longer than
// LeaseRequestTimeoutNs().
class LeaseStore {
 public:
  virtual ~LeaseStore() = default;
  virtual Outcome<LeaseRecord> Get() = 0;
  virtual Outcome<LeaseRecord> Create(const LeaseRecord& record) = 0;
  // kConflict unless the record still has `record.resource_version`. Answers with the new one.
  virtual Outcome<LeaseRecord> Update(const LeaseRecord& record) = 0;
};

}  // namespace clockwork::kube
