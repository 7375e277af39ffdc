#include "operator/plan/cluster/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "operator/plan/cluster/attempt_pods.h"
#include "operator/plan/cluster/blockers.h"
#include "operator/plan/cluster/reasons.h"

namespace clockwork::plan::cluster {
namespace {

class Drawing {
 public:
  Drawing(const World& world, const Plan& plan, std::int64_t left_workers,
          const std::optional<FiguresStatus>& before)
      : world_(world),
        spec_(world.experiment.experiment->spec),
        plan_(plan),
        left_workers_(left_workers) {
    figures() = before.value_or(FiguresStatus());
    if (!before) figures().start_ns = world.now_ns - world.now_ns % kMillisecond;
  }

  FiguresAdvance Run() {
    if (figures().state != FiguresState::kDrawing) return std::move(result_);
    while (Turn()) {
    }
    if (figures().state == FiguresState::kDrawing) NameBlocker();
    if (figures().state == FiguresState::kDrawing) CheckDeadline();
    if (figures().state != FiguresState::kDrawing) result_.steps.clear();
    return std::move(result_);
  }

 private:
  FiguresStatus& figures() { return result_.figures; }
  void WakeAt(Nanos time_ns) { result_.wake_ns = std::min(result_.wake_ns, time_ns); }
  void Record(bool warning, std::string reason, std::string note) {
    result_.events.push_back({warning, std::move(reason), std::move(note)});
  }

  // True when another attempt takes its turn.
  bool Turn() {
    blocker_.reset();
    const PodView* pod = FindPod(world_, {{0, 0}, figures().attempt, Role::kFigures, 0});
    if (pod == nullptr) return Create();
    if (pod->phase == PodPhase::kSucceeded) return Succeed();
    if (pod->terminal()) return Fail(*WhyLost(world_, *pod));
    const NodeView* node = FindNode(world_, pod->node);
    if (node != nullptr && !node->ready) return Fail(*WhyLost(world_, *pod));
    // One that is being deleted will be gone, and is then made again.
    if (!pod->deleting()) blocker_ = WhyNotReady(world_, *pod, &result_.wake_ns);
    return blocker_ && blocker_->fatal && Fail(*blocker_);
  }

  bool Create() {
    PodSpec pod = MakeFigures(world_, plan_, left_workers_, figures().attempt);
    CreateTurn turn = MayCreate(world_, pod.name, figures().start_ns);
    if (turn.blocker && turn.blocker->fatal) return Fail(*turn.blocker);
    WakeAt(turn.again_ns);
    blocker_ = std::move(turn.blocker);
    if (turn.now) result_.steps.emplace_back(CreatePod{std::move(pod)});
    return false;
  }

  bool Succeed() {
    figures().state = FiguresState::kDrawn;
    figures().reason.clear();
    figures().message.clear();
    Record(false, reason::kFiguresDrawn,
           fmt::format("on the claim {}, in {}/{}", ClaimName(*world_.experiment.experiment),
                       world_.experiment.name, kDataDirectory));
    return false;
  }

  // Ends the attempt: true when there is another.
  bool Fail(const Blocker& failure) {
    Record(true, failure.reason,
           fmt::format("the figures, attempt {}, failed: {}", figures().attempt, failure.message));
    if (figures().attempt >= spec_.retries.attempts) return GiveUp(failure);
    ++figures().attempt;
    return true;
  }

  bool GiveUp(const Blocker& failure) {
    figures().state = FiguresState::kMissing;
    figures().reason = failure.reason;
    figures().message = Shortened(failure.message, kMaxActiveMessageBytes);
    return false;
  }

  void NameBlocker() {
    const bool is_news = blocker_ && blocker_->reason != figures().reason;
    figures().reason = blocker_ ? blocker_->reason : "";
    figures().message = blocker_ ? Shortened(blocker_->message, kMaxActiveMessageBytes) : "";
    if (is_news) Record(true, blocker_->reason, "the figures: " + blocker_->message);
  }

  void CheckDeadline() {
    const Nanos limit_ns = FiguresDeadlineNs(spec_.deadlines);
    if (world_.now_ns < figures().start_ns + limit_ns) {
      return WakeAt(figures().start_ns + limit_ns);
    }
    GiveUp(blocker_.value_or(Blocker{
        reason::kFiguresDeadline,
        fmt::format("they were not drawn within {} s (spec.deadlines.startupSeconds and 300 s)",
                    limit_ns / kSecond)}));
  }

  const World& world_;
  const api::ExperimentSpec& spec_;
  const Plan& plan_;
  const std::int64_t left_workers_;
  FiguresAdvance result_;
  std::optional<Blocker> blocker_;  // of the current turn
};

}  // namespace

std::optional<std::int64_t> LeftWorkersOf(const Plan& plan, const ExperimentStatus& status) {
  std::optional<std::int64_t> largest;
  for (const StatusResult& result : status.results) {
    const auto& rps = result.goodput_rps;
    if (std::none_of(rps.begin(), rps.end(), [](std::int64_t each) { return each >= 0; })) continue;
    if (result.workers == plan.left_workers) return result.workers;
    largest = result.workers;  // they ascend
  }
  return largest;
}

FiguresAdvance AdvanceFigures(const World& world, const Plan& plan, std::int64_t left_workers,
                              const std::optional<FiguresStatus>& before) {
  return Drawing(world, plan, left_workers, before).Run();
}

}  // namespace clockwork::plan::cluster
