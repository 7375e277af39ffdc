#include "tests/support/pod_double/pod_double.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "images/common/base/clock.h"
#include "tests/support/pod_double/pod_status.h"

namespace clockwork::testing {
namespace {

using Json = nlohmann::json;
using Fault = PodScript::Fault;

// How long to leave a cluster alone that does not answer.
constexpr std::chrono::milliseconds kRetry{20};

std::string UidOf(const Json& object) { return object.at("metadata").value("uid", ""); }

std::string NodeOf(const Json& pod) { return pod.value("/spec/nodeName"_json_pointer, ""); }

std::string PhaseOf(const Json& pod) { return pod.value("/status/phase"_json_pointer, ""); }

bool IsDeleted(const Json& pod) { return pod.at("metadata").contains("deletionTimestamp"); }

bool EndsByItself(const std::string& role) {
  return role == "client" || role == "collector" || role == "figures";
}

bool Fits(const Json& pod, const Json& node) {
  if (node.value("/spec/unschedulable"_json_pointer, false)) return false;
  const Json labels = node.at("metadata").value("labels", Json::object());
  const Json wanted = pod.at("spec").value("nodeSelector", Json::object());
  for (const auto& [label, value] : wanted.items()) {
    if (!labels.contains(label) || labels.at(label) != value) return false;
  }
  return true;
}

}  // namespace

PodDouble::PodDouble(PodApi* api, std::function<Nanos()> now_ns)
    : api_(api), now_ns_(now_ns ? std::move(now_ns) : [] { return NowNs(); }) {}

PodDouble::~PodDouble() { Stop(); }

void PodDouble::Start() {
  thread_ = std::thread([this] { Run(); });
}

void PodDouble::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  api_->Stop();
  thread_.join();
}

void PodDouble::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const auto listed = api_->ListPods();
    if (listed) {
      TakeList(*listed);
      api_->WatchPods(listed->resource_version,
                      [this](const PodApi::Event& event) { TakeEvent(event); });
    }
    lock.lock();
    if (!listed) changed_.wait_for(lock, kRetry, [this] { return stopping_; });
  }
}

void PodDouble::TakeList(const PodApi::Snapshot& snapshot) {
  const std::lock_guard lock(mutex_);
  std::set<std::string> present;
  for (const Json& object : snapshot.objects) present.insert(UidOf(object));
  std::erase_if(pods_, [&present](const auto& entry) { return !present.contains(entry.first); });
  for (const Json& object : snapshot.objects) {
    if (Pod* pod = See(object)) Advance(pod);
  }
}

void PodDouble::TakeEvent(const PodApi::Event& event) {
  const std::lock_guard lock(mutex_);
  if (event.deleted) {
    pods_.erase(UidOf(event.object));
  } else if (Pod* pod = See(event.object)) {
    Advance(pod);
  }
}

PodDouble::Pod* PodDouble::See(const Json& object) {
  PodFacts facts = FactsOf(object);
  if (facts.role.empty()) return nullptr;
  const std::string uid = UidOf(object);
  const auto [place, is_new] = pods_.try_emplace(uid);
  Pod& pod = place->second;
  if (is_new) {
    // A list may show a pod again that an event has just taken away.
    if (seen_uids_.insert(uid).second) {
      seen_.push_back(facts.name);
      ++count_[facts.role];
    }
    pod.script = ChooseScript(facts);
    pod.address = fmt::format("10.{}.{}.{}", seen_.size() / 62'500, seen_.size() / 250 % 250,
                              seen_.size() % 250 + 1);
  }
  pod.facts = std::move(facts);
  // What another double has done before this one was started.
  if (pod.next == PodStep::kBind && !NodeOf(object).empty()) pod.next = PodStep::kRun;
  if (pod.next == PodStep::kRun && PhaseOf(object) == "Running") pod.next = PodStep::kReady;
  if (PhaseOf(object) == "Succeeded" || PhaseOf(object) == "Failed") pod.ended = true;
  return &pod;
}

PodScript PodDouble::ChooseScript(const PodFacts& facts) {
  if (choose_) {
    if (auto chosen = choose_(facts)) return *std::move(chosen);
  }
  for (const int nth : {count_[facts.role], 0}) {
    const auto found = scripts_.find({facts.role, nth});
    if (found != scripts_.end()) return found->second;
  }
  return {};
}

void PodDouble::Advance(Pod* pod) {
  // Also those that go to their end at once were alive on the way.
  while (Step(pod)) CountAlive();
  CountAlive();
}

