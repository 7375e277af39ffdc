#include "operator/plan/cluster/conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "operator/plan/cluster/reasons.h"

namespace clockwork::plan::cluster {
namespace {

// Status, reason and message of one condition.
struct Verdict {
  ConditionStatus status;
  std::string reason;
  std::string message;
};
Verdict Yes(std::string reason, std::string message) {
  return {ConditionStatus::kTrue, std::move(reason), std::move(message)};
}
Verdict No(std::string reason, std::string message) {
  return {ConditionStatus::kFalse, std::move(reason), std::move(message)};
}

struct Verdicts {
  Verdict ready;
  Verdict progressing;
  Verdict degraded;
  Verdict complete;
  Verdict figures_drawn;
};

void SetCondition(const char* type, Verdict verdict, Observed observed,
                  const std::vector<Condition>& before, std::vector<Condition>* conditions) {
  Condition condition{.type = type,
                      .status = verdict.status,
                      .reason = std::move(verdict.reason),
                      .message = Shortened(std::move(verdict.message), kMaxMessageBytes),
                      .transition_ns = observed.now_ns - observed.now_ns % kSecond,
                      .observed_generation = observed.generation};
  for (const Condition& old : before) {
    if (old.type == type && old.status == condition.status) {
      condition.transition_ns = old.transition_ns;
    }
  }
  conditions->push_back(std::move(condition));
}

bool IsOurs(std::string_view type) {
  constexpr std::string_view kTypes[] = {"Ready", "Progressing", "Degraded", "Complete",
                                         "FiguresDrawn"};
  return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

void SetAll(Verdicts verdicts, Observed observed, ExperimentStatus* status) {
  const std::vector<Condition> before = std::move(status->conditions);
  std::vector<Condition> conditions;
  SetCondition("Ready", std::move(verdicts.ready), observed, before, &conditions);
  SetCondition("Progressing", std::move(verdicts.progressing), observed, before, &conditions);
  SetCondition("Degraded", std::move(verdicts.degraded), observed, before, &conditions);
  SetCondition("Complete", std::move(verdicts.complete), observed, before, &conditions);
  SetCondition("FiguresDrawn", std::move(verdicts.figures_drawn), observed, before, &conditions);
  // What others have added stays, as far as there is room.
  for (const Condition& old : before) {
    if (!IsOurs(old.type) && conditions.size() < kMaxConditions) conditions.push_back(old);
  }
  status->conditions = std::move(conditions);
  status->message = Shortened(std::move(status->message), kMaxMessageBytes);
  status->observed_generation = observed.generation;
}

std::string Sentence(const Plan& plan, const ActiveTrial& active) {
  std::string text = fmt::format("N = {}, trial {} of {}, attempt {}: {}", active.workers,
                                 active.id.trial, plan.trials, active.attempt, NameOf(active.step));
  if (!active.reason.empty()) text += fmt::format("; {}: {}", active.reason, active.message);
  return text;
}

const ActiveTrial* FirstActive(const ExperimentStatus& status, bool (*wanted)(const ActiveTrial&)) {
  const auto found = std::find_if(status.active.begin(), status.active.end(), wanted);
  return found == status.active.end() ? nullptr : &*found;
}

bool IsBlocked(const ActiveTrial& active) {
  return active.step >= TrialStep::kPreparing && !active.reason.empty() &&
         active.reason != reason::kWaiting;
}
bool HasFailed(const ActiveTrial& active) {
  return active.step == TrialStep::kBackoff && !active.reason.empty();
}

std::string Summary(const ExperimentStatus& status) {
  std::string text = fmt::format("{} of {} trials are measured and valid", status.trials_valid,
                                 status.trials_total);
  if (status.trials_invalid > 0) {
    text += fmt::format(", {} are measured and not valid", status.trials_invalid);
  }
  if (status.peak_goodput_rps) {
    text += fmt::format("; the largest median goodput is {} r/s, at N = {}",
                        *status.peak_goodput_rps, *status.peak_workers);
  }
  return text;
}

std::string WhyItEnded(const std::string& reason) {
  if (reason == reason::kGaveUp) {
    return "gave up: two trials in a row used up their attempts without a measurement; ";
  }
  if (reason == reason::kExperimentDeadline) {
    return "spec.deadlines.experimentSeconds has passed; ";
  }
  if (reason == reason::kTrialsMissing) return "some trials failed in all their attempts; ";
  return "";
}

// All trials are done, and what they measured is in the status; only the figures are not there yet.
void DescribeDrawing(Observed observed, ExperimentStatus* status) {
  const FiguresStatus& figures = *status->figures;
  status->message = Summary(*status) + "; draws the figures";
  if (!figures.reason.empty()) {
    status->message += fmt::format("; {}: {}", figures.reason, figures.message);
  }
  const std::string& message = status->message;
  Verdicts verdicts{Yes(reason::kAsExpected, ""), Yes(reason::kDrawing, message),
                    No(reason::kAsExpected, ""), No(reason::kDrawing, message),
                    No(reason::kDrawing, message)};
  if (!figures.reason.empty()) {
    verdicts.degraded = Yes(figures.reason, message);
    verdicts.figures_drawn = No(figures.reason, message);
  }
  SetAll(std::move(verdicts), observed, status);
}

void AddStuck(const std::optional<Blocker>& stuck, Verdicts* verdicts, ExperimentStatus* status) {
  if (!stuck) return;
  status->message += fmt::format("; {}: {}", stuck->reason, stuck->message);
  verdicts->degraded = Yes(stuck->reason, stuck->message);
}

void SetEnd(const std::string& reason, const std::optional<Blocker>& stuck, Observed observed,
            ExperimentStatus* status) {
  status->message = WhyItEnded(reason) + Summary(*status);
  const bool undrawn = status->figures && status->figures->state == FiguresState::kMissing;
  const std::string why_undrawn = undrawn ? WhyFiguresMissing(*status->figures) : "";
  if (undrawn) status->message += "; " + why_undrawn;
  const std::string message = status->message;
  Verdicts verdicts{Yes(reason::kAsExpected, ""), No(reason, message), No(reason::kAsExpected, ""),
                    Yes(reason, message), Yes(reason::kFiguresDrawn, "")};
  if (undrawn) {
    verdicts.degraded = Yes(reason::kFiguresMissing, why_undrawn);
    verdicts.figures_drawn = No(reason::kFiguresMissing, why_undrawn);
  } else if (!status->figures) {
    verdicts.figures_drawn = No(reason, "no trial was measured");
  }
  if (status->trials_invalid > 0) verdicts.degraded = Yes(reason::kTrialInvalid, message);
  if (status->phase != Phase::kComplete) {
    verdicts.ready = verdicts.complete = No(reason, message);
    verdicts.degraded = Yes(reason, message);
  }
  AddStuck(stuck, &verdicts, status);
  SetAll(std::move(verdicts), observed, status);
}

}  // namespace

void DescribeSuspended(const std::optional<Blocker>& stuck, Observed observed,
                       ExperimentStatus* status) {
  status->phase = Phase::kSuspended;
  status->message = "suspended by spec.suspend; " + Summary(*status);
  const Verdict no = No(reason::kSuspended, status->message);
  Verdicts verdicts{no, no, No(reason::kAsExpected, ""), no, no};
  AddStuck(stuck, &verdicts, status);
  SetAll(std::move(verdicts), observed, status);
}

void Describe(const Plan& plan, Observed observed, ExperimentStatus* status) {
  status->phase = status->start_ns ? Phase::kRunning : Phase::kPending;
  if (status->figures) return DescribeDrawing(observed, status);
  status->message =
      status->active.empty() ? "waits for its turn" : Sentence(plan, status->active.front());
  const ActiveTrial* blocked = FirstActive(*status, IsBlocked);
  const ActiveTrial* failed = FirstActive(*status, HasFailed);
  const char* going_on = failed != nullptr ? reason::kWaiting : reason::kRunning;
  Verdicts verdicts{Yes(reason::kAsExpected, ""), Yes(going_on, status->message),
                    No(reason::kAsExpected, ""), No(reason::kRunning, Summary(*status)),
                    No(reason::kWaiting, "drawn when nothing is left to be measured")};
  if (!status->start_ns) {
    verdicts.ready = verdicts.complete = No(reason::kWaiting, "nothing has been started yet");
  }
  if (failed != nullptr) verdicts.degraded = Yes(failed->reason, Sentence(plan, *failed));
  if (blocked != nullptr) {
    status->message = Sentence(plan, *blocked);
    verdicts.ready = No(blocked->reason, status->message);
    verdicts.progressing = verdicts.ready;
    verdicts.degraded = Yes(blocked->reason, status->message);
  }
  SetAll(std::move(verdicts), observed, status);
}

std::string WhyFiguresMissing(const FiguresStatus& figures) {
  return fmt::format(
      "the figures are missing; the medians and the trials' tables are complete all the same, and "
      "clockwork-experiment fetch draws from them: {}: {}",
      figures.reason, figures.message);
}

void DescribeEnd(const std::string& reason, Observed observed, ExperimentStatus* status) {
  status->completion_ns = observed.now_ns - observed.now_ns % kSecond;
  status->phase = reason == reason::kAllMeasured ? Phase::kComplete : Phase::kFailed;
  SetEnd(reason, std::nullopt, observed, status);
}

void DescribeAfterEnd(const std::optional<Blocker>& stuck, Observed observed,
                      ExperimentStatus* status) {
  for (const Condition& condition : status->conditions) {
    if (condition.type != "Complete") continue;
    const std::string reason = condition.reason;
    return SetEnd(reason, stuck, observed, status);
  }
}

void DescribeHidden(const Blocker& hidden, Observed observed, ExperimentStatus* status) {
  status->message = fmt::format("{}: {}", hidden.reason, hidden.message);
  const Verdict no = No(hidden.reason, hidden.message);
  SetAll({no, no, Yes(hidden.reason, hidden.message), no, no}, observed, status);
}

void DescribeInvalidSpec(const std::string& errors, Observed observed, ExperimentStatus* status) {
  status->phase = Phase::kFailed;
  status->message = "the spec cannot be used; correct it: " + errors;
  const std::string& message = status->message;
  const Verdict no = No(reason::kInvalidSpec, message);
  SetAll({no, no, Yes(reason::kInvalidSpec, message), no, no}, observed, status);
}

}  // namespace clockwork::plan::cluster
