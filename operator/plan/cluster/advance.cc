#include "operator/plan/cluster/advance.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "operator/plan/cluster/attempt_pods.h"
#include "operator/plan/cluster/reasons.h"

namespace clockwork::plan::cluster {
namespace {

Nanos WholeMilliseconds(Nanos time_ns) { return time_ns - time_ns % kMillisecond; }

class Attempt {
 public:
  Attempt(const World& world, const PlannedTrial& trial, const ActiveTrial& active,
          const Surroundings& surroundings)
      : world_(world),
        spec_(world.experiment.experiment->spec),
        trial_(trial),
        surroundings_(surroundings),
        before_(active),
        result_{.active = active, .failure = {}, .measurement = {}, .steps = {}} {}

  Advance Run() {
    // Every turn but the last goes a step forward.
    while (Turn()) {
    }
    const bool waited = WaitsForOthers(before_.step, before_.reason);
    if (!Ended()) {
      const bool crowded = IsStarting() && blocker_ && IsCrowding(blocker_->reason);
      if (crowded && surroundings_.winding_up) AwaitTelemetry();
      const bool waits = blocker_ && WaitsForOthers(result_.active.step, blocker_->reason);
      // Its time begins when nobody else is waited for any more.
      if (waited && !waits) result_.active.start_ns = WholeMilliseconds(world_.now_ns);
      NameBlocker();
      if (!waits) CheckDeadlines();
    }
    result_.is_others =
        waited && result_.failure && result_.failure->reason == reason::kTrialDeadline;
    if (Ended()) result_.steps.clear();
    return std::move(result_);
  }

 private:
  static bool WaitsForOthers(TrialStep step, std::string_view why) {
    if (step == TrialStep::kCollecting) return why == reason::kWaiting;
    return step >= TrialStep::kPreparing && step <= TrialStep::kClient && IsOthers(why);
  }
  bool Ended() const { return result_.failure || result_.measurement; }

  bool Turn() {
    blocker_.reset();
    consequence_.reset();
    result_.steps.clear();
    switch (result_.active.step) {
      case TrialStep::kBackoff:
        return LeaveBackoff();
      case TrialStep::kSuspended:
        return surroundings_.has_place && Begin();
      case TrialStep::kPreparing:
        return Prepare();
      case TrialStep::kWorkers:
        return StartWorkers();
      case TrialStep::kController:
        return StartController();
      case TrialStep::kClient:
        return StartClient();
      case TrialStep::kMeasuring:
        return Measure();
      case TrialStep::kStopping:
        return StopController();
      case TrialStep::kCollecting:
        return Collect();
    }
    return false;
  }

  bool GoTo(TrialStep step) {
    result_.active.step = step;
    return true;
  }
  bool Fail(Blocker failure) {
    result_.failure = std::move(failure);
    return false;
  }
  void WakeAt(Nanos time_ns) { result_.wake_ns = std::min(result_.wake_ns, time_ns); }

  // The first one is named: what comes first in the life of a trial is what to mend first.
  void Block(Blocker blocker) {
    if (!blocker_) blocker_ = std::move(blocker);
  }

  // What keeps a pod from being ready; fatal ones end the attempt.
  bool BlockOrFail(const std::optional<Blocker>& blocker) {
    if (!blocker) return true;
    if (blocker->fatal) return Fail(*blocker);
    Block(*blocker);
    return true;
  }

  bool Begin() {
    result_.active.start_ns = WholeMilliseconds(world_.now_ns);
    result_.active.reason.clear();
    result_.active.message.clear();
    return GoTo(TrialStep::kPreparing);
  }

  bool LeaveBackoff() {
    const Nanos end_ns = result_.active.start_ns + spec_.retries.backoff_seconds * kSecond;
    // A pause that lies in the future is a clock that was put back: it is over.
    const bool over = world_.now_ns >= end_ns || world_.now_ns < result_.active.start_ns;
    if (over) return surroundings_.has_place && Begin();
    WakeAt(end_ns);
    return false;
  }

