#include "operator/plan/cluster/decide.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "operator/plan/cluster/advance.h"
#include "operator/plan/cluster/attempt_pods.h"
#include "operator/plan/cluster/conditions.h"
#include "operator/plan/cluster/figures.h"
#include "operator/plan/cluster/pod_spec.h"
#include "operator/plan/cluster/reasons.h"
#include "operator/plan/cluster/trial_book.h"

namespace clockwork::plan::cluster {
namespace {

bool IsDegraded(const ExperimentStatus& status, const std::string& reason) {
  return std::any_of(status.conditions.begin(), status.conditions.end(),
                     [&reason](const Condition& each) {
                       return each.type == "Degraded" && each.status == ConditionStatus::kTrue &&
                              each.reason == reason;
                     });
}

class Reconciliation {
 public:
  explicit Reconciliation(const World& world)
      : world_(world),
        spec_(world.experiment.experiment->spec),
        plan_(MakePlan(spec_)),
        observed_{world.now_ns, world.experiment.generation} {
    decision_.status = world.experiment.status;
  }

  Decision Run() {
    FitToPlan(plan_, &status());
    if (!world_.hidden.empty()) return StandStill();
    if (status().completion_ns) {
      status().observed_generation = world_.experiment.generation;
      LiveOut();
    } else {
      Measure();
    }
    const char* over = status().completion_ns ? nullptr : WhyOver();
    const bool draws = over != nullptr && Draws();
    // Stopped by a suspend, drawing begins anew when it is resumed.
    if (over == nullptr && !status().completion_ns) status().figures.reset();
    RemoveLeftovers();
    Count(plan_, spec_.retries.attempts, &status());
    if (!status().completion_ns) Conclude(draws ? nullptr : over);
    LeaveOutEmptyResults(&status());
    return std::move(decision_);
  }

 private:
  ExperimentStatus& status() { return decision_.status; }
  void WakeAt(Nanos time_ns) { decision_.wake_ns = std::min(decision_.wake_ns, time_ns); }
  void Record(bool warning, std::string reason, std::string note) {
    decision_.events.push_back({warning, std::move(reason), std::move(note)});
  }

  const PlannedTrial& Planned(TrialId id) const {
    return *std::find_if(plan_.order.begin(), plan_.order.end(),
                         [id](const PlannedTrial& trial) { return trial.id == id; });
  }
  std::string Label(const ActiveTrial& active) const {
    return fmt::format("{}, attempt {}", TrialLabel(plan_, Planned(active.id)), active.attempt);
  }

  // What cannot be seen whole is not acted on. The time of a start does not run on meanwhile: the
  // reason is one of those that others must remove (IsOthers).
  Decision StandStill() {
    const Blocker hidden = WhyHidden(world_);
    for (ActiveTrial& active : status().active) {
      if (active.step < TrialStep::kPreparing) continue;
      active.reason = hidden.reason;
      active.message = Shortened(hidden.message, kMaxActiveMessageBytes);
    }
    Count(plan_, spec_.retries.attempts, &status());
    if (status().completion_ns) {
      DescribeAfterEnd(hidden, observed_, &status());
    } else {
      DescribeHidden(hidden, observed_, &status());
    }
    LeaveOutEmptyResults(&status());
    if (!IsDegraded(world_.experiment.status, hidden.reason)) {
      Record(true, hidden.reason, hidden.message);
    }
    return std::move(decision_);
  }

  // After the end: the object's own time to live.
  void LiveOut() {
    status().active.clear();
    std::optional<Blocker> stuck;
    if (spec_.ttl_seconds_after_finished) stuck = EndLife();
    if (!stuck) stuck = WhyNotDeleted(world_, status());
    DescribeAfterEnd(stuck, observed_, &status());
  }

  // Returns what keeps the experiment from being deleted.
  std::optional<Blocker> EndLife() {
    const Nanos end_ns = *status().completion_ns + *spec_.ttl_seconds_after_finished * kSecond;
    if (world_.now_ns < end_ns) {
      WakeAt(end_ns);
      return std::nullopt;
    }
    const Refusal* refusal = FindRefusal(world_, world_.experiment.name);
    const Nanos again_ns = refusal == nullptr ? 0 : refusal->time_ns + kRefusalRetryNs;
    if (refusal != nullptr && refusal->time_ns <= world_.now_ns && world_.now_ns < again_ns) {
      WakeAt(again_ns);
    } else {
      decision_.steps.emplace_back(DeleteExperiment{world_.experiment.uid});
    }
    if (refusal == nullptr) return std::nullopt;
    return WhyRefused(*refusal);
  }

