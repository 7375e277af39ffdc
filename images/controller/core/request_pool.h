#pragma once

// The requests that wait for an answer, or that a queue still names. Slots are reused; a slot's
// index is stable while it is in use. Pure; no allocation once the pool has grown.
//
// Requests mostly end in the order in which they came, so the slot that has been free for longest
// is taken: then neighbours in time are neighbours in memory.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "images/common/base/prefetch.h"
#include "images/common/base/time.h"
#include "images/controller/core/effects.h"
#include "images/controller/core/options.h"
#include "images/controller/core/ring.h"

namespace clockwork::controller {

using RequestIndex = std::uint32_t;

// Of the number of GPUs that hold a model; more than any cluster has.
inline constexpr int kCopiesBits = 28;

// One line of the cache: tens of thousands wait at any time, so that the lines that are touched are
// what most operations cost. When it arrived and until when its response is good follow from the
// deadline, the SLO factor and what never changes: the options and the model's first estimate.
struct alignas(kCacheLineBytes) Request {
  std::uint64_t message_id = 0;  // this and the next three: the asker
  std::uint32_t client = 0;
  std::int32_t user_id = 0;
  std::int32_t user_request_id = 0;
  std::uint32_t model_id = 0;
  // Planning's deadline: answered with a time-out if not in an action by then.
  Nanos deadline_ns = 0;
  Nanos exec_demand_ns = 0;
  Nanos load_demand_ns = 0;
  std::uint32_t batch_size = 1;
  float slo_factor = 0;
  std::uint32_t generation = 0;
  std::uint32_t arrival_copies : kCopiesBits = 0;
  bool answered : 1 = false;
  bool queued : 1 = false;     // named by its model's queue
  bool in_action : 1 = false;  // part of an action sent to a worker
  bool has_input : 1 = false;  // which the pool keeps

  void SetAsker(const Asker& asker) {
    message_id = asker.message_id;
    client = asker.client;
    user_id = asker.user_id;
    user_request_id = asker.user_request_id;
  }
  void SetArrivalCopies(std::uint32_t copies) {
    arrival_copies = copies & ((1U << kCopiesBits) - 1);
  }
  Asker GetAsker() const { return {client, message_id, user_id, user_request_id}; }
};
static_assert(sizeof(Request) == kCacheLineBytes);

class RequestPool {
 public:
  explicit RequestPool(std::size_t limit = kMaxPendingRequests) : limit_(limit) {}

  // Room for `count` without growing, of a pool that nothing was taken from. (The slots' memory is
  // touched only when they are used.)
  void Reserve(std::size_t count) {
    slots_.reserve(count);
    free_.Reserve(count);
  }
  // Returns false when as many as the limit are in use.
  bool Take(RequestIndex* index);
  // Gives the slot back when nothing refers to it any more: answered, not queued, not in an action.
  void ReleaseIfDone(RequestIndex index);

  Request& operator[](RequestIndex index) { return slots_[index]; }
  const Request& operator[](RequestIndex index) const { return slots_[index]; }
  // Changes whenever the slot is given back, so that a late timer can tell.
  std::uint32_t Generation(RequestIndex index) const { return slots_[index].generation; }

  // The request's input, which it has none of when it is taken; inputs are rare, and kept apart
  // from what every request has.
  void SetInput(RequestIndex index, std::string_view input);
  std::string_view Input(RequestIndex index) const {
    if (!slots_[index].has_input) return {};
    return inputs_[index];
  }
  // Asks for the slot to be in the cache soon. Harmless for a slot that is not used.
  CLOCKWORK_PREFETCHES void Prefetch(RequestIndex index) const { PrefetchLine(&slots_[index]); }
  std::size_t in_use() const { return slots_.size() - free_.size(); }

 private:
  // So many slots before its turn a free one is asked for.
  static constexpr std::size_t kPrefetchAhead = 8;

  std::size_t limit_;
  std::vector<Request> slots_;
  std::vector<std::string> inputs_;  // as long as there are slots with inputs
  Ring<RequestIndex> free_;
};

}  // namespace clockwork::controller
