#include "operator/kube/lease_store.h"

#include <utility>

namespace clockwork::kube {
namespace {

const ResourceType& LeaseType() {
  static const ResourceType kType{
      .group = "coordination.k8s.io", .version = "v1", .plural = "leases", .kind = "Lease"};
  return kType;
}

}  // namespace

ClientLeaseStore::ClientLeaseStore(Client* client, std::string name_space, std::string name)
    : client_(client), name_space_(std::move(name_space)), name_(std::move(name)) {}

Outcome<LeaseRecord> ClientLeaseStore::Get() {
  return Take(client_->Get(LeaseType(), name_space_, name_));
}

Outcome<LeaseRecord> ClientLeaseStore::Create(const LeaseRecord& record) {
  Json lease = {{"apiVersion", "coordination.k8s.io/v1"},
                {"kind", "Lease"},
                {"metadata", {{"name", name_}, {"namespace", name_space_}}}};
  EncodeLease(record, &lease);
  return Take(client_->Create(LeaseType(), name_space_, lease));
}

Outcome<LeaseRecord> ClientLeaseStore::Update(const LeaseRecord& record) {
  Json lease = last_seen_;
  EncodeLease(record, &lease);
  return Take(client_->Update(LeaseType(), lease));
}

Outcome<LeaseRecord> ClientLeaseStore::Take(Outcome<Json> answer) {
  if (!answer.ok()) return answer.error();
  Outcome<LeaseRecord> record = DecodeLease(*answer);
  if (record.ok()) last_seen_ = std::move(*answer);
  return record;
}

}  // namespace clockwork::kube
