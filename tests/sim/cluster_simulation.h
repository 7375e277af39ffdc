#pragma once

// An experiment on a simulated cluster: an API server's objects, kubelets, and an operator that
// applies plan::cluster::Decide by its rules. All that can go wrong is drawn from a seed: pods
// vanish, start late and end in any order, nodes die, the clock jumps, creates are refused, the
// right to see pods is taken away for a while, what the operator sees lags behind, and it crashes
// before or after any write.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "operator/plan/cluster/decide.h"

namespace clockwork::testing {

struct ClusterFaults {
  std::int64_t budget = 0;     // disturbances in all
  bool lagging_views = false;  // the operator sees what was some time ago
  bool crashes = false;        // it is killed before and after writes
  bool suspends = false;       // somebody suspends and resumes
};

// The peak goodput that the simulated programs measure.
std::int64_t SimulatedGoodput(std::int64_t workers, std::int64_t trial);

class ClusterSimulation {
 public:
  ClusterSimulation(api::ScalabilityExperiment experiment, ClusterFaults faults,
                    std::uint64_t seed);

  // Until the experiment has ended or `max_ticks` have passed; false then. What broke an invariant
  // is in violations().
  bool Run(int max_ticks);

  const plan::cluster::ExperimentStatus& status() const { return status_; }
  const std::vector<std::string>& violations() const { return violations_; }
  std::size_t pod_count() const { return pods_.size(); }
  std::int64_t crash_count() const { return crashes_; }
  // What happened, for the message of a failed test.
  std::string Story() const;

 private:
  using Pods = std::map<std::string, plan::cluster::PodView>;
  struct CrashNow {};
  struct Refused {};  // the rest of the decision is not carried out

  bool Chance(double probability);
  bool Disturb(double probability);  // uses up the budget
  std::int64_t Draw(std::int64_t min, std::int64_t max);

  void Tick();
  void DisturbCluster();
  void RunKubelet(const std::string& name);
  void RunPod(plan::cluster::PodView* pod);
  void Schedule(plan::cluster::PodView* pod);
  void EndPod(plan::cluster::PodView* pod, bool success, std::string message);
  void RunClient(plan::cluster::PodView* pod);
  void RunCollector(plan::cluster::PodView* pod);
  bool NodeReady(const std::string& node) const;
  std::string AttemptKey(const plan::cluster::PodView& pod) const;

  void RunOperator();
  plan::cluster::World Observe();
  void Apply(const plan::cluster::Decision& decision);
  void ApplyStep(const plan::cluster::Step& step);
  void Write(const std::function<void()>& write);
  void Check();

  api::ScalabilityExperiment experiment_;
  ClusterFaults faults_;
  std::int64_t redrawings_;  // failures of the figures that are left
  std::mt19937_64 random_;
  Nanos now_ns_;
  int tick_ = 0;

  // The server's side.
  plan::cluster::ExperimentStatus status_;
  std::int64_t version_ = 1;
  Pods pods_;
  bool claim_exists_ = false;
  bool deleted_ = false;
  std::map<std::string, plan::cluster::NodeView> nodes_;
  std::map<std::string, int> node_down_until_;
  int hidden_until_ = 0;                 // the tick from which on the operator may list pods again
  std::map<std::string, bool> flushed_;  // by attempt: the controller ended in order
  std::int64_t next_uid_ = 1;

  // The operator's side; forgotten in a crash.
  std::deque<Pods> history_;  // of the pods, newest last
  std::size_t lag_ = 0;
  // The version and the status that the operator saw last; may be an old one.
  std::int64_t seen_version_ = 1;
  plan::cluster::ExperimentStatus seen_status_;
  std::vector<plan::cluster::Refusal> refusals_;
  std::int64_t crashes_ = 0;

  std::map<std::string, std::int64_t> recorded_;  // by trial: valid results that were seen
  std::vector<std::string> violations_;
  std::deque<std::string> story_;
};

}  // namespace clockwork::testing