  void Measure() {
    if (spec_.suspend) return Suspend();
    if (world_.experiment.status.phase == Phase::kSuspended) {
      Record(false, reason::kResumed, "the experiment goes on");
    }
    if (DeadlinePassed()) {
      std::erase_if(status().active, [](const ActiveTrial& each) {
        return !HasPods(each.step) || (each.step <= TrialStep::kClient && IsOthers(each.reason));
      });
    } else if (DeadlineNs()) {
      WakeAt(*DeadlineNs());
    }
    const std::vector<ActiveTrial> active = std::move(status().active);
    status().active = active;
    for (const ActiveTrial& each : active) AdvanceOne(each);
    if (!DeadlinePassed()) StartTrials();
  }

  // A measurement that has been reported counts, suspended or not.
  void BookWhatIsThere() {
    const std::vector<ActiveTrial> active = status().active;
    for (const ActiveTrial& each : active) {
      const PodView* collector = FindPod(world_, PodId{each.id, each.attempt, Role::kCollector, 0});
      const bool reported = collector != nullptr && collector->ended();
      if (each.step == TrialStep::kCollecting && reported) AdvanceOne(each);
    }
  }

  // Stops what is under way; it does not count as an attempt, but its number is used up.
  void Suspend() {
    BookWhatIsThere();
    for (ActiveTrial& active : status().active) {
      if (HasPods(active.step)) {
        ++active.attempt;
        active.node.clear();
      }
      active.step = TrialStep::kSuspended;
      active.reason.clear();
      active.message.clear();
    }
    if (world_.experiment.status.phase != Phase::kSuspended) {
      Record(false, reason::kSuspended, "stopped by spec.suspend");
    }
  }

  // Of the experiment, once it has begun.
  std::optional<Nanos> DeadlineNs() const {
    const auto& seconds = spec_.deadlines.experiment_seconds;
    const auto& start_ns = decision_.status.start_ns;
    if (!seconds || !start_ns) return std::nullopt;
    return *start_ns + *seconds * kSecond;
  }
  bool DeadlinePassed() const { return DeadlineNs() && world_.now_ns >= *DeadlineNs(); }

  // Collectors write to files that all trials share, so one follows the other; those of trials that
  // wind up together in the order of the status.
  bool IsAnotherFiled(TrialId id) {
    for (const PodView& pod : world_.pods) {
      if (pod.role != Role::kCollector || pod.ended() || TrialId{pod.config, pod.trial} == id) {
        continue;
      }
      // One that was to be gone long ago is on a node that nobody hears of.
      if (!pod.deletion_ns || world_.now_ns < *pod.deletion_ns + kForceDeleteNs) return true;
    }
    for (const ActiveTrial& each : status().active) {
      if (each.id == id) return false;
      if (!IsWindingUp(each.step)) continue;
      const PodView* pod = FindPod(world_, PodId{each.id, each.attempt, Role::kCollector, 0});
      if (pod == nullptr || !pod->ended()) return true;
    }
    return false;
  }

  Surroundings SurroundingsOf(TrialId id) {
    Surroundings surroundings;
    surroundings.filing = IsAnotherFiled(id);
    surroundings.leftovers = WhyLeftovers(world_, status());
    std::int64_t under_way = 0;
    for (const ActiveTrial& other : status().active) {
      if (other.id == id) continue;
      under_way += IsUnderWay(other.step) ? 1 : 0;
      if (!IsWindingUp(other.step)) continue;
      surroundings.winding_up = true;
      surroundings.node = other.node;
    }
    surroundings.has_place = under_way < spec_.parallel_trials;
    return surroundings;
  }