  bool Prepare() {
    if (surroundings_.leftovers) Block(*surroundings_.leftovers);
    if (auto blocker = WhyNoClaim(world_)) Block(*blocker);
    if (auto blocker = WhyNoNodes(world_)) Block(*blocker);
    const bool claim_missing = !world_.claim.exists && spec_.telemetry_claim_name.empty();
    if (claim_missing && MayCreateNow(ClaimName(*world_.experiment.experiment))) {
      result_.steps.emplace_back(CreateClaim{MakeClaim(world_)});
    }
    if (blocker_ || claim_missing) return false;
    result_.active.start_ns = WholeMilliseconds(world_.now_ns);
    return GoTo(TrialStep::kWorkers);
  }

  // False for a while after a refusal, which is then the blocker.
  bool MayCreateNow(const std::string& object) {
    // What was refused beside the last trial's pods need not be refused now that they are gone.
    if (before_.reason == reason::kWaiting && !surroundings_.winding_up) return true;
    CreateTurn turn = MayCreate(world_, object, result_.active.start_ns);
    WakeAt(turn.again_ns);
    return BlockOrFail(turn.blocker) && turn.now;
  }

  void Create(PodSpec pod) {
    if (MayCreateNow(pod.name)) result_.steps.emplace_back(CreatePod{std::move(pod)});
  }

  PodId Id(Role role, std::int64_t ordinal = 0) const {
    return {trial_.id, result_.active.attempt, role, ordinal};
  }
  const PodView* Find(Role role, std::int64_t ordinal = 0) const {
    return FindPod(world_, Id(role, ordinal));
  }
  std::string Name(const PodId& id) const {
    return PodName(world_.experiment.name, world_.experiment.uid, id);
  }

  std::optional<Blocker> WhyNotYet(const PodView& pod) {
    return WhyNotReady(world_, pod, &result_.wake_ns);
  }

  // True when the pod is of no use any more. A server that died takes its callers with it, so it
  // is the one to name: what may be its doing ends the attempt only when nothing is told of one.
  bool IsLost(const PodView& pod) {
    auto lost = WhyLost(world_, pod);
    if (!lost) return false;
    const Nanos until_ns = CauseAwaitedUntilNs(pod, *lost, IsServerEnding(pod.role), world_.now_ns);
    if (until_ns == kNever) {
      Fail(std::move(*lost));
    } else {
      WakeAt(until_ns);
      consequence_ = std::move(lost);
    }
    return true;
  }

  // Whether the container of one that `role` depends on has failed and its pod is yet to be told
  // of.
  bool IsServerEnding(Role role) const {
    return std::any_of(world_.pods.begin(), world_.pods.end(), [&](const PodView& pod) {
      return pod.role < role && FindPod(world_, Id(pod.role, pod.ordinal)) == &pod &&
             pod.exit_code.value_or(0) != 0 && !pod.terminal();
    });
  }

  // A pod that must be there, since it was seen ready. False when the attempt is lost.
  bool IsThere(Role role, std::int64_t ordinal = 0) {
    const PodView* pod = Find(role, ordinal);
    if (pod == nullptr) return Fail(Vanished(Name(Id(role, ordinal))));
    return !IsLost(*pod);
  }
  bool WorkersAreThere() {
    for (std::int64_t i = 0; i < spec_.worker_pods; ++i) {
      if (!IsThere(Role::kWorker, i)) return false;
    }
    return true;
  }

  // Whether a caller of that image may be started. The product's own calls until it is answered;
  // another's need not, and waits for the kubelet's probe, which costs a second.
  static bool CanBeCalled(const PodView& pod, const std::string& callers_image) {
    if (pod.ip.empty()) return false;
    return pod.ready || (callers_image.empty() && pod.phase == PodPhase::kRunning);
  }

  // A pod that is to be called; created by `make` where it is missing. True when it can be.
  template <typename Make>
  bool Await(const PodView* pod, const std::string& callers_image, Make make) {
    if (pod == nullptr) {
      Create(make());
      return false;
    }
    if (IsLost(*pod) || !BlockOrFail(WhyNotYet(*pod))) return false;
    return CanBeCalled(*pod, callers_image);
  }

