#include "operator/reconcile/caches.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "operator/kinds.h"
#include "operator/plan/cluster/names.h"

namespace clockwork::reconcile {
namespace {

constexpr const char* kByExperiment = "experiment";

// The experiment that a pod says it belongs to; empty for a stranger's.
std::string ExperimentOf(const kube::Json& pod) {
  const auto owners = pod.find("metadata");
  if (owners == pod.end() || !owners->is_object()) return {};
  const auto list = owners->find("ownerReferences");
  if (list == owners->end() || !list->is_array()) return {};
  for (const kube::Json& owner : *list) {
    if (!owner.is_object() || owner.value("kind", "") != kExperiments.kind) continue;
    if (!owner.value("controller", false)) continue;
    return kube::MakeKey(kube::MetadataText(pod, "namespace"), owner.value("name", ""));
  }
  return {};
}

// What of a node concerns experiments; a change in anything else (its heartbeat) is none.
kube::Json NodeEssence(const kube::Json& node) {
  kube::Json essence;
  for (const char* path : {"/metadata/name", "/metadata/uid", "/metadata/labels",
                           "/spec/unschedulable", "/spec/taints"}) {
    const kube::Json::json_pointer pointer(path);
    if (node.contains(pointer)) essence[pointer] = node[pointer];
  }
  const kube::Json::json_pointer conditions("/status/conditions");
  if (!node.contains(conditions) || !node[conditions].is_array()) return essence;
  for (const kube::Json& condition : node[conditions]) {
    if (condition.is_object() && condition.value("type", "") == "Ready") {
      essence["ready"] = condition.value("status", "");
    }
  }
  return essence;
}

// Most of a node is the list of all images that it has.
void TrimNode(kube::Json* node) {
  const auto status = node->find("status");
  if (status == node->end() || !status->is_object()) return;
  for (const char* field : {"images", "volumesInUse", "volumesAttached", "nodeInfo"}) {
    status->erase(field);
  }
}

std::optional<std::string> RefusalOf(const kube::Reflector& reflector) {
  const std::optional<kube::ApiError> trouble = reflector.trouble();
  if (!trouble || trouble->failure != kube::Failure::kForbidden) return std::nullopt;
  return kube::Describe(*trouble);
}

}  // namespace

// One namespace that is looked after, or all of them together.
struct Caches::Namespace {
  Namespace() : pods({{kByExperiment, kube::ByLabel(std::string(kExperimentLabel))}}) {}