  void AdvanceOne(const ActiveTrial& active) {
    Advance advance = AdvanceTrial(world_, Planned(active.id), active, SurroundingsOf(active.id));
    const auto entry = std::find_if(status().active.begin(), status().active.end(),
                                    [&](const ActiveTrial& each) { return each.id == active.id; });
    if (advance.measurement) {
      BookMeasurement(active.id, *advance.measurement, &status());
      RecordMeasurement(active, *advance.measurement);
      const bool valid = advance.measurement->valid;
      return EndAttempt(entry, valid, advance.measurement->reason, advance.measurement->message);
    }
    if (advance.failure) {
      if (!advance.is_others) BookFailure(active.id, &status());
      Record(true, advance.failure->reason,
             fmt::format("{} failed: {}", Label(active), advance.failure->message));
      return EndAttempt(entry, false, advance.failure->reason, advance.failure->message);
    }
    RecordProgress(active, advance.active);
    *entry = advance.active;
    std::move(advance.steps.begin(), advance.steps.end(), std::back_inserter(decision_.steps));
    WakeAt(advance.wake_ns);
  }

  // The trial's place goes to its next attempt, if there is one.
  void EndAttempt(std::vector<ActiveTrial>::iterator entry, bool done, const std::string& why,
                  const std::string& message) {
    if (done || AttemptsOf(entry->id, status()) >= spec_.retries.attempts) {
      status().active.erase(entry);
      return;
    }
    ++entry->attempt;
    entry->step = TrialStep::kBackoff;
    entry->start_ns = world_.now_ns - world_.now_ns % kMillisecond;
    entry->node.clear();
    entry->reason = why;
    entry->message = Shortened(message, kMaxActiveMessageBytes);
    WakeAt(entry->start_ns + spec_.retries.backoff_seconds * kSecond);
  }

  void RecordMeasurement(const ActiveTrial& active, const Measurement& measurement) {
    if (measurement.valid) {
      Record(false, reason::kTrialMeasured,
             fmt::format("{}: {} r/s", Label(active), measurement.goodput_rps));
    } else {
      Record(true, measurement.reason,
             fmt::format("{} is not valid: {}", Label(active), measurement.message));
    }
  }

  void RecordProgress(const ActiveTrial& before, const ActiveTrial& after) {
    if (!HasPods(before.step) && HasPods(after.step)) {
      if (!status().start_ns) {
        status().start_ns = world_.now_ns - world_.now_ns % kSecond;
        Record(false, reason::kExperimentStarted,
               fmt::format("{} trials are to be measured", plan_.order.size()));
      }
      // Longer ones than the resource type allows are nobody's.
      if (std::string image = TelemetryImage(world_); image.size() <= api::kMaxTextBytes) {
        status().telemetry_image = std::move(image);
      }
      Record(false, reason::kTrialStarted, Label(after));
    }
    // That the pods of the last attempt are still ending, or its telemetry is being filed, is the
    // ordinary course: the status says so, and it is no news.
    const bool is_news = !after.reason.empty() && after.reason != before.reason &&
                         after.reason != reason::kPodsTerminating &&
                         after.reason != reason::kWaiting;
    if (after.step >= TrialStep::kPreparing && is_news) {
      Record(true, after.reason, fmt::format("{}: {}", Label(after), after.message));
    }
  }

  // The trial to start next; nothing when there is none, or no place for one.
  NextTrial Next() {
    std::vector<TrialState> states = TrialStates(plan_, status());
    for (std::size_t i = 0; i < states.size(); ++i) {
      const bool active =
          std::any_of(status().active.begin(), status().active.end(),
                      [&](const auto& each) { return each.id == plan_.order[i].id; });
      if (active) states[i] = {true, true, 0};
    }
    return DecideNext(states, spec_.retries.attempts);
  }

  // Trials that wind up leave their place to the next.
  void StartTrials() {
    const auto places = static_cast<std::size_t>(spec_.parallel_trials);
    for (std::size_t i = 0; i < places && status().active.size() < 2 * places; ++i) {
      const auto winding_up = static_cast<std::size_t>(
          std::count_if(status().active.begin(), status().active.end(),
                        [](const ActiveTrial& each) { return IsWindingUp(each.step); }));
      if (status().active.size() - winding_up >= places) return;
      const NextTrial next = Next();
      if (next.kind != NextTrial::Kind::kRun) return;
      const PlannedTrial& trial = plan_.order[next.index];
      ActiveTrial active{.id = trial.id,
                         .workers = trial.workers,
                         .attempt = next.attempt,
                         .start_ns = world_.now_ns - world_.now_ns % kMillisecond};
      status().active.push_back(active);
      AdvanceOne(active);
    }
  }

