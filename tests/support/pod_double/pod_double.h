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
// Start and Stop, which belong to the owner.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/pod_double/pod_api.h"
#include "tests/support/pod_double/pod_script.h"

namespace clockwork::testing {

class PodDouble {
 public:
  // The api must outlive the double.
  explicit PodDouble(PodApi* api);
  ~PodDouble();  // Stop
  PodDouble(const PodDouble&) = delete;
  PodDouble& operator=(const PodDouble&) = delete;

  // The `nth` pod of this role, counted from the start, meets with this. 0: all that no other
  // script is for.
  void Script(const std::string& role, int nth, PodScript script);
  // What pods of this role write at their end; by default nothing.
  void Message(const std::string& role, PodMessage message);
  // Pods of this role stop before this step, until Release.
  void Hold(const std::string& role, PodStep before);
  void Release(const std::string& role, PodStep before);
  // Whether so many pods have come to a hold so far.
  std::size_t Held(const std::string& role, PodStep before) const;

  // The node turns NotReady (Unknown), its pods unready; they never end, deleted ones stay.
  void KillNode(const std::string& node);
  void ReviveNode(const std::string& node);
  // Ends a running pod now, as `script` says.
  void Break(const std::string& pod_name, const PodScript& script);
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
  struct Pod {
    PodFacts facts;
    PodScript script;
    PodStep reached = PodStep::kBind;  // the step that comes next
    bool ended = false;
    std::string node;
  };

  void Run();
  void TakeList(const PodApi::Snapshot& snapshot);
  void TakeEvent(const PodApi::Event& event);
  void See(const Json& object);
  void Advance(Pod* pod);

  PodApi* const api_;
  mutable std::recursive_mutex mutex_;  // guards all below
  bool stopping_ = false;
  std::map<std::string, Pod> pods_;  // by uid
  std::thread thread_;
};

}  // namespace clockwork::testing
