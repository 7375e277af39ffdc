#include "images/client/core/scalability_workload.h"

#include <cassert>
#include <utility>

#include "images/client/core/mapping.h"

namespace clockwork::client {

ScalabilityWorkload::ScalabilityWorkload(const Trace& trace, StepSchedule schedule,
                                         std::size_t models, std::uint64_t seed)
    : schedule_(std::move(schedule)),
      arrivals_(trace, schedule_.steps.front().scale, seed),
      step_end_ns_(schedule_.period_ns) {
  const std::size_t functions = trace.functions();
  model_of_function_.reserve(functions);
  for (std::size_t function = 0; function < functions; ++function) {
    model_of_function_.push_back(
        static_cast<std::uint32_t>(ModelOfFunction(function, functions, models)));
  }
  user_of_model_.reserve(models);
  for (std::size_t model = 0; model < models; ++model) {
    user_of_model_.push_back(static_cast<std::uint32_t>(UserIdOfModel(model, functions, models)));
  }
  EnterSteps();
}

ScheduledRequest ScalabilityWorkload::Pop() {
  assert(next_ns_ != kNever);
  const Arrival arrival = arrivals_.Pop();
  const std::uint32_t model = model_of_function_[arrival.function];
  const ScheduledRequest request = {arrival.time_ns, model, user_of_model_[model], step_};
  EnterSteps();
  return request;
}

void ScalabilityWorkload::EnterSteps() {
  next_ns_ = arrivals_.NextArrivalNs();
  while (next_ns_ >= step_end_ns_) {
    if (step_ + 1 == schedule_.steps.size()) {
      next_ns_ = kNever;
      return;
    }
    ++step_;
    step_end_ns_ += schedule_.period_ns;
    arrivals_.SetScale(schedule_.steps[step_].scale);
  }
}

}  // namespace clockwork::client
