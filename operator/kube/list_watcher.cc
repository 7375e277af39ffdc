#include "operator/kube/list_watcher.h"

#include <utility>

namespace clockwork::kube {

ClientListWatcher::ClientListWatcher(Client* client, ResourceType type, std::string name_space,
                                     Selector selector)
    : client_(client),
      type_(std::move(type)),
      name_space_(std::move(name_space)),
      selector_(std::move(selector)) {}

Outcome<ObjectList> ClientListWatcher::List() {
  return client_->List(type_, name_space_, selector_);
}

Outcome<std::unique_ptr<LineStream>> ClientListWatcher::Watch(std::string_view resource_version,
                                                              std::int64_t timeout_seconds) {
  return client_->Watch(type_, name_space_, selector_, resource_version, timeout_seconds);
}

}  // namespace clockwork::kube