bool PodDouble::Step(Pod* pod) {
  if (dead_nodes_.contains(NodeOf(pod->facts.pod))) return false;
  if (IsDeleted(pod->facts.pod)) {
    if (!IsHeld(pod, PodStep::kVanish)) Terminate(pod);
    return false;
  }
  if (pod->ended || pod->stuck || IsHeld(pod, pod->next)) return false;
  switch (pod->next) {
    case PodStep::kBind:
      return BindPod(pod);
    case PodStep::kRun:
      return RunPod(pod);
    case PodStep::kReady:
      return ReadyPod(pod);
    case PodStep::kEnd:
      return EndPod(pod);
    case PodStep::kVanish:
      break;
  }
  return false;
}

bool PodDouble::IsHeld(Pod* pod, PodStep before) {
  const RoleStep here{pod->facts.role, before};
  if (!holds_.contains(here)) {
    pod->held.reset();
    return false;
  }
  if (pod->held != before) {
    pod->held = before;
    ++held_[here];
    changed_.notify_all();
  }
  return true;
}

bool PodDouble::BindPod(Pod* pod) {
  const std::vector<Json> nodes = api_->ListNodes();
  for (const Json& node : nodes) {
    const std::string name = node.at("metadata").at("name");
    if (dead_nodes_.contains(name) || !Fits(pod->facts.pod, node)) continue;
    if (!api_->Bind(pod->facts.pod, name)) return false;
    pod->facts.pod["spec"]["nodeName"] = name;
    pod->next = PodStep::kRun;
    return true;
  }
  if (!pod->facts.pod.contains("/status/conditions"_json_pointer)) {
    api_->PatchStatus(pod->facts.pod, UnschedulableStatus(static_cast<int>(nodes.size()), Now()));
  }
  return false;
}

bool PodDouble::RunPod(Pod* pod) {
  const Json& object = pod->facts.pod;
  const PodScript& script = pod->script;
  if (script.fault == Fault::kImagePull) {
    const std::string image = object.at("spec").at("containers").at(0).value("image", "");
    api_->PatchStatus(object, WaitingStatus(object, "ErrImagePull",
                                            "failed to pull image \"" + image + "\"", Now()));
    api_->PatchStatus(object, WaitingStatus(object, "ImagePullBackOff",
                                            "Back-off pulling image \"" + image + "\"", Now()));
    pod->stuck = true;
    return false;
  }
  if (script.fault == Fault::kBadConfig) {
    api_->PatchStatus(object,
                      WaitingStatus(object, "CreateContainerConfigError", script.message, Now()));
    pod->stuck = true;
    return false;
  }
  if (!api_->PatchStatus(object, RunningStatus(object, false, pod->address, Now()))) return false;
  pod->next = PodStep::kReady;
  return true;
}

bool PodDouble::ReadyPod(Pod* pod) {
  const Json& object = pod->facts.pod;
  switch (pod->script.fault) {
    case Fault::kCrash:
    case Fault::kOomKilled:
    case Fault::kEvicted:
    case Fault::kVanish:
    case Fault::kNeverReady:
      return Meet(pod, pod->script);
    default:
      break;
  }
  if (!api_->PatchStatus(object, RunningStatus(object, true, pod->address, Now()))) return false;
  pod->next = PodStep::kEnd;
  if (pod->script.fault == Fault::kNodeDies) return Meet(pod, pod->script);
  return true;
}

bool PodDouble::EndPod(Pod* pod) {
  if (!EndsByItself(pod->facts.role) || pod->script.fault == Fault::kNeverEnds) return false;
  const auto message = messages_.find(pod->facts.role);
  FinishPod(pod, 0, "Completed",
            !pod->script.message.empty() ? pod->script.message
            : message != messages_.end() ? message->second(pod->facts)
                                         : std::string());
  return false;
}

bool PodDouble::Meet(Pod* pod, const PodScript& script) {
  const Json& object = pod->facts.pod;
  switch (script.fault) {
    case Fault::kCrash:
      FinishPod(pod, script.exit_code, "Error", script.message);
      break;
    case Fault::kOomKilled:
      FinishPod(pod, 137, "OOMKilled", script.message);
      break;
    case Fault::kEvicted:
      api_->PatchStatus(object, EvictedStatus(script.message));
      pod->ended = true;
      break;
    case Fault::kVanish:
      api_->Remove(object);
      pod->ended = true;
      break;
    case Fault::kNodeDies:
      KillNode(NodeOf(object));
      break;
    case Fault::kNeverReady:
      api_->PatchStatus(object, RunningStatus(object, false, pod->address, Now()));
      pod->stuck = true;
      break;
    default:
      break;
  }
  return false;
}

