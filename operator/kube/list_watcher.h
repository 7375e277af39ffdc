#pragma once

// Where a reflector's objects come from: one kind, one namespace (or all), one selector.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "operator/kube/client.h"

namespace clockwork::kube {

// Used by one thread; calls block.
class ListWatcher {
 public:
  virtual ~ListWatcher() = default;
  virtual Outcome<ObjectList> List() = 0;
  virtual Outcome<std::unique_ptr<LineStream>> Watch(std::string_view resource_version,
                                                     std::int64_t timeout_seconds) = 0;
};

class ClientListWatcher : public ListWatcher {
 public:
  // `client` must outlive this. An empty `name_space`: all namespaces.
  ClientListWatcher(Client* client, ResourceType type, std::string name_space, Selector selector);

  Outcome<ObjectList> List() override;
  Outcome<std::unique_ptr<LineStream>> Watch(std::string_view resource_version,
                                             std::int64_t timeout_seconds) override;

 private:
  Client* client_;
  ResourceType type_;
  std::string name_space_;
  Selector selector_;
};

}  // namespace clockwork::kube
