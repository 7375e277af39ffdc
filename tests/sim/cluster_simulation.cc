#include "tests/sim/cluster_simulation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include "operator/plan/cluster/names.h"

namespace clockwork::testing {

using plan::cluster::ActiveTrial;
using plan::cluster::Decision;
using plan::cluster::ExperimentStatus;
using plan::cluster::PodPhase;
using plan::cluster::PodView;
using plan::cluster::Refusal;
using plan::cluster::Role;
using plan::cluster::World;

namespace {

constexpr Nanos kStartNs = 1'800'000'000 * kSecond;
constexpr const char* kUid = "5e1f-uid";
constexpr std::size_t kStoryLines = 60;
constexpr std::size_t kMaxLag = 4;
// How often the drawing of the figures fails at most: by then the other faults are mostly used up.
constexpr std::int64_t kRedrawings = 3;

// The status as the server stores it and gives it back.
ExperimentStatus Stored(const ExperimentStatus& status) {
  return plan::cluster::DecodeStatus(
      nlohmann::json::parse(plan::cluster::EncodeStatus(status).dump()));
}

}  // namespace

std::int64_t SimulatedGoodput(std::int64_t workers, std::int64_t trial) {
  return 1'000 * workers + 10 * trial;
}

ClusterSimulation::ClusterSimulation(api::ScalabilityExperiment experiment, ClusterFaults faults,
                                     std::uint64_t seed)
    : experiment_(std::move(experiment)),
      faults_(faults),
      redrawings_(faults.budget > 0 ? kRedrawings : 0),
      random_(seed),
      now_ns_(kStartNs) {
  for (const char* role : {"worker", "controller", "client"}) {
    for (const int number : {1, 2}) {
      const std::string name = fmt::format("{}-{}", role, number);
      nodes_[name] = {name, {{"clockwork.dev/role", role}}, true, false};
    }
  }
  history_.push_back(pods_);
}

bool ClusterSimulation::Chance(double probability) {
  return std::uniform_real_distribution<double>(0, 1)(random_) < probability;
}

bool ClusterSimulation::Disturb(double probability) {
  if (faults_.budget == 0 || !Chance(probability)) return false;
  --faults_.budget;
  return true;
}

std::int64_t ClusterSimulation::Draw(std::int64_t min, std::int64_t max) {
  return std::uniform_int_distribution<std::int64_t>(min, max)(random_);
}

bool ClusterSimulation::Run(int max_ticks) {
  while (tick_ < max_ticks && violations_.empty()) {
    ++tick_;
    Tick();
    if (status_.completion_ns) return violations_.empty();
  }
  return false;
}

std::string ClusterSimulation::Story() const {
  return fmt::format("{}\n{}", fmt::join(story_, "\n"),
                     plan::cluster::EncodeStatus(status_).dump(1));
}

void ClusterSimulation::Tick() {
  now_ns_ += Draw(200, 3'000) * kMillisecond;
  DisturbCluster();
  std::vector<std::string> names;
  for (const auto& [name, pod] : pods_) names.push_back(name);
  for (const std::string& name : names) RunKubelet(name);
  history_.push_back(pods_);
  if (history_.size() > kMaxLag + 1) history_.pop_front();
  try {
    RunOperator();
  } catch (const Refused&) {
    story_.push_back(fmt::format("tick {}: a create was refused", tick_));
  } catch (const CrashNow&) {
    ++crashes_;
    story_.push_back(fmt::format("tick {}: the operator crashed", tick_));
    refusals_.clear();
    history_ = {pods_};  // its successor lists anew
    seen_version_ = version_;
    seen_status_ = status_;
  }
  Check();
  while (story_.size() > kStoryLines) story_.pop_front();
}

void ClusterSimulation::DisturbCluster() {
  if (Disturb(0.01)) {
    now_ns_ = std::max(kStartNs, now_ns_ + Draw(-100, 100) * kSecond);
    story_.push_back(fmt::format("tick {}: the clock jumped", tick_));
  }
  if (!pods_.empty() && Disturb(0.02)) {
    auto pod = pods_.begin();
    std::advance(pod, Draw(0, static_cast<std::int64_t>(pods_.size()) - 1));
    story_.push_back(fmt::format("tick {}: {} vanished", tick_, pod->first));
    pods_.erase(pod);
  }
  if (Disturb(0.01)) {
    auto node = nodes_.begin();
    std::advance(node, Draw(0, static_cast<std::int64_t>(nodes_.size()) - 1));
    node_down_until_[node->first] = tick_ + static_cast<int>(Draw(1, 100));
    story_.push_back(fmt::format("tick {}: {} is down", tick_, node->first));
  }
  if (Disturb(0.01)) {
    hidden_until_ = tick_ + static_cast<int>(Draw(1, 100));
    story_.push_back(fmt::format("tick {}: the pods may not be seen", tick_));
  }
  for (auto& [name, node] : nodes_) node.ready = tick_ >= node_down_until_[name];
  if (faults_.suspends && (experiment_.spec.suspend ? Chance(0.1) : Disturb(0.01))) {
    experiment_.spec.suspend = !experiment_.spec.suspend;
    story_.push_back(fmt::format("tick {}: suspend {}", tick_, experiment_.spec.suspend));
    ++version_;
  }
}

bool ClusterSimulation::NodeReady(const std::string& node) const {
  const auto found = nodes_.find(node);
  return found != nodes_.end() && found->second.ready;
}

std::string ClusterSimulation::AttemptKey(const PodView& pod) const {
  return fmt::format("c{}t{}a{}", pod.config, pod.trial, pod.attempt);
}

void ClusterSimulation::RunKubelet(const std::string& name) {
  PodView& pod = pods_.at(name);
  if (pod.node.empty()) {
    if (pod.deleting()) {
      pods_.erase(name);
    } else {
      Schedule(&pod);
    }
    return;
  }
  if (!NodeReady(pod.node)) return;
  if (pod.deleting() && Chance(0.4)) {
    const bool ran = pod.phase == PodPhase::kRunning && !pod.exit_code;
    if (ran && pod.role == Role::kController) flushed_[AttemptKey(pod)] = true;
    // Some are seen with their end before they are gone.
    if (ran && Chance(0.5)) {
      EndPod(&pod, true, "");
    } else {
      pods_.erase(name);
    }
    return;
  }
  if (!pod.deleting() && !pod.terminal() && Chance(0.5)) RunPod(&pod);
}

void ClusterSimulation::Schedule(PodView* pod) {
  const bool reads_claim = pod->role == Role::kCollector || pod->role == Role::kFigures;
  const Role role = reads_claim ? Role::kController : pod->role;
  for (const int number : {1, 2}) {
    const std::string node = fmt::format("{}-{}", plan::cluster::NameOf(role), number);
    if (!NodeReady(node)) continue;
    pod->node = node;
    pod->unscheduled_reason.clear();
    pod->unscheduled_message.clear();
    return;
  }
  pod->unscheduled_reason = "Unschedulable";
  pod->unscheduled_message = "0/6 nodes are available";
}

void ClusterSimulation::EndPod(PodView* pod, bool success, std::string message) {
  // The phase of some follows later.
  const bool at_once = !success || Chance(0.5);
  if (at_once) pod->phase = success ? PodPhase::kSucceeded : PodPhase::kFailed;
  pod->ready = false;
  pod->exit_code = success ? 0 : 1;
  pod->terminated_message = std::move(message);
}

void ClusterSimulation::RunPod(PodView* pod) {
  if (pod->phase == PodPhase::kPending) {
    if (Disturb(0.02)) {
      pod->waiting_reason = "ImagePullBackOff";
      return;
    }
    pod->waiting_reason.clear();
    pod->phase = PodPhase::kRunning;
    pod->ip = fmt::format("10.0.0.{}", Draw(1, 250));
  } else if (pod->exit_code) {
    pod->phase = PodPhase::kSucceeded;
  } else if (Disturb(0.01)) {
    EndPod(pod, false, "");
    pod->terminated_reason = Chance(0.5) ? "OOMKilled" : "Error";
  } else if (pod->role == Role::kClient) {
    RunClient(pod);
  } else if (pod->role == Role::kCollector) {
    RunCollector(pod);
  } else if (pod->role == Role::kFigures) {
    const bool fails = redrawings_ > 0 && Chance(0.3);
    redrawings_ -= fails ? 1 : 0;
    EndPod(pod, !fails, "");
  } else {
    pod->ready = true;
  }
}

void ClusterSimulation::RunClient(PodView* pod) {
  bool servers = true;
  for (const Role role : {Role::kWorker, Role::kController}) {
    servers = servers && std::any_of(pods_.begin(), pods_.end(), [&](const auto& entry) {
                const PodView& other = entry.second;
                return AttemptKey(other) == AttemptKey(*pod) && other.role == role &&
                       other.phase == PodPhase::kRunning;
              });
  }
  if (!servers) return EndPod(pod, false, "");
  const bool lagged = Disturb(0.05);
  EndPod(pod, true, lagged ? "lagged" : "kept to its schedule");
}

void ClusterSimulation::RunCollector(PodView* pod) {
  if (!flushed_[AttemptKey(*pod)]) return EndPod(pod, false, R"({"error": "no manifest"})");
  const auto client = std::find_if(pods_.begin(), pods_.end(), [&](const auto& entry) {
    return AttemptKey(entry.second) == AttemptKey(*pod) && entry.second.role == Role::kClient;
  });
  const bool lagged = client != pods_.end() && client->second.terminated_message == "lagged";
  const std::int64_t workers =
      api::WorkerCounts(experiment_.spec.workers)[static_cast<std::size_t>(pod->config - 1)];
  const nlohmann::json evidence = {
      {"attempt",
       plan::cluster::AttemptName(experiment_.name, kUid, {pod->config, pod->trial}, pod->attempt)},
      {"manifest",
       {{"complete", true},
        {"requestRows", 9},
        {"actionRows", 5},
        {"droppedRequestRows", 0},
        {"droppedActionRows", 0}}},
      {"peak",
       {{"bucket", 1},
        {"goodputRps", SimulatedGoodput(workers, pod->trial) - (lagged ? 7 : 0)},
        {"throughputRps", 1.5},
        {"meanBatch", 2.5}}},
      {"client",
       {{"valid", true},
        {"invalidReason", ""},
        {"sent", 9},
        {"unanswered", 0},
        {"lagP99Us", lagged ? 5000 : 5}}}};
  EndPod(pod, true, evidence.dump());
}

World ClusterSimulation::Observe() {
  // Never older than before: the lag shrinks freely and grows with the history only.
  if (faults_.lagging_views) {
    lag_ = std::min(static_cast<std::size_t>(Draw(0, kMaxLag)), std::min(lag_ + 1, kMaxLag));
  }
  lag_ = std::min(lag_, history_.size() - 1);
  if (!faults_.lagging_views || Chance(0.6)) {
    seen_version_ = version_;
    seen_status_ = status_;
  }
  World world;
  world.now_ns = now_ns_;
  world.experiment = {.experiment = experiment_,
                      .spec_error = {},
                      .name = experiment_.name,
                      .name_space = "ns",
                      .uid = kUid,
                      .generation = 1,
                      .created_ns = kStartNs,
                      .deleting = false,
                      .status = seen_status_};
  for (const auto& [name, pod] : history_[history_.size() - 1 - lag_]) world.pods.push_back(pod);
  world.claim = {
      .exists = claim_exists_, .phase = "Bound", .message = {}, .deleting = false, .owned = true};
  for (const auto& [name, node] : nodes_) world.nodes.push_back(node);
  world.refusals = refusals_;
  if (tick_ < hidden_until_) {
    world.hidden = "403 Forbidden";
    world.pods.clear();
    world.claim = {};
  }
  return world;
}

void ClusterSimulation::RunOperator() {
  const World world = Observe();
  const Decision decision = plan::cluster::Decide(world);
  const auto& active = decision.status.active;
  const bool hidden = !world.hidden.empty();
  if (hidden && !decision.steps.empty()) violations_.push_back("it acts on what it cannot see");
  const bool named =
      hidden || std::any_of(active.begin(), active.end(),
                            [](const ActiveTrial& each) { return !each.reason.empty(); });
  if (!decision.write_status && decision.wake_ns == kNever && !experiment_.spec.suspend && !named) {
    violations_.push_back("it waits for nothing in particular");
  }
  Apply(decision);
}

// A write that the operator may not survive, before or after.
void ClusterSimulation::Write(const std::function<void()>& write) {
  if (faults_.crashes && Disturb(0.02)) throw CrashNow();
  write();
  if (faults_.crashes && Disturb(0.02)) throw CrashNow();
}

void ClusterSimulation::Apply(const Decision& decision) {
  if (!decision.write_status) return;
  // Now and then somebody else has written in between.
  if (seen_version_ != version_ || Chance(0.02)) return;
  Write([&] {
    status_ = Stored(decision.status);
    ++version_;
    Check();
  });
  for (const plan::cluster::Step& step : decision.steps) ApplyStep(step);
}

void ClusterSimulation::ApplyStep(const plan::cluster::Step& step) {
  if (const auto* create = std::get_if<plan::cluster::CreatePod>(&step)) {
    const plan::cluster::PodSpec& spec = create->pod;
    if (Disturb(0.02)) {
      refusals_.push_back({Refusal::Kind::kQuota, spec.name, "exceeded quota", now_ns_});
      throw Refused();
    }
    Write([&] {
      PodView pod;
      pod.name = spec.name;
      pod.uid = fmt::format("uid-{}", next_uid_++);
      pod.role = spec.id.role;
      pod.config = spec.id.trial.config;
      pod.trial = spec.id.trial.trial;
      pod.attempt = spec.id.attempt;
      pod.ordinal = spec.id.ordinal;
      pod.created_ns = now_ns_;
      if (pods_.emplace(spec.name, pod).second) {
        story_.push_back(fmt::format("tick {}: created {}", tick_, spec.name));
      }
      Check();
    });
  } else if (const auto* remove = std::get_if<plan::cluster::DeletePod>(&step)) {
    Write([&] {
      const auto pod = pods_.find(remove->name);
      if (pod == pods_.end() || (!remove->uid.empty() && pod->second.uid != remove->uid)) return;
      if (!pod->second.deleting()) {
        story_.push_back(fmt::format("tick {}: deleted {}", tick_, remove->name));
        pod->second.deletion_ns = now_ns_ + remove->grace_seconds * kSecond;
      }
      if (remove->grace_seconds == 0) pods_.erase(pod);
    });
  } else if (std::holds_alternative<plan::cluster::CreateClaim>(step)) {
    Write([&] { claim_exists_ = true; });
  }
}

void ClusterSimulation::Check() {
  std::map<std::string, std::set<std::int64_t>> alive;
  for (const auto& [name, pod] : pods_) {
    if (pod.ended() || pod.deleting()) continue;
    alive[fmt::format("c{}t{}", pod.config, pod.trial)].insert(pod.attempt);
  }
  for (const auto& [trial, attempts] : alive) {
    if (attempts.size() > 1) violations_.push_back("two attempts alive of " + trial);
  }
  // Beside those that are measured there may be as many whose telemetry is being filed; no client
  // runs beside a collector, unless trials run side by side.
  const auto places = static_cast<std::size_t>(experiment_.spec.parallel_trials);
  if (alive.size() > 2 * places) violations_.push_back("more trials alive than may be");
  std::size_t clients = 0;
  std::size_t collectors = 0;
  for (const auto& [name, pod] : pods_) {
    if (pod.ended() || pod.deleting()) continue;
    clients += pod.role == Role::kClient ? 1 : 0;
    collectors += pod.role == Role::kCollector ? 1 : 0;
  }
  if (clients > places) violations_.push_back("more clients alive than may be");
  if (collectors > 1) violations_.push_back("two trials are filed at once");
  if (places == 1 && clients > 0 && collectors > 0) violations_.push_back("filed beside a client");
  if (status_.figures && !status_.active.empty()) violations_.push_back("drawn too early");
  const bool drawing =
      status_.figures && status_.figures->state == plan::cluster::FiguresState::kDrawing;
  if (status_.completion_ns && drawing) violations_.push_back("over before it is drawn");
  std::map<std::string, std::int64_t> found;
  for (const auto& result : status_.results) {
    for (std::size_t i = 0; i < result.goodput_rps.size(); ++i) {
      const auto trial = static_cast<std::int64_t>(i) + 1;
      const bool valid = result.goodput_rps[i] >= 0 &&
                         std::count(result.invalid.begin(), result.invalid.end(), trial) == 0;
      if (valid) found[fmt::format("n{}t{}", result.workers, trial)] = result.goodput_rps[i];
    }
  }
  for (const auto& [trial, goodput] : recorded_) {
    if (!found.contains(trial) || found[trial] != goodput)
      violations_.push_back(trial + " is lost");
  }
  recorded_ = std::move(found);
}

}  // namespace clockwork::testing
