#include "images/controller/core/action_table.h"

#include <utility>

namespace clockwork::controller {

Action& ActionTable::Add(std::int32_t* id) {
  *id = static_cast<std::int32_t>(first_id_ + static_cast<std::uint32_t>(actions_.size()));
  Action& action = actions_.Extend();
  std::vector<RequestIndex> requests = std::move(action.requests);  // for its memory
  requests.clear();
  action = {};
  action.requests = std::move(requests);
  action.pending = true;
  ++pending_;
  return action;
}

Action* ActionTable::Find(std::int32_t id) {
  const std::uint32_t index = static_cast<std::uint32_t>(id) - first_id_;
  if (index >= actions_.size() || !actions_[index].pending) return nullptr;
  return &actions_[index];
}

void ActionTable::Remove(std::int32_t id) {
  Action* action = Find(id);
  if (action == nullptr) return;
  action->pending = false;
  --pending_;
  while (!actions_.empty() && !actions_.front().pending) {
    actions_.PopFront();
    ++first_id_;
  }
}

std::vector<std::int32_t> ActionTable::PendingIds() const {
  std::vector<std::int32_t> ids;
  for (std::size_t i = 0; i < actions_.size(); ++i) {
    if (actions_[i].pending) {
      ids.push_back(static_cast<std::int32_t>(first_id_ + static_cast<std::uint32_t>(i)));
    }
  }
  return ids;
}

}  // namespace clockwork::controller
