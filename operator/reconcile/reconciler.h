#pragma once

// Brings one experiment one step further: gather, decide (operator/plan/cluster), apply.
//
// The caches say whether there is anything to do, at no cost. If there is, the experiment and its
// pods are read from the server, decided upon again and only then acted on: a cache that lags
// behind may cost a read, never a wrong step. The status is written first, against the
// resourceVersion that was read; without that write no step is taken. So whoever dies after any
// single write leaves a state from which the same decisions follow.
//
// Thread-safe for different keys; the work queue hands out a key once at a time.

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "operator/kube/client.h"
#include "operator/kube/event_recorder.h"
#include "operator/kube/operator_log.h"
#include "operator/plan/cluster/decide.h"
#include "operator/reconcile/caches.h"
#include "operator/reconcile/failure_log.h"
#include "operator/reconcile/refusals.h"

namespace clockwork::reconcile {

struct ReconcilerParts {  // all pointers outlive the reconciler
  kube::Client* client = nullptr;
  const Caches* caches = nullptr;
  kube::EventRecorder* events = nullptr;
  kube::OperatorLog* log = nullptr;
  kube::OutageLog* outages = nullptr;
  plan::cluster::OperatorDefaults defaults;
  // The fence of the leader election; `client` asks it again before each write.
  std::function<bool()> may_write;
  std::function<Nanos()> now;  // Unix time, as those have it that wrote what is read: it may jump
  Nanos look_again_ns = 0;     // Options::look_again_ms
};

// What to do with the key next.
struct ReconcileEnd {
  enum class Kind {
    kDone,      // nothing to do before `wake_ns`, unless something changes
    kAgain,     // look again at once
    kConflict,  // somebody else wrote: again soon, no error
    kFailed,    // again after a growing pause
    kFenced,    // this replica may not write now
  };
  Kind kind = Kind::kDone;
  Nanos wake_ns = kNever;  // kDone: Unix time of the next look
};

class Reconciler {
 public:
  explicit Reconciler(ReconcilerParts parts);

  ReconcileEnd Reconcile(const std::string& key);

 private:
  // Empty: the server took the step. Else how the reconciliation ends.
  using StepEnd = std::optional<ReconcileEnd>;
  // The experiment that a decision is about, as it was read.
  struct Subject {
    std::string key;
    std::string name_space;
    std::string uid;
    kube::Json object;
  };

  // The pods with the experiment's label: its own, and those of one that had its name before.
  struct Pods {
    std::vector<plan::cluster::PodView> own;
    std::vector<std::string> strangers;  // that have not ended
    void Add(const kube::Json& object, std::string_view uid);
  };

  // `hidden` as in the world; read from the caches before anything else is read from them.
  plan::cluster::World Gather(const kube::Json& experiment, Pods pods, std::string hidden) const;
  ReconcileEnd ReadAndAct(const std::string& key, const kube::Json& cached);
  kube::Outcome<Pods> ReadPods(const Subject& subject);
  // `doing` is refused to the operator's role: the status says so, as far as that is allowed.
  ReconcileEnd NameRefusal(Subject subject, const std::string& doing, const kube::ApiError& error);
  ReconcileEnd Act(Subject* subject, const plan::cluster::Decision& decision);
  StepEnd WriteStatus(Subject* subject, const plan::cluster::Decision& decision);
  void Tell(const Subject& subject, const std::vector<plan::cluster::Event>& events);

  StepEnd Take(const Subject& subject, const plan::cluster::CreateClaim& step);
  StepEnd Take(const Subject& subject, const plan::cluster::CreatePod& step);
  StepEnd Take(const Subject& subject, const plan::cluster::DeletePod& step);
  StepEnd Take(const Subject& subject, const plan::cluster::DeleteExperiment& step);
  StepEnd CreateOwned(const Subject& subject, const kube::ResourceType& type,
                      const kube::Json& object);
  StepEnd Refused(const Subject& subject, const std::string& object, const std::string& doing,
                  const kube::ApiError& error);
  // `news` (may be null) becomes whether it was told for the first time.
  ReconcileEnd Failed(const std::string& key, const std::string& doing, const kube::ApiError& error,
                      bool* news = nullptr);

  // When to read an experiment that is under way, or about which something was just done, from the
  // server whatever the caches say; kNever for all others.
  Nanos NextLookNs(const std::string& key, const plan::cluster::Decision& decision);
  // It was read just now. Returns when to look again: kNever unless it waits for something.
  Nanos Looked(const std::string& key, bool waits);

  ReconcilerParts parts_;
  Refusals refusals_;
  FailureLog failures_;
  std::mutex looks_mutex_;              // guards looks_
  std::map<std::string, Nanos> looks_;  // when those were last read, by key
};

}  // namespace clockwork::reconcile