  // Why nothing is left to be measured; null while something is.
  const char* WhyOver() {
    if (!status().active.empty() || spec_.suspend) return nullptr;
    const NextTrial next = Next();
    if (next.kind == NextTrial::Kind::kGiveUp) return reason::kGaveUp;
    if (next.kind == NextTrial::Kind::kDone) {
      const bool all =
          std::all_of(status().results.begin(), status().results.end(), [](auto& each) {
            return std::count(each.goodput_rps.begin(), each.goodput_rps.end(), -1) == 0;
          });
      return all ? reason::kAllMeasured : reason::kTrialsMissing;
    }
    return DeadlinePassed() ? reason::kExperimentDeadline : nullptr;
  }

  // Before anything new is made.
  void RemoveLeftovers() {
    std::vector<Step> steps;
    WakeAt(DeleteLeftovers(world_, status(), &steps));
    decision_.steps.insert(decision_.steps.begin(), steps.begin(), steps.end());
  }

  // `end` is why nothing is left to be done; null while something is.
  void Conclude(const char* end) {
    if (end != nullptr) return End(end);
    if (spec_.suspend) {
      DescribeSuspended(WhyNotDeleted(world_, status()), observed_, &status());
    } else {
      Describe(plan_, observed_, &status());
    }
  }

  // What is measured is drawn before the end; true while that is under way.
  bool Draws() {
    const std::optional<std::int64_t> left_workers = LeftWorkersOf(plan_, status());
    if (!left_workers) return false;
    FiguresAdvance advance = AdvanceFigures(world_, plan_, *left_workers, status().figures);
    status().figures = std::move(advance.figures);
    std::move(advance.steps.begin(), advance.steps.end(), std::back_inserter(decision_.steps));
    std::move(advance.events.begin(), advance.events.end(), std::back_inserter(decision_.events));
    WakeAt(advance.wake_ns);
    return status().figures->state == FiguresState::kDrawing;
  }

  void End(const char* reason) {
    DescribeEnd(reason, observed_, &status());
    Record(status().phase == Phase::kFailed, reason, status().message);
    const auto& figures = status().figures;
    if (figures && figures->state == FiguresState::kMissing) {
      Record(true, reason::kFiguresMissing, WhyFiguresMissing(*figures));
    }
    if (spec_.ttl_seconds_after_finished) {
      WakeAt(*status().completion_ns + *spec_.ttl_seconds_after_finished * kSecond);
    }
  }

  const World& world_;
  const api::ExperimentSpec& spec_;
  const Plan plan_;
  const Observed observed_;
  Decision decision_;
};

Decision RefuseSpec(const World& world) {
  Decision decision;
  decision.status = world.experiment.status;
  if (decision.status.completion_ns) return decision;
  DescribeInvalidSpec(world.experiment.spec_error, {world.now_ns, world.experiment.generation},
                      &decision.status);
  decision.events.push_back({true, reason::kInvalidSpec, decision.status.message});
  return decision;
}

// Owner references take everything along when the object is gone. Somebody's finalizer may keep it
// for long, so its pods are ended now; nothing new is made, and the status says what was.
Decision Dissolve(const World& world) {
  Decision decision;
  decision.status = world.experiment.status;
  ExperimentStatus none = world.experiment.status;
  none.active.clear();
  none.figures.reset();
  decision.wake_ns = DeleteLeftovers(world, none, &decision.steps);
  return decision;
}

}  // namespace

Decision Decide(const World& world) {
  if (world.experiment.deleting) return Dissolve(world);
  Decision decision = world.experiment.experiment ? Reconciliation(world).Run() : RefuseSpec(world);
  const bool changed = decision.status != world.experiment.status;
  decision.write_status = changed || !decision.steps.empty();
  if (!changed) decision.events.clear();
  return decision;
}

}  // namespace clockwork::plan::cluster