  bool StartWorkers() {
    bool all_ready = true;
    bool any_seen = false;
    for (std::int64_t i = 0; i < spec_.worker_pods; ++i) {
      const PodView* pod = Find(Role::kWorker, i);
      any_seen = any_seen || pod != nullptr;
      const auto make = [&] { return MakeWorker(world_, trial_, result_.active.attempt, i); };
      if (!Await(pod, spec_.images.controller, make)) all_ready = false;
      if (Ended()) return false;
    }
    if (all_ready) return GoTo(TrialStep::kController);
    if (!any_seen) EndPreviousAttempt();
    return false;
  }

  // Pods of the previous attempt that were created so lately that they have not been seen: deleted
  // by their names before this attempt's are created.
  void EndPreviousAttempt() {
    const std::int64_t previous = result_.active.attempt - 1;
    if (previous < 1) return;
    std::vector<Step> steps;
    for (const Role role : kTrialRoles) {
      const std::int64_t count = role == Role::kWorker ? spec_.worker_pods : 1;
      for (std::int64_t i = 0; i < count; ++i) {
        const PodId id{trial_.id, previous, role, i};
        if (FindPod(world_, id) == nullptr)
          steps.emplace_back(DeletePod{Name(id), "", kGraceSeconds});
      }
    }
    result_.steps.insert(result_.steps.begin(), steps.begin(), steps.end());
  }

  bool StartController() {
    if (!WorkersAreThere()) return false;
    const PodView* pod = Find(Role::kController);
    const auto make = [this] {
      std::vector<std::string> addresses;
      for (std::int64_t i = 0; i < spec_.worker_pods; ++i) {
        addresses.push_back(fmt::format("{}:{}", Find(Role::kWorker, i)->ip, kWorkerPort));
      }
      PodSpec made = MakeController(world_, trial_, result_.active.attempt, addresses);
      made.preferred_node = surroundings_.node;
      return made;
    };
    if (!Await(pod, spec_.images.client, make)) return false;
    result_.active.node = pod->node;
    return GoTo(TrialStep::kClient);
  }

  bool StartClient() {
    if (!WorkersAreThere() || !IsThere(Role::kController)) return false;
    const PodView* pod = Find(Role::kClient);
    if (pod == nullptr) {
      if (surroundings_.leftovers) Block(*surroundings_.leftovers);
      if (surroundings_.winding_up) AwaitTelemetry();
      if (blocker_) return false;
      Create(MakeClient(world_, trial_, result_.active.attempt, Find(Role::kController)->ip));
      return false;
    }
    if (pod->phase == PodPhase::kRunning || pod->ended()) return GoTo(TrialStep::kMeasuring);
    if (IsLost(*pod)) return false;
    BlockOrFail(WhyNotYet(*pod));
    return false;
  }

  // Beside the last trial's pods a lack of room is no news, and filing is not to disturb a client.
  void AwaitTelemetry() {
    blocker_ = Blocker{reason::kWaiting, "the telemetry of the last trial is being filed"};
  }

  bool Measure() {
    const PodView* client = Find(Role::kClient);
    if (client != nullptr && client->succeeded()) return GoTo(TrialStep::kStopping);
    if (!WorkersAreThere() || !IsThere(Role::kController)) return false;
    IsThere(Role::kClient);
    return false;
  }

  bool StopController() {
    const PodView* pod = Find(Role::kController);
    // A pod that was deleted disappears; before that it may still show how it ended.
    if (pod == nullptr || pod->terminal() || pod->exit_code) return GoTo(TrialStep::kCollecting);
    if (!pod->deleting()) {
      if (const Refusal* refusal = FindRefusal(world_, pod->name)) Block(WhyRefused(*refusal));
      result_.steps.emplace_back(DeletePod{pod->name, pod->uid, kGraceSeconds});
      return false;
    }
    const NodeView* node = FindNode(world_, pod->node);
    if (node != nullptr && !node->ready) return Fail(*WhyLost(world_, *pod));
    return false;
  }

