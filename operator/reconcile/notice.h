#pragma once

// What may pass between the moment at which Kubernetes can tell of something (a pod's status, a
// node's labels, an answer) and the status that says so, by this process's own waits. There are no
// others: a change goes from the watch into the queue, from there to a worker, and a worker reads,
// decides and writes without a pause. Not counted is the time that the API server, the network and
// experiments that are served before take.

#include "images/common/base/time.h"
#include "operator/kube/reflector_state.h"
#include "operator/plan/cluster/blockers.h"
#include "operator/reconcile/options.h"

namespace clockwork::reconcile {

// Before the next try of a write that met somebody else's.
inline constexpr Nanos kConflictPauseNs = 20 * kMillisecond;
// The experiment, its pods, the status.
inline constexpr Nanos kRequestsOfANotice = 3;

// With these options: the threads that may each have a request before one's own are the workers,
// Options' reflectors of all namespaces (four) and the writers of Events and of the lease.
constexpr Nanos RequestNoticeNs(const Options& options) {
  const Nanos threads = options.workers + 4 + 2;
  return kRequestsOfANotice * threads * kSecond / options.requests_per_second;
}

// What a watch tells: it may just have ended, and then is not opened again before kMinWatchNs.
constexpr Nanos WatchNoticeNs(const Options& options) {
  return kube::kMinWatchNs + kConflictPauseNs + RequestNoticeNs(options);
}

// What nobody tells: a pod that is not looked at, or not set up.
constexpr Nanos SetUpNoticeNs(const Options& options) {
  return plan::cluster::kSetUpNs + kConflictPauseNs + RequestNoticeNs(options);
}

}  // namespace clockwork::reconcile
