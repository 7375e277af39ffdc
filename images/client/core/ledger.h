#pragma once

// The books of a run. Every request that was sent ends in exactly one bin of its load step:
//
//   good         answered with status 0, at most kSloNs after it was sent
//   late         answered with status 0, but later
//   failed       answered with another status
//   unanswered   not answered when the books were closed, or pushed out of the full table
//
// so sent = good + late + failed + unanswered once closed. Requests that were due but never sent
// are `unsent`. Three times of a request matter: when the schedule wanted it sent, when it was
// sent, and when the answer came. Lag is sent − scheduled; latency starts when it was sent.
//
// Pure: times are handed in, all on one clock. One thread.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "images/client/core/histogram.h"
#include "images/common/base/time.h"

namespace clockwork::client {

inline constexpr Nanos kSloNs = 100 * kMillisecond;

// The most requests that wait for an answer. Ten seconds' worth at 100,000 requests per second.
inline constexpr std::size_t kMaxOutstanding = std::size_t{1} << 20;

struct StepBook {
  std::uint64_t sent = 0;
  std::uint64_t good = 0;
  std::uint64_t late = 0;
  std::uint64_t failed = 0;
  std::uint64_t unanswered = 0;
  std::uint64_t unsent = 0;
  Histogram lag;  // of sent requests, and of unsent ones until they were given up

  std::uint64_t answered() const { return good + late + failed; }
};

// What happened since the last look, over all steps.
struct IntervalBook {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t good = 0;
  Histogram lag;
};

class Ledger {
 public:
  // `max_outstanding` is a power of two.
  explicit Ledger(std::size_t steps, std::size_t max_outstanding = kMaxOutstanding);

  // Request `id` of load step `step` left at sent_ns. Ids are consecutive numbers (they may wrap).
  // When the table is full the request that is max_outstanding ids older is counted as unanswered.
  void OnSent(std::uint32_t id, std::size_t step, Nanos scheduled_ns, Nanos sent_ns);

  // False when no request with this id is waiting: never sent, answered before, or pushed out.
  bool OnAnswer(std::uint32_t id, std::int32_t status, Nanos received_ns);

  // A request that was due at scheduled_ns and is given up unsent.
  void OnUnsent(std::size_t step, Nanos scheduled_ns, Nanos now_ns);

  // Whatever still waits is unanswered. Call once, at the end.
  void Close();

  const std::vector<StepBook>& steps() const { return steps_; }
  std::size_t outstanding() const { return outstanding_; }
  // Requests pushed out of the full table, and answers that matched no request.
  std::uint64_t pushed_out() const { return pushed_out_; }
  std::uint64_t unmatched_answers() const { return unmatched_; }

  // The interval since the last call.
  IntervalBook TakeInterval();

 private:
  // A waiting request, in the slot id modulo the table's size.
  struct Slot {
    Nanos sent_ns = 0;
    std::uint32_t id = 0;
    std::uint32_t step = kFree;
  };
  static constexpr std::uint32_t kFree = UINT32_MAX;
  static constexpr std::uint32_t kPrefetchAhead = 32;

  std::vector<StepBook> steps_;
  std::vector<Slot> slots_;
  std::size_t outstanding_ = 0;
  std::uint64_t pushed_out_ = 0;
  std::uint64_t unmatched_ = 0;
  IntervalBook interval_;
};

}  // namespace clockwork::client
