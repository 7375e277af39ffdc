#include "images/controller/core/action_table.h"

namespace clockwork::controller {

Action& ActionTable::Add(std::int32_t* id) {
  *id = static_cast<std::int32_t>(first_id_ + static_cast<std::uint32_t>(actions_.size()));
  actions_.emplace_back();
  actions_.back().pending = true;
  ++pending_;
  return actions_.back();
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
  action->requests = {};
  --pending_;
  while (!actions_.empty() && !actions_.front().pending) {
    actions_.pop_front();
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