  bool Collect() {
    // The controller has ended; the workers are of no use any more, and in the way of the next.
    for (std::int64_t i = 0; i < spec_.worker_pods; ++i) {
      const PodView* worker = Find(Role::kWorker, i);
      if (worker == nullptr || worker->terminal() || worker->deleting()) continue;
      result_.steps.emplace_back(DeletePod{worker->name, worker->uid, kGraceSeconds});
    }
    const PodView* pod = Find(Role::kCollector);
    if (pod == nullptr) {
      if (surroundings_.filing) {
        Block({reason::kWaiting, "the telemetry of another trial is being filed"});
      } else {
        CreateCollector();
      }
      return false;
    }
    if (pod->ended()) return ReadEvidence(*pod);
    // One that is being deleted will be gone, and is then made again: filing twice does no harm.
    if (pod->deleting()) return false;
    if (auto lost = WhyLost(world_, *pod)) return Fail(std::move(*lost));
    BlockOrFail(WhyNotYet(*pod));
    return false;
  }

  void CreateCollector() {
    const PodView* client = Find(Role::kClient);
    if (client == nullptr) {
      // Its termination message was the summary.
      Fail(Vanished(Name(Id(Role::kClient))));
      return;
    }
    Create(MakeCollector(world_, trial_, result_.active.attempt, result_.active.node,
                         client->terminated_message));
  }

  bool ReadEvidence(const PodView& pod) {
    auto measurement = ReadMeasurement(
        pod.terminated_message,
        AttemptName(world_.experiment.name, world_.experiment.uid, trial_.id, pod.attempt),
        spec_.validity, !spec_.images.client.empty());
    if (measurement.ok() && pod.succeeded()) {
      result_.measurement = std::move(*measurement);
      return false;
    }
    if (pod.terminated_message.empty()) {
      auto lost = WhyLost(world_, pod);
      if (lost && lost->reason != reason::kContainerFailed) return Fail(std::move(*lost));
    }
    return Fail({reason::kResultMissing,
                 fmt::format("the collector brought no evidence; see kubectl logs {}: {}", pod.name,
                             measurement.ok() ? "it did not succeed" : measurement.error().message),
                 true});
  }

  void NameBlocker() {
    // Why the last attempt failed stays in view until the next one begins.
    if (!HasStarted()) return;
    result_.active.reason = blocker_ ? blocker_->reason : "";
    result_.active.message = blocker_ ? Shortened(blocker_->message, kMaxActiveMessageBytes) : "";
  }

  bool HasStarted() const { return result_.active.step >= TrialStep::kPreparing; }
  bool IsStarting() const { return HasStarted() && result_.active.step <= TrialStep::kClient; }

  // Before there are pods there is nothing that could take too long.
  void CheckDeadlines() {
    if (!HasPods(result_.active.step)) return;
    const auto fail = [this](Blocker late) {
      // That says more than that the time is over.
      Fail(consequence_ ? std::move(*consequence_) : std::move(late));
    };
    const Nanos start_ns = result_.active.start_ns;
    const std::string blocked =
        blocker_ ? fmt::format("; {}: {}", blocker_->reason, blocker_->message) : "";
    const Nanos startup_ns = start_ns + spec_.deadlines.startup_seconds * kSecond;
    if (result_.active.step <= TrialStep::kClient) {
      if (world_.now_ns >= startup_ns) {
        fail({reason::kStartupDeadline,
              fmt::format("the pods were not ready after {} s (spec.deadlines.startupSeconds){}",
                          spec_.deadlines.startup_seconds, blocked),
              true});
        return;
      }
      WakeAt(startup_ns);
    }
    const Nanos deadline_ns = AttemptDeadlineNs(spec_.deadlines, trial_);
    if (world_.now_ns >= start_ns + deadline_ns) {
      fail({reason::kTrialDeadline,
            fmt::format("the attempt did not end within {} s (spec.deadlines.trialSeconds){}",
                        deadline_ns / kSecond, blocked),
            true});
      return;
    }
    WakeAt(start_ns + deadline_ns);
  }

  const World& world_;
  const api::ExperimentSpec& spec_;
  const PlannedTrial& trial_;
  const Surroundings& surroundings_;
  const ActiveTrial before_;
  Advance result_;
  // Of the current turn.
  std::optional<Blocker> blocker_;
  std::optional<Blocker> consequence_;  // of what is still to be told
};

}  // namespace

Advance AdvanceTrial(const World& world, const PlannedTrial& trial, const ActiveTrial& active,
                     const Surroundings& surroundings) {
  return Attempt(world, trial, active, surroundings).Run();
}

}  // namespace clockwork::plan::cluster
