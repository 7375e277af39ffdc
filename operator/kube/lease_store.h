#pragma once

// A LeaseStore on an API server. Its client has a transport of its own, so that a renewal waits
// neither for a slow list nor for the program's own rate limit.

#include <memory>
#include <string>

#include "operator/kube/client.h"
#include "operator/kube/lease_record.h"

namespace clockwork::kube {

class ClientLeaseStore : public LeaseStore {
 public:
  // `client` must outlive this.
  ClientLeaseStore(Client* client, std::string name_space, std::string name);

  Outcome<LeaseRecord> Get() override;
  Outcome<LeaseRecord> Create(const LeaseRecord& record) override;
  Outcome<LeaseRecord> Update(const LeaseRecord& record) override;

 private:
  Outcome<LeaseRecord> Take(Outcome<Json> answer);

  Client* client_;
  std::string name_space_;
  std::string name_;
  Json last_seen_;  // what an update keeps
};

}  // namespace clockwork::kube
