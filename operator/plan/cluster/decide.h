#pragma once

// The reconcile decision: from what was observed to the next status and the steps to take. Pure and
// level-triggered: the same world gives the same decision, and nothing is remembered between calls.
//
// RULES for whoever applies a decision:
//  1. When `write_status` is set, the status is written first, by a PUT of the status subresource
//     with the resourceVersion of the experiment that the world holds. That is so for every
//     decision that has steps, even when the status does not change (a PUT without a change costs
//     the server little): it proves that the decision was not made from an old status.
//  2. When that write fails, for whatever reason, nothing else is done; decide again.
//  3. Then the events are recorded and the steps are taken in order. The first that fails ends it
//     (its error may become a Refusal); decide again. A crash after any single write loses nothing.
//  4. Creating what exists is a success when the experiment's uid owns it, else a
//     Refusal::kConflict. Deleting what does not exist is a success. DeletePod with a uid deletes
//     only that pod (precondition).
//  5. Decide again when anything of the world changes, and at `wake_ns` at the latest (kNever: only
//     on changes).

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "operator/plan/cluster/pod_spec.h"
#include "operator/plan/cluster/status.h"
#include "operator/plan/cluster/world.h"

namespace clockwork::plan::cluster {

struct CreateClaim {
  ClaimSpec claim;
};
struct CreatePod {
  PodSpec pod;
};
struct DeletePod {
  std::string name;
  std::string uid;                 // empty: whatever has the name
  std::int64_t grace_seconds = 0;  // 0: at once, without waiting for the kubelet
};
// The time to live is over; with the uid as precondition and propagation Background.
struct DeleteExperiment {
  std::string uid;
};
using Step = std::variant<CreateClaim, CreatePod, DeletePod, DeleteExperiment>;

struct Event {
  bool warning = false;  // type Warning, else Normal
  std::string reason;    // reasons.h
  std::string note;
};

struct Decision {
  ExperimentStatus status;
  bool write_status = false;
  std::vector<Step> steps;
  std::vector<Event> events;  // only when the status changed
  Nanos wake_ns = kNever;
};

// A pod that is still there this long after its grace, on a node that is not ready, is forced out.
inline constexpr Nanos kForceDeleteNs = 30 * kSecond;

Decision Decide(const World& world);

}  // namespace clockwork::plan::cluster