  std::string name;  // empty: all
  kube::Store experiments;
  kube::Store pods;
  kube::Store claims;
  std::vector<std::unique_ptr<kube::ClientListWatcher>> sources;
  std::vector<std::unique_ptr<kube::Reflector>> reflectors;
};

Caches::Caches(const CacheOptions& options, kube::Client* client,
               std::function<void(const std::string&)> enqueue, kube::OperatorLog* log,
               kube::OutageLog* outages)
    : enqueue_(std::move(enqueue)), outages_(outages) {
  if (options.namespaces.empty()) AddNamespace("", client, log);
  for (const std::string& name : options.namespaces) AddNamespace(name, client, log);
  if (!options.nodes) return;
  nodes_ = std::make_unique<kube::Store>(std::vector<kube::Index>(), TrimNode);
  node_source_ =
      std::make_unique<kube::ClientListWatcher>(client, kNodes, std::string(), kube::Selector{});
  node_reflector_ = std::make_unique<kube::Reflector>(
      ReflectorNamed("nodes"), node_source_.get(), nodes_.get(),
      [this](const kube::Change& change) {
        if (change.before && change.after &&
            NodeEssence(*change.before) == NodeEssence(*change.after)) {
          return;
        }
        EnqueueAll();
      },
      log);
  all_.push_back(node_reflector_.get());
}

Caches::~Caches() { Stop(); }

void Caches::AddNamespace(const std::string& name, kube::Client* client, kube::OperatorLog* log) {
  namespaces_.push_back(std::make_unique<Namespace>());
  Namespace& place = *namespaces_.back();
  place.name = name;
  const auto add = [&](const kube::ResourceType& type, kube::Selector selector, kube::Store* store,
                       kube::ChangeHandler handler) {
    place.sources.push_back(
        std::make_unique<kube::ClientListWatcher>(client, type, name, std::move(selector)));
    place.reflectors.push_back(std::make_unique<kube::Reflector>(
        ReflectorNamed(name.empty() ? type.plural : name + "/" + type.plural),
        place.sources.back().get(), store, std::move(handler), log));
    all_.push_back(place.reflectors.back().get());
  };
  add(kExperiments, {}, &place.experiments,
      [this](const kube::Change& change) { enqueue_(change.key); });
  add(kPods, {std::string(kPodSelector), {}}, &place.pods, [this](const kube::Change& change) {
    const std::string key = ExperimentOf(change.after ? *change.after : *change.before);
    if (!key.empty()) enqueue_(key);
  });
  // A claim may be anybody's: those who wait for one are few, and looking is cheap.
  add(kClaims, {}, &place.claims, [this, &place](const kube::Change& change) {
    const std::string changed = kube::SplitKey(change.key).name_space;
    for (const kube::ObjectPtr& experiment : place.experiments.Snapshot()) {
      const std::string key = kube::KeyOf(*experiment);
      if (kube::SplitKey(key).name_space == changed) enqueue_(key);
    }
  });
}

kube::ReflectorOptions Caches::ReflectorNamed(std::string name) {
  kube::ReflectorOptions options;
  options.name = std::move(name);
  options.outages = outages_;
  options.on_permission = [this] { EnqueueAll(); };
  return options;
}

void Caches::EnqueueAll() {
  for (const auto& place : namespaces_) {
    for (const kube::ObjectPtr& experiment : place->experiments.Snapshot()) {
      enqueue_(kube::KeyOf(*experiment));
    }
  }
}

void Caches::Start() {
  for (const auto& place : namespaces_) {
    for (const auto& reflector : place->reflectors) reflector->Start();
  }
  if (node_reflector_) node_reflector_->Start();
}

void Caches::Stop() {
  for (const auto& place : namespaces_) {
    for (const auto& reflector : place->reflectors) reflector->Stop();
  }
  if (node_reflector_) node_reflector_->Stop();
}

bool Caches::HasSynced() const {
  return std::all_of(all_.begin(), all_.end(), [](const auto* each) { return each->HasSynced(); });
}

bool Caches::HasSettled() const {
  return std::all_of(all_.begin(), all_.end(),
                     [](const auto* each) { return each->HasSynced() || RefusalOf(*each); });
}

std::string Caches::Missing() const {
  std::string missing;
  for (const kube::Reflector* reflector : all_) {
    if (reflector->HasSynced()) continue;
    if (!missing.empty()) missing += ", ";
    missing += reflector->name();
    if (const auto trouble = reflector->trouble()) missing += " (" + kube::Describe(*trouble) + ")";
  }
  return missing;
}

std::string Caches::Refusal(std::string_view name_space) const {
  for (const auto& place : namespaces_) {
    if (!name_space.empty() && place.get() != Of(name_space)) continue;
    for (const auto& reflector : place->reflectors) {
      if (auto refusal = RefusalOf(*reflector)) return *std::move(refusal);
    }
  }
  if (!node_reflector_) return {};
  return RefusalOf(*node_reflector_).value_or("");
}

const Caches::Namespace* Caches::Of(std::string_view name_space) const {
  for (const auto& place : namespaces_) {
    if (place->name.empty() || place->name == name_space) return place.get();
  }
  return nullptr;
}

kube::ObjectPtr Caches::Experiment(std::string_view key) const {
  const Namespace* place = Of(kube::SplitKey(key).name_space);
  return place == nullptr ? nullptr : place->experiments.Get(key);
}

std::vector<kube::ObjectPtr> Caches::Experiments() const {
  std::vector<kube::ObjectPtr> all;
  for (const auto& place : namespaces_) {
    for (kube::ObjectPtr& experiment : place->experiments.Snapshot()) {
      all.push_back(std::move(experiment));
    }
  }
  return all;
}

std::vector<kube::ObjectPtr> Caches::Pods(std::string_view name_space,
                                          std::string_view experiment) const {
  const Namespace* place = Of(name_space);
  if (place == nullptr) return {};
  return place->pods.Find(kByExperiment, plan::cluster::ExperimentLabel(experiment));
}

kube::ObjectPtr Caches::Claim(std::string_view name_space, std::string_view name) const {
  const Namespace* place = Of(name_space);
  return place == nullptr ? nullptr : place->claims.Get(kube::MakeKey(name_space, name));
}

std::optional<std::vector<kube::ObjectPtr>> Caches::Nodes() const {
  if (!nodes_) return std::nullopt;
  return nodes_->Snapshot();
}

}  // namespace clockwork::reconcile
