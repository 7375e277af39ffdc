#pragma once

// The scheduler's actions that have no result yet, by action id. Ids count up from 0 over all kinds
// (spec/controller.md §5.10). Pure.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "images/common/base/time.h"
#include "images/controller/core/effects.h"
#include "images/controller/core/request_pool.h"
#include "images/controller/core/ring.h"

namespace clockwork::controller {

struct Action {
  ActionKind kind = ActionKind::kInfer;
  std::size_t gpu = 0;  // index over all workers
  std::uint32_t model = 0;
  std::size_t batch_index = 0;         // infer: which of the model's batch sizes it is estimated by
  std::vector<RequestIndex> requests;  // infer
  Nanos sent_ns = 0;
  Nanos expected_duration_ns = 0;
  Nanos expected_complete_ns = 0;  // 0 for evictions
  std::uint64_t expected_clock = 0;
  Nanos report_error_ns = 0;  // infer: when a drop is reported
  Nanos dropped_ns = 0;       // when it was found too late to send; 0: it was not
  std::int64_t requests_queued = 0;
  std::uint32_t copies_loaded = 0;
  bool pending = false;
};

class ActionTable {
 public:
  explicit ActionTable(std::uint32_t first_id = 0) : first_id_(first_id) {}

  // A new action; the reference holds until the next Add.
  Action& Add(std::int32_t* id);
  // nullptr when the id is unknown or finished.
  Action* Find(std::int32_t id);
  void Remove(std::int32_t id);

  // Ids of the pending actions, ascending.
  std::vector<std::int32_t> PendingIds() const;
  std::size_t pending() const { return pending_; }

 private:
  // Action ids are 32-bit and wrap; differences of unsigned numbers do the right thing.
  Ring<Action> actions_;  // front has id first_id_; finished ones are dropped from the front
  std::uint32_t first_id_;
  std::size_t pending_ = 0;
};

}  // namespace clockwork::controller
