#pragma once

// Scheduler and kubelets in one: drives the status of pods that carry the role label, so that an
// operator can be tested where no pod really runs. The same double serves the FakeApiServer and a
// real kube-apiserver (pod_api.h).
//
// A pod is bound to the first node whose labels fit its nodeSelector (or gets the condition
// PodScheduled=False, reason Unschedulable, until one does), runs with an address, is started and
// ready. Workers and controllers run until they are deleted, then end with code 0 and vanish;
// clients and collectors end by themselves with code 0 and a termination message. Scripts say
// otherwise.
//
// Nothing here waits for time to pass: each step follows as soon as the event before it has
// arrived, unless the test holds it.
//
// Thread rule: one thread of its own between Start and Stop; every method from any thread, but for
// Start and Stop, which belong to the owner. Scripts and messages are called with the double's lock
// held: they must not call it. Hooks of a FakeApiServer must not call a double that reaches the
// server by HTTP.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "images/common/base/time.h"
#include "tests/support/pod_double/pod_api.h"
#include "tests/support/pod_double/pod_script.h"
#include "tests/support/process.h"

namespace clockwork::testing {

class PodDouble {
 public:
  // The api must outlive the double. `now_ns` answers Unix time; empty: the system's clock.
  explicit PodDouble(PodApi* api, std::function<Nanos()> now_ns = {});
  ~PodDouble();  // Stop
  PodDouble(const PodDouble&) = delete;
  PodDouble& operator=(const PodDouble&) = delete;

  // The `nth` pod of this role, counted from the start, meets with this. 0: all that no other
  // script is for.
  void Script(const std::string& role, int nth, PodScript script);
  // Asked first, for every new pod; nothing: as Script says.
  void ScriptBy(std::function<std::optional<PodScript>(const PodFacts&)> choose);
  // What pods of this role write at their end; by default nothing.
  void Message(const std::string& role, PodMessage message);
  // Pods of this role stop before this step, until Release.
  void Hold(const std::string& role, PodStep before);
  void Release(const std::string& role, PodStep before);
  // Blocks until so many pods of the role have come to this hold; false at the deadline.
  bool WaitUntilHeld(const std::string& role, PodStep before, std::size_t count = 1,
                     std::chrono::milliseconds patience = kPatience);

  // The node turns NotReady (Unknown), its pods unready; they never end, deleted ones stay.
  void KillNode(const std::string& node);
  void ReviveNode(const std::string& node);
  // Lets a running pod meet with a fault now; false when none of that name runs.
  bool Break(const std::string& pod_name, const PodScript& script);
  // The bindings of unschedulable pods are tried again (a node came or got a label).
  void Reschedule();

  void Start();
  void Stop();

  // The names of all pods ever seen, in the order of their appearance.
  std::vector<std::string> Seen() const;
  // The most pods of this role that were alive (bound, not ended) at any time.
  std::size_t MostAlive(const std::string& role) const;

 private:
  using Json = nlohmann::json;
  using RoleStep = std::pair<std::string, PodStep>;
  struct Pod {
    PodFacts facts;
    PodScript script;
    PodStep next = PodStep::kBind;
    std::optional<PodStep> held;  // the hold that it is counted at
    bool stuck = false;           // its script lets it go no further
    bool ended = false;
    std::string address;
  };

  void Run();
  void TakeList(const PodApi::Snapshot& snapshot);
  void TakeEvent(const PodApi::Event& event);
  Pod* See(const Json& object);
  PodScript ChooseScript(const PodFacts& facts);
  void AdvanceAll();
  // As far as the pod can go.
  void Advance(Pod* pod);
  // One step; false when the pod stays where it is.
  bool Step(Pod* pod);
  bool IsHeld(Pod* pod, PodStep before);
  bool BindPod(Pod* pod);
  bool RunPod(Pod* pod);
  bool ReadyPod(Pod* pod);
  bool EndPod(Pod* pod);
  bool Meet(Pod* pod, const PodScript& script);
  void FinishPod(Pod* pod, int exit_code, const std::string& reason, const std::string& message);
  // The pod has been deleted: it ends and vanishes.
  void Terminate(Pod* pod);
  void CountAlive();
  std::string Now() const;

  PodApi* const api_;
  const std::function<Nanos()> now_ns_;
  mutable std::recursive_mutex mutex_;   // guards all below
  std::condition_variable_any changed_;  // stopping_ or held_
  bool stopping_ = false;
  std::map<std::string, Pod> pods_;  // by uid
  std::map<std::pair<std::string, int>, PodScript> scripts_;
  std::function<std::optional<PodScript>(const PodFacts&)> choose_;
  std::map<std::string, PodMessage> messages_;
  std::map<std::string, int> count_;  // pods seen, by role
  std::set<RoleStep> holds_;
  std::map<RoleStep, std::size_t> held_;
  std::set<std::string> dead_nodes_;
  std::vector<std::string> seen_;
  std::set<std::string> seen_uids_;
  std::map<std::string, std::size_t> most_alive_;
  std::thread thread_;
};

}  // namespace clockwork::testing
