#include "operator/reconcile/reconciler.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include <nlohmann/json.hpp>

#include "operator/kinds.h"
#include "operator/plan/cluster/names.h"
#include "operator/plan/cluster/pod_spec.h"
#include "operator/plan/cluster/pod_template.h"
#include "operator/plan/cluster/reasons.h"
#include "operator/reconcile/gather.h"

namespace clockwork::reconcile {
namespace {

using Kind = ReconcileEnd::Kind;
using plan::cluster::Decision;
using plan::cluster::PodView;

// Its pods are to go on by themselves: a trial is measured, or the figures are drawn.
bool IsUnderWay(const plan::cluster::ExperimentStatus& status) {
  return !status.active.empty() ||
         (status.figures && status.figures->state == plan::cluster::FiguresState::kDrawing);
}

bool HasWork(const Decision& decision) { return decision.write_status || !decision.steps.empty(); }

}  // namespace

Reconciler::Reconciler(ReconcilerParts parts)
    : parts_(std::move(parts)), failures_(parts_.log, parts_.outages) {}

void Reconciler::Pods::Add(const kube::Json& object, std::string_view uid) {
  auto pod = ViewPod(object);
  if (!pod) return;
  if (IsOwnedBy(object, uid)) {
    own.push_back(std::move(*pod));
  } else if (!pod->terminal()) {
    strangers.push_back(std::move(pod->name));
  }
}

ReconcileEnd Reconciler::Reconcile(const std::string& key) {
  const kube::ObjectPtr cached = parts_.caches->Experiment(key);
  if (cached == nullptr) {
    failures_.Forget(key);
    const std::lock_guard lock(looks_mutex_);
    looks_.erase(key);
    return {};  // deleted: its pods go with it
  }
  const std::string uid = kube::MetadataText(*cached, "uid");
  const std::string name_space = kube::MetadataText(*cached, "namespace");
  std::string hidden = parts_.caches->Refusal(name_space);
  Pods pods;
  const std::string name = kube::MetadataText(*cached, "name");
  for (const auto& object : parts_.caches->Pods(name_space, name)) pods.Add(*object, uid);
  const auto decision = plan::cluster::Decide(Gather(*cached, std::move(pods), std::move(hidden)));
  if (HasWork(decision)) return ReadAndAct(key, *cached);
  const Nanos look_ns = NextLookNs(key, decision);
  if (parts_.now() >= look_ns) return ReadAndAct(key, *cached);
  return {Kind::kDone, std::min(decision.wake_ns, look_ns)};
}

Nanos Reconciler::NextLookNs(const std::string& key, const Decision& decision) {
  const std::lock_guard lock(looks_mutex_);
  const Nanos now_ns = parts_.now();
  if (const auto look = looks_.find(key); look != looks_.end()) {
    look->second = std::min(look->second, now_ns);  // the clock may have been put back
    return look->second + parts_.look_again_ns;
  }
  if (!IsUnderWay(decision.status)) return kNever;
  looks_[key] = now_ns;
  return now_ns + parts_.look_again_ns;
}

Nanos Reconciler::Looked(const std::string& key, bool waits) {
  const std::lock_guard lock(looks_mutex_);
  const Nanos now_ns = parts_.now();
  if (!waits) {
    looks_.erase(key);
    return kNever;
  }
  looks_[key] = now_ns;
  return now_ns + parts_.look_again_ns;
}

plan::cluster::World Reconciler::Gather(const kube::Json& experiment, Pods pods,
                                        std::string hidden) const {
  plan::cluster::World world;
  world.now_ns = parts_.now();
  world.experiment = ViewExperiment(experiment);
  world.pods = std::move(pods.own);
  world.strangers = std::move(pods.strangers);
  if (world.experiment.experiment) {
    const std::string claim = plan::cluster::ClaimName(*world.experiment.experiment);
    const kube::ObjectPtr object = parts_.caches->Claim(world.experiment.name_space, claim);
    world.claim = ViewClaim(object.get(), world.experiment.uid);
  }
  const auto nodes = parts_.caches->Nodes();
  world.nodes_known = nodes.has_value();
  if (nodes) {
    for (const kube::ObjectPtr& node : *nodes) world.nodes.push_back(ViewNode(*node));
  }
  world.refusals = refusals_.Of(world.experiment.uid, world.now_ns);
  world.hidden = std::move(hidden);
  world.defaults = parts_.defaults;
  return world;
}

kube::Outcome<Reconciler::Pods> Reconciler::ReadPods(const Subject& subject) {
  const std::string label = plan::cluster::ExperimentLabel(kube::SplitKey(subject.key).name);
  kube::Selector selector;
  selector.labels = fmt::format("{},{}={}", kPodSelector, plan::cluster::kExperimentLabel, label);
  auto list = parts_.client->List(kPods, subject.name_space, selector);
  if (!list.ok()) return list.error();
  Pods pods;
  for (const kube::Json& object : list->items) pods.Add(object, subject.uid);
  return pods;
}

ReconcileEnd Reconciler::ReadAndAct(const std::string& key, const kube::Json& cached) {
  if (!parts_.may_write()) return {Kind::kFenced, kNever};
  const kube::KeyParts name = kube::SplitKey(key);
  auto object = parts_.client->Get(kExperiments, name.name_space, name.name);
  if (!object.ok()) {
    if (object.error().failure == kube::Failure::kNotFound) return {};
    const Subject known{key, name.name_space, kube::MetadataText(cached, "uid"), cached};
    return NameRefusal(known, "get the experiment", object.error());
  }
  Subject subject{key, name.name_space, kube::MetadataText(*object, "uid"), std::move(*object)};
  // Pods that may not be seen are not asked for: the decision takes no step.
  std::string hidden = parts_.caches->Refusal(name.name_space);
  auto pods = hidden.empty() ? ReadPods(subject) : Pods();
  if (!pods.ok()) return NameRefusal(std::move(subject), "list its pods", pods.error());
  // Pods that are still ending have steps after them.
  const bool ending = std::any_of(pods->own.begin(), pods->own.end(),
                                  [](const PodView& pod) { return pod.deleting(); });
  const Decision decision =
      plan::cluster::Decide(Gather(subject.object, std::move(*pods), std::move(hidden)));
  const Nanos look_ns = Looked(key, ending || HasWork(decision) || IsUnderWay(decision.status));
  ReconcileEnd end = Act(&subject, decision);
  if (end.kind == Kind::kDone) end.wake_ns = std::min(end.wake_ns, look_ns);
  return end;
}

ReconcileEnd Reconciler::Act(Subject* subject, const Decision& decision) {
  if (decision.write_status) {
    if (auto end = WriteStatus(subject, decision)) return *end;
  }
  Tell(*subject, decision.events);
  for (const plan::cluster::Step& step : decision.steps) {
    const StepEnd end = std::visit([&](const auto& taken) { return Take(*subject, taken); }, step);
    if (end) return *end;
  }
  failures_.Recovered(subject->key);
  return {Kind::kDone, decision.wake_ns};
}

void Reconciler::Tell(const Subject& subject, const std::vector<plan::cluster::Event>& events) {
  for (const plan::cluster::Event& event : events) {
    parts_.log->Info(event.note, {{"experiment", subject.key}, {"reason", event.reason}});
    parts_.events->Record(
        {kube::ReferenceTo(subject.object), event.warning, event.reason, event.note});
  }
}

ReconcileEnd Reconciler::NameRefusal(Subject subject, const std::string& doing,
                                     const kube::ApiError& error) {
  if (error.failure == kube::Failure::kForbidden) {
    const Decision decision =
        plan::cluster::Decide(Gather(subject.object, {}, kube::Describe(error)));
    if (decision.write_status) {
      if (auto end = WriteStatus(&subject, decision)) return *end;
      Tell(subject, decision.events);
    }
  }
  return Failed(subject.key, doing, error);
}

Reconciler::StepEnd Reconciler::WriteStatus(Subject* subject, const Decision& decision) {
  subject->object["status"] = plan::cluster::EncodeStatus(decision.status);
  auto written = parts_.client->Update(kExperiments, subject->object, "status");
  if (written.ok()) return std::nullopt;
  switch (written.error().failure) {
    case kube::Failure::kConflict:
      return ReconcileEnd{Kind::kConflict, kNever};
    case kube::Failure::kNotFound:
      return ReconcileEnd{};
    default:
      break;
  }
  bool news = false;
  const ReconcileEnd end = Failed(subject->key, "write its status", written.error(), &news);
  if (news && written.error().failure == kube::Failure::kForbidden) {
    // It cannot stand where people look first; kubectl describe shows this.
    parts_.events->Record(
        {kube::ReferenceTo(subject->object), true, plan::cluster::reason::kForbidden,
         fmt::format("the status cannot be written, so nothing is done; grant the "
                     "operator's role what the message names: {}",
                     kube::Describe(written.error()))});
  }
  return end;
}

Reconciler::StepEnd Reconciler::Take(const Subject& subject,
                                     const plan::cluster::CreateClaim& step) {
  return CreateOwned(subject, kClaims, plan::cluster::ClaimObject(step.claim));
}

Reconciler::StepEnd Reconciler::Take(const Subject& subject, const plan::cluster::CreatePod& step) {
  return CreateOwned(subject, kPods, plan::cluster::PodObject(step.pod));
}

Reconciler::StepEnd Reconciler::CreateOwned(const Subject& subject, const kube::ResourceType& type,
                                            const kube::Json& object) {
  const std::string name = kube::MetadataText(object, "name");
  const std::string doing = fmt::format("create {} {}", type.kind, name);
  auto created = parts_.client->Create(type, subject.name_space, object);
  if (!created.ok() && created.error().failure == kube::Failure::kAlreadyExists) {
    created = parts_.client->Get(type, subject.name_space, name);
    if (created.ok() && !IsOwnedBy(*created, subject.uid)) {
      refusals_.Add(
          subject.uid,
          {plan::cluster::Refusal::Kind::kConflict, name,
           fmt::format("a {} of this name belongs to somebody else", type.kind), parts_.now()});
      return ReconcileEnd{Kind::kAgain, kNever};
    }
    // Gone again already: the next look sees what is there.
    if (!created.ok() && created.error().failure == kube::Failure::kNotFound) {
      return ReconcileEnd{Kind::kConflict, kNever};
    }
  }
  if (!created.ok()) return Refused(subject, name, doing, created.error());
  refusals_.Clear(subject.uid, name);
  return std::nullopt;
}

Reconciler::StepEnd Reconciler::Take(const Subject& subject, const plan::cluster::DeletePod& step) {
  kube::DeleteOptions options;
  options.uid = step.uid;
  options.grace_seconds = step.grace_seconds;
  auto deleted = parts_.client->Delete(kPods, subject.name_space, step.name, options);
  if (deleted.ok()) {
    refusals_.Clear(subject.uid, step.name);
    return std::nullopt;
  }
  // Gone, or replaced by another of the same name (the precondition): it is not there any more.
  const kube::Failure failure = deleted.error().failure;
  if (failure == kube::Failure::kNotFound || failure == kube::Failure::kConflict) {
    return std::nullopt;
  }
  // Remembered so that it is named, and tried again after growing pauses: nothing brakes a delete.
  if (auto refusal = RefusalOf(deleted.error(), step.name, parts_.now())) {
    refusals_.Add(subject.uid, std::move(*refusal));
  }
  return Failed(subject.key, fmt::format("delete Pod {}", step.name), deleted.error());
}

Reconciler::StepEnd Reconciler::Take(const Subject& subject,
                                     const plan::cluster::DeleteExperiment& step) {
  kube::DeleteOptions options;
  options.uid = step.uid;
  auto deleted = parts_.client->Delete(kExperiments, subject.name_space,
                                       kube::SplitKey(subject.key).name, options);
  if (deleted.ok() || deleted.error().failure == kube::Failure::kNotFound ||
      deleted.error().failure == kube::Failure::kConflict) {
    return std::nullopt;
  }
  return Refused(subject, kube::SplitKey(subject.key).name, "delete the experiment",
                 deleted.error());
}

Reconciler::StepEnd Reconciler::Refused(const Subject& subject, const std::string& object,
                                        const std::string& doing, const kube::ApiError& error) {
  const auto refusal = RefusalOf(error, object, parts_.now());
  if (!refusal) return Failed(subject.key, doing, error);
  refusals_.Add(subject.uid, *refusal);
  parts_.log->Warning(
      "refused", {{"experiment", subject.key}, {"doing", doing}, {"error", kube::Describe(error)}});
  return ReconcileEnd{Kind::kAgain, kNever};
}

ReconcileEnd Reconciler::Failed(const std::string& key, const std::string& doing,
                                const kube::ApiError& error, bool* news) {
  if (error.failure == kube::Failure::kFenced) return {Kind::kFenced, kNever};
  const bool told =
      error.failure != kube::Failure::kCancelled && failures_.Failed(key, doing, error);
  if (news != nullptr) *news = told;
  return {Kind::kFailed, kNever};
}

}  // namespace clockwork::reconcile
