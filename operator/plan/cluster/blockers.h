#pragma once

// Why a trial cannot go on, in one word and one sentence with the remedy. Pure. A blocker is
// reported at once. A fatal one ends the attempt, one that waits for others (IsOthers) never does,
// and the rest do at the start-up deadline.

#include <optional>
#include <string>
#include <string_view>

#include "operator/plan/cluster/world.h"

namespace clockwork::plan::cluster {

struct Blocker {
  std::string reason;  // reasons.h
  std::string message;
  bool fatal = false;  // waiting does not help: the attempt ends
};

// Whether only somebody else can remove what has this reason (a label, a quota, room on a node, a
// claim): however long it takes, it says nothing about the attempt.
bool IsOthers(std::string_view reason);

// Whether pods of the last trial, while they wind up, may be the cause: then it is no news yet.
bool IsCrowding(std::string_view reason);

// A start-up blocker stands in the conditions within this of Kubernetes knowing it. What a pod, a
// claim, a node or an answer says is named by the first decision that sees it, and
// reconcile/notice.h adds up all that may pass before that.
inline constexpr Nanos kBlockerNoticeNs = 5 * kSecond;
// A pod that has not been looked at by a scheduler, or set up by its node, for this long is held
// up, though nobody has said why.
inline constexpr Nanos kSetUpNs = 4 * kSecond;

// Why a pod that should become ready is not. Nothing while it starts as usual; then *wake_ns is
// lowered to when that would not be usual any more.
std::optional<Blocker> WhyNotReady(const World& world, const PodView& pod, Nanos* wake_ns);

// Why a pod that should be running is of no use any more: ended, being deleted, or on a node that
// is not ready. Always fatal.
std::optional<Blocker> WhyLost(const World& world, const PodView& pod);

// How much later than a program's end that of one which it depended on may be told, by another
// node.
inline constexpr Nanos kCauseNoticeNs = 10 * kSecond;
// The same once the other one's container is known to have failed, and its pod is awaited.
inline constexpr Nanos kKnownCauseNoticeNs = 60 * kSecond;

// Of a lost pod: until when its loss may be but the consequence of another one's that is still to
// be told; kNever where there is nothing to wait for.
Nanos CauseAwaitedUntilNs(const PodView& pod, const Blocker& lost, bool cause_known, Nanos now_ns);

// A pod that was seen before and is gone.
Blocker Vanished(const std::string& pod_name);

// Require a decoded experiment. The claim's own creation is no blocker.
std::optional<Blocker> WhyNoClaim(const World& world);
std::optional<Blocker> WhyNoNodes(const World& world);

// Requires something hidden.
Blocker WhyHidden(const World& world);

// What the API server said when the object was last to be created.
const Refusal* FindRefusal(const World& world, const std::string& object);
Blocker WhyRefused(const Refusal& refusal);

// Whether an object is to be created now, or after a pause because it was refused; the refusal is
// then the blocker. What an attempt before `attempt_start_ns` was refused for good may have been
// corrected since: each tries for itself.
struct CreateTurn {
  bool now = true;
  std::optional<Blocker> blocker;
  Nanos again_ns = kNever;  // when to look again
};
CreateTurn MayCreate(const World& world, const std::string& object, Nanos attempt_start_ns);

const NodeView* FindNode(const World& world, const std::string& name);

}  // namespace clockwork::plan::cluster
