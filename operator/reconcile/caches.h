#pragma once

// What the operator knows of the cluster without asking: experiments, their pods, claims and nodes,
// each kept by a reflector. What is read here decides whether there is something to do; before
// anything is done, the reconciler asks the server itself (reconciler.h).
//
// Every change ends as a key "namespace/name" of an experiment at `enqueue`.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operator/kube/client.h"
#include "operator/kube/metrics.h"
#include "operator/kube/operator_log.h"
#include "operator/kube/reflector.h"
#include "operator/kube/store.h"

namespace clockwork::reconcile {

// The pods of experiments, and no others, are listed and watched.
inline constexpr std::string_view kPodSelector = "app.kubernetes.io/managed-by=clockwork-operator";
inline constexpr std::string_view kExperimentLabel = "clockwork.dev/experiment";

struct CacheOptions {
  std::vector<std::string> namespaces;  // empty: all
  bool nodes = true;
};

class Caches {
 public:
  // Pointers must outlive the caches. `enqueue` is called from several threads.
  Caches(const CacheOptions& options, kube::Client* client,
         std::function<void(const std::string& key)> enqueue, kube::OperatorLog* log,
         kube::OutageLog* outages);
  ~Caches();
  Caches(const Caches&) = delete;
  Caches& operator=(const Caches&) = delete;

  void Start();
  // Each reflector's thread ends; shut the transport down before.
  void Stop();
  bool HasSynced() const;
  // Each kind is listed, or the operator's role does not allow it: more will not come by waiting.
  bool HasSettled() const;
  // The kinds whose first list has not come yet, and why: "pods (403 Forbidden: …), nodes".
  std::string Missing() const;
  // The first list or watch that the operator's role does not allow, in the server's words; empty
  // while all are allowed. Of what concerns experiments of this namespace, or (empty) of all.
  std::string Refusal(std::string_view name_space) const;

  // Null when unknown. Any thread.
  kube::ObjectPtr Experiment(std::string_view key) const;
  std::vector<kube::ObjectPtr> Experiments() const;
  // Pods with the label of this experiment, whoever owns them.
  std::vector<kube::ObjectPtr> Pods(std::string_view name_space, std::string_view experiment) const;
  kube::ObjectPtr Claim(std::string_view name_space, std::string_view name) const;
  // Nothing when nodes are not watched: nothing is known of them then.
  std::optional<std::vector<kube::ObjectPtr>> Nodes() const;

  const std::vector<const kube::Reflector*>& reflectors() const { return all_; }

 private:
  struct Namespace;

  const Namespace* Of(std::string_view name_space) const;
  void AddNamespace(const std::string& name, kube::Client* client, kube::OperatorLog* log);
  kube::ReflectorOptions ReflectorNamed(std::string name);
  void EnqueueAll();

  std::function<void(const std::string&)> enqueue_;
  kube::OutageLog* outages_;
  std::vector<std::unique_ptr<Namespace>> namespaces_;
  std::unique_ptr<kube::Store> nodes_;
  std::unique_ptr<kube::ClientListWatcher> node_source_;
  std::unique_ptr<kube::Reflector> node_reflector_;
  std::vector<const kube::Reflector*> all_;
};

}  // namespace clockwork::reconcile
