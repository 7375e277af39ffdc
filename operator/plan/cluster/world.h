#pragma once

// What was observed of one experiment and its surroundings, as plain values. Pure; whoever gathers
// fills it in, Decide (decide.h) reads it.
//
// What a world must promise: within a process, each part is never older than in an earlier world of
// that process, and the first one of a process comes from a consistent list (resourceVersion "").
// Parts may lag behind each other and behind the server. Pods are all those with the label
// clockwork.dev/experiment = ExperimentLabel(name) that the experiment's uid owns, in any order.
// Points in time are ns since the Unix epoch; kubernetes' own have a resolution of a second.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "images/common/base/time.h"
#include "operator/api/scalability_experiment.h"
#include "operator/plan/cluster/status.h"

namespace clockwork::plan::cluster {

// All but the last are the pods of a trial's attempt.
enum class Role { kWorker, kController, kClient, kCollector, kFigures };
inline constexpr Role kTrialRoles[] = {Role::kWorker, Role::kController, Role::kClient,
                                       Role::kCollector};

enum class PodPhase { kPending, kRunning, kSucceeded, kFailed, kUnknown };

// A pod of the experiment. The labels (names.h) say which one it is.
struct PodView {
  std::string name;
  std::string uid;
  Role role = Role::kWorker;
  std::int64_t config = 0;  // with `trial` 0 for kFigures
  std::int64_t trial = 0;
  std::int64_t attempt = 0;
  std::int64_t ordinal = 0;  // of a worker, from 0
  std::string node;          // empty: not scheduled
  PodPhase phase = PodPhase::kPending;
  bool ready = false;  // condition Ready; with a startup probe only, true since the first success
  std::string ip;      // the first of IPv4 in status.podIPs, else status.podIP
  Nanos created_ns = 0;
  // metadata.deletionTimestamp: when its grace ends. Absent: it is not being deleted.
  std::optional<Nanos> deletion_ns;
  std::string reason;   // status.reason, e.g. "Evicted", "DeadlineExceeded"
  std::string message;  // status.message
  // Of its container (of several, the first that has not ended well); empty or absent where it is
  // in another state.
  std::string waiting_reason;
  std::string waiting_message;
  std::optional<std::int64_t> exit_code;  // state terminated
  Nanos finished_ns = 0;                  // when it ended, by its node's clock; 0: unknown
  std::string terminated_reason;          // e.g. "OOMKilled"
  std::string terminated_message;         // the termination message (4,096 bytes at most)
  // Condition PodScheduled = False: its reason (Unschedulable, SchedulingGated, ...) and message;
  // else empty.
  std::string unscheduled_reason;
  std::string unscheduled_message;
  Nanos scheduled_ns = 0;  // since when PodScheduled is True; 0: unknown
  // Condition PodReadyToStartContainers: volumes are mounted and the network is there.
  std::optional<bool> sandbox_ready;

  bool deleting() const { return deletion_ns.has_value(); }
  bool terminal() const { return phase == PodPhase::kSucceeded || phase == PodPhase::kFailed; }
  // Its container has ended well, which the kubelet tells a second before the phase. Of one that
  // failed the phase is awaited: with it comes the reason.
  bool succeeded() const {
    return phase == PodPhase::kSucceeded || (phase != PodPhase::kFailed && exit_code == 0);
  }
  bool ended() const { return terminal() || succeeded(); }
};

// The claim that ClaimName(experiment) names.
struct ClaimView {
  bool exists = false;
  std::string phase;    // Pending, Bound, Lost
  std::string message;  // of its latest condition or event, when known
  bool deleting = false;
  bool owned = false;  // by the experiment
};

struct NodeView {
  std::string name;
  api::TextMap labels;
  bool ready = false;          // condition Ready = True
  bool unschedulable = false;  // cordoned
};

// What a create was answered with, kept in memory by whoever applies: the newest per object, until
// the object exists or kRefusalMemoryNs have passed. A hint for people and a brake; nothing is lost
// when it vanishes at a restart.
inline constexpr Nanos kRefusalMemoryNs = 300 * kSecond;
// The pause before it is tried again.
inline constexpr Nanos kRefusalRetryNs = 10 * kSecond;
struct Refusal {
  enum class Kind {
    kQuota,      // 403 whose message says "exceeded quota"
    kAdmission,  // 403 by a policy (pod security, LimitRange, a webhook)
    kForbidden,  // 403 by RBAC: "cannot create resource"
    kInvalid,    // 400, 422
    kConflict,   // AlreadyExists, but the experiment does not own the object
  };
  Kind kind = Kind::kInvalid;
  std::string object;   // its name
  std::string message;  // the server's words
  Nanos time_ns = 0;
};

struct ExperimentView {
  // The decoded experiment; absent when its spec is refused, then `spec_error` says why.
  std::optional<api::ScalabilityExperiment> experiment;
  std::string spec_error;
  std::string name;
  std::string name_space;
  std::string uid;
  std::int64_t generation = 0;
  Nanos created_ns = 0;
  bool deleting = false;
  ExperimentStatus status;  // DecodeStatus of what the object holds; empty when there is none
};

// Where the programs come from when the experiment names no image, and what all pods share.
struct OperatorDefaults {
  std::string registry = "ghcr.io/clockwork-scalability-operator";  // without a slash at the end
  std::string tag = "latest";
  std::string operator_name = "clockwork-operator";  // app.kubernetes.io/managed-by
};

struct World {
  Nanos now_ns = 0;
  ExperimentView experiment;
  std::vector<PodView> pods;
  // Pods of another experiment of the same name, one that was deleted, which have not ended yet.
  std::vector<std::string> strangers;
  ClaimView claim;
  // False where the operator may not list nodes: then nothing is said about them.
  bool nodes_known = true;
  std::vector<NodeView> nodes;
  std::vector<Refusal> refusals;
  // What the operator's role does not let it get, list or watch, in the server's words; empty:
  // nothing. What else this world holds may then be old or missing, and nothing is done about it.
  std::string hidden;
  OperatorDefaults defaults;
};

}  // namespace clockwork::plan::cluster
