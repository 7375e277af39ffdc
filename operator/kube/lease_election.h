#pragma once

// Leader election over a Lease, on a thread of its own (election_state.h decides).
//
// MayWrite() is the rule against two leaders: ask it before each write. It turns false by itself at
// the fence, also while the election's thread hangs in a request. A write that is sent just before
// the fence must not outlive the lease: let requests of a leader time out within
// lease - renew deadline (5 s).

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "operator/kube/election_state.h"
#include "operator/kube/operator_log.h"
#include "operator/kube/outage_log.h"

namespace clockwork::kube {

// Counts time that passes while the machine sleeps: a fence must not sleep with it.
Nanos BootTimeNs();

struct ElectionEvents {
  // On the election's thread. `on_lost` returns only when the work has stopped, nothing of which
  // may go on in a later term, or the process ends; afterwards this candidate stands again.
  std::function<void()> on_acquired;
  std::function<void()> on_lost;
};

class LeaseElection {
 public:
  // Pointers must outlive the election. `outages` is shared with whoever else asks that server;
  // null: `log` is told. `now` empty: BootTimeNs; `random` empty: SystemRandom().
  LeaseElection(ElectionOptions options, LeaseStore* store, ElectionEvents events, OperatorLog* log,
                OutageLog* outages = nullptr, RandomFraction random = {},
                std::function<Nanos()> now = {});
  ~LeaseElection();  // Stop()
  LeaseElection(const LeaseElection&) = delete;
  LeaseElection& operator=(const LeaseElection&) = delete;

  void Start();
  // Ends the thread and, when leading, releases the lease (one request). Call after the work has
  // stopped. `on_lost` is not called.
  void Stop();

  // Whether a write may be sent now. Any thread; never blocks.
  bool MayWrite() const;
  // False when this process believes to lead but has not renewed for the lease and 20 s more: the
  // thread is stuck. For /healthz.
  bool Healthy() const;
  std::string Holder() const;
  // Why the server does not let this candidate use the lease; empty while it does. Any thread.
  std::string Refusal() const;

 private:
  void Run();
  void Try(const ElectionStep& step);
  void NoteRefusal(const ElectionStep& step, const Outcome<LeaseRecord>& answer);
  void TellTrouble(const ElectionStep& step, const Outcome<LeaseRecord>& answer);
  void Announce(ElectionChange change);
  void ReleaseLease();
  bool WaitUntil(Nanos not_before_ns);

  ElectionOptions options_;
  LeaseStore* store_;
  ElectionEvents events_;
  OperatorLog* log_;
  OutageLog* outages_;
  std::function<Nanos()> now_;
  ElectionState state_;   // of the thread alone; of Stop() once it has ended
  bool failing_ = false;  // of the thread alone: `log_` was told of trouble that is not over

  std::atomic<Nanos> fence_ns_{0};
  mutable std::mutex mutex_;  // guards the four below
  std::condition_variable changed_;
  bool stopping_ = false;
  std::string holder_;
  std::string refusal_;
  std::thread thread_;
};

}  // namespace clockwork::kube
