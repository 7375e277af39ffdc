#include "operator/plan/next_trial.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace clockwork::plan {
namespace {

constexpr std::int64_t kAttempts = 3;

TrialState Fresh() { return {}; }
TrialState Valid(std::int64_t attempts = 1) { return {true, true, attempts}; }
TrialState Invalid(std::int64_t attempts) { return {true, false, attempts}; }
TrialState Failed(std::int64_t attempts) { return {false, false, attempts}; }

std::string Shown(const NextTrial& next) {
  if (next.kind == NextTrial::Kind::kDone) return "done";
  if (next.kind == NextTrial::Kind::kGiveUp) return "give up";
  return "run " + std::to_string(next.index) + " attempt " + std::to_string(next.attempt);
}

struct DecisionCase {
  const char* description;
  std::vector<TrialState> states;
  const char* next;
};

TEST(DecideNextTest, Table) {
  const DecisionCase cases[] = {
      {"an empty plan is done", {}, "done"},
      {"the first trial comes first", {Fresh(), Fresh()}, "run 0 attempt 1"},
      {"a finished trial is kept", {Valid(), Fresh()}, "run 1 attempt 1"},
      {"a gap is filled", {Valid(), Fresh(), Valid()}, "run 1 attempt 1"},
      {"all finished", {Valid(), Valid(2)}, "done"},
      {"a failed attempt is repeated at once", {Failed(1), Fresh()}, "run 0 attempt 2"},
      {"attempts are bounded; the others go on", {Failed(3), Fresh()}, "run 1 attempt 1"},
      {"an invalid trial is repeated", {Invalid(1), Fresh()}, "run 0 attempt 2"},
      {"an invalid trial is kept after its attempts", {Invalid(3), Fresh()}, "run 1 attempt 1"},
      {"an invalid trial is an end too", {Invalid(3), Valid()}, "done"},
      {"a failure after all else is done", {Valid(), Failed(3)}, "done"},
      {"two failures in a row end it", {Failed(3), Failed(3), Fresh()}, "give up"},
      {"failures apart do not", {Failed(3), Valid(), Failed(3), Fresh()}, "run 3 attempt 1"},
      {"invalid is not failed", {Failed(3), Invalid(3), Failed(3), Fresh()}, "run 3 attempt 1"}};
  for (const DecisionCase& each : cases) {
    EXPECT_EQ(Shown(DecideNext(each.states, kAttempts)), each.next) << each.description;
  }
}

TEST(DecideNextTest, EndsWhateverTheOutcomes) {
  // Every attempt fails, or every attempt is invalid: both come to an end.
  for (const bool recorded : {false, true}) {
    std::vector<TrialState> states(4);
    int runs = 0;
    while (true) {
      const NextTrial next = DecideNext(states, kAttempts);
      if (next.kind != NextTrial::Kind::kRun) break;
      states[next.index].attempts = next.attempt;
      states[next.index].recorded = recorded;
      ASSERT_LE(++runs, 12);
    }
    EXPECT_EQ(runs, recorded ? 12 : 6);
  }
}

TEST(RemainingTest, CountsWhatIsOpen) {
  api::ExperimentSpec spec;
  spec.workers.values = {1, 2};
  spec.trials = 2;
  const Plan plan = MakePlan(spec);
  const std::vector<TrialState> states = {Valid(), Invalid(3), Invalid(1), Fresh()};
  EXPECT_EQ(RemainingNs(plan, states, kAttempts, 5 * kSecond), 2 * (600 + 5) * kSecond);
}

}  // namespace
}  // namespace clockwork::plan
