#include "operator/plan/next_trial.h"

namespace clockwork::plan {
namespace {

bool Open(const TrialState& state, std::int64_t attempts) {
  return !(state.recorded && state.valid) && state.attempts < attempts;
}

bool Failed(const TrialState& state, std::int64_t attempts) {
  return !state.recorded && state.attempts >= attempts;
}

}  // namespace

NextTrial DecideNext(const std::vector<TrialState>& states, std::int64_t attempts) {
  std::size_t failed_in_a_row = 0;
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (Open(states[i], attempts)) return {NextTrial::Kind::kRun, i, states[i].attempts + 1};
    failed_in_a_row = Failed(states[i], attempts) ? failed_in_a_row + 1 : 0;
    if (failed_in_a_row >= kMaxFailedTrialsInARow) return {NextTrial::Kind::kGiveUp, 0, 0};
  }
  return {NextTrial::Kind::kDone, 0, 0};
}

Nanos RemainingNs(const Plan& plan, const std::vector<TrialState>& states, std::int64_t attempts,
                  Nanos overhead_ns) {
  Nanos remaining_ns = 0;
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (Open(states[i], attempts)) remaining_ns += plan.order[i].load_ns + overhead_ns;
  }
  return remaining_ns;
}

}  // namespace clockwork::plan