void PodDouble::FinishPod(Pod* pod, int exit_code, const std::string& reason,
                          const std::string& message) {
  api_->PatchStatus(pod->facts.pod,
                    EndedStatus(pod->facts.pod, {exit_code, reason, message}, Now()));
  pod->ended = true;
}

void PodDouble::Terminate(Pod* pod) {
  if (pod->script.fault == Fault::kIgnoresDelete) return;
  if (!pod->ended && pod->next != PodStep::kRun) {
    const auto message = messages_.find(pod->facts.role);
    const bool says = message != messages_.end() && !EndsByItself(pod->facts.role);
    FinishPod(pod, 0, "Completed", says ? message->second(pod->facts) : std::string());
  }
  api_->Remove(pod->facts.pod);
}

void PodDouble::CountAlive() {
  std::map<std::string, std::size_t> alive;
  for (const auto& [uid, pod] : pods_) {
    if (pod.next != PodStep::kBind && !pod.ended) ++alive[pod.facts.role];
  }
  for (const auto& [role, count] : alive) {
    most_alive_[role] = std::max(most_alive_[role], count);
  }
}

std::string PodDouble::Now() const {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time_t{now_ns_() / kSecond}));
}

void PodDouble::AdvanceAll() {
  for (auto& [uid, pod] : pods_) Advance(&pod);
}

void PodDouble::Script(const std::string& role, int nth, PodScript script) {
  const std::lock_guard lock(mutex_);
  scripts_[{role, nth}] = std::move(script);
}

void PodDouble::ScriptBy(std::function<std::optional<PodScript>(const PodFacts&)> choose) {
  const std::lock_guard lock(mutex_);
  choose_ = std::move(choose);
}

void PodDouble::Message(const std::string& role, PodMessage message) {
  const std::lock_guard lock(mutex_);
  messages_[role] = std::move(message);
}

void PodDouble::Hold(const std::string& role, PodStep before) {
  const std::lock_guard lock(mutex_);
  holds_.emplace(role, before);
}

void PodDouble::Release(const std::string& role, PodStep before) {
  const std::lock_guard lock(mutex_);
  holds_.erase({role, before});
  AdvanceAll();
}

bool PodDouble::WaitUntilHeld(const std::string& role, PodStep before, std::size_t count,
                              std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return held_[{role, before}] >= count; });
}

void PodDouble::KillNode(const std::string& node) {
  const std::lock_guard lock(mutex_);
  dead_nodes_.insert(node);
  api_->PatchNodeStatus(node, NodeStatus(false, Now()));
  for (const auto& [uid, pod] : pods_) {
    if (NodeOf(pod.facts.pod) != node || pod.ended || pod.next == PodStep::kRun) continue;
    api_->PatchStatus(pod.facts.pod, RunningStatus(pod.facts.pod, false, pod.address, Now()));
  }
}

void PodDouble::ReviveNode(const std::string& node) {
  const std::lock_guard lock(mutex_);
  dead_nodes_.erase(node);
  api_->PatchNodeStatus(node, NodeStatus(true, Now()));
  for (auto& [uid, pod] : pods_) {
    // Readiness is established anew.
    if (NodeOf(pod.facts.pod) != node || pod.ended || pod.next != PodStep::kEnd) continue;
    pod.next = PodStep::kReady;
    if (pod.script.fault == Fault::kNodeDies) pod.script.fault = Fault::kNone;
  }
  AdvanceAll();
}

bool PodDouble::Break(const std::string& pod_name, const PodScript& script) {
  const std::lock_guard lock(mutex_);
  for (auto& [uid, pod] : pods_) {
    const bool runs = pod.next == PodStep::kReady || pod.next == PodStep::kEnd;
    if (pod.facts.name != pod_name || pod.ended || !runs) continue;
    Meet(&pod, script);
    return true;
  }
  return false;
}

void PodDouble::Reschedule() {
  const std::lock_guard lock(mutex_);
  AdvanceAll();
}

std::vector<std::string> PodDouble::Seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

std::size_t PodDouble::MostAlive(const std::string& role) const {
  const std::lock_guard lock(mutex_);
  const auto found = most_alive_.find(role);
  return found == most_alive_.end() ? 0 : found->second;
}

}  // namespace clockwork::testing
