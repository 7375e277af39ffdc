#pragma once

// azure_scalability_exp as one schedule: the arrivals of all functions, mapped to models, with the
// scale raised at each load step (spec/workload.md §3.1). Times are nanoseconds since the
// workload's start. Pure; one thread.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "images/client/core/arrivals.h"
#include "images/client/core/step_schedule.h"
#include "images/client/core/trace.h"
#include "images/common/base/time.h"

namespace clockwork::client {

struct ScheduledRequest {
  Nanos time_ns = 0;
  std::uint32_t model = 0;    // position in the list of models
  std::uint32_t user_id = 0;  // what requests of this model carry
  std::uint32_t step = 0;     // the load step of time_ns
};

class ScalabilityWorkload {
 public:
  // `trace` must outlive the object and have at least one function; `models` > 0.
  ScalabilityWorkload(const Trace& trace, StepSchedule schedule, std::size_t models,
                      std::uint64_t seed);

  // When the next request is due; kNever after the last load step.
  Nanos NextNs() const { return next_ns_; }

  // The next request. Requires NextNs() != kNever.
  ScheduledRequest Pop();

  const StepSchedule& schedule() const { return schedule_; }

 private:
  // Enters the load steps that have begun when the next request is due.
  void EnterSteps();

  StepSchedule schedule_;
  Arrivals arrivals_;
  std::vector<std::uint32_t> model_of_function_;
  std::vector<std::uint32_t> user_of_model_;
  std::uint32_t step_ = 0;
  Nanos step_end_ns_;
  Nanos next_ns_ = kNever;
};

}  // namespace clockwork::client
