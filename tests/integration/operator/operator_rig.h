#pragma once

// What a test of clockwork-operator needs around it: an API server stand-in with three labelled
// nodes, a double of scheduler and kubelets, and the program itself as a process.
//
//   OperatorRig rig;
//   auto op = rig.StartOperator();
//   rig.Apply(SmallExperiment("x"));
//   ASSERT_TRUE(rig.WaitForPhase("x", "Complete")) << rig.Describe("x");
//
// The peak goodput that the double's collectors report is GoodputOf(N, trial). Use from one thread.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/fake_api/fake_api_server.h"
#include "tests/support/measured_experiment.h"
#include "tests/support/pod_double/fake_pod_api.h"
#include "tests/support/pod_double/pod_double.h"
#include "tests/support/process.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::testing {

inline constexpr const char* kRigNamespace = kMeasuredNamespace;

class OperatorRig {
 public:
  explicit OperatorRig(FakeApiOptions options = DefaultOptions());
  ~OperatorRig();
  OperatorRig(const OperatorRig&) = delete;
  OperatorRig& operator=(const OperatorRig&) = delete;

  static FakeApiOptions DefaultOptions();  // with garbage collection

  FakeApiServer& server() { return server_; }
  PodDouble& pods() { return pods_; }

  // Started, not awaited.
  std::unique_ptr<Process> LaunchOperator(const std::vector<std::string>& options = {});
  // Started and ready; null (and a failed expectation) when it does not become so.
  std::unique_ptr<Process> StartOperator(const std::vector<std::string>& options = {});

  void Apply(const nlohmann::json& experiment);
  // The object as stored; an empty object when there is none.
  nlohmann::json Experiment(const std::string& name) const;
  nlohmann::json StatusOf(const std::string& name) const;
  std::string PhaseOf(const std::string& name) const;
  bool WaitForPhase(const std::string& name, const std::string& phase,
                    std::chrono::milliseconds patience = kPatience);
  bool WaitForNoPods();
  // Waits for a condition or an active trial with this reason.
  bool WaitForReason(const std::string& name, const std::string& reason,
                     std::chrono::milliseconds patience = kPatience);
  // Status and pods, for the message of a failed expectation.
  std::string Describe(const std::string& name) const;

 private:
  TemporaryDirectory directory_;
  FakeApiServer server_;
  FakePodApi pod_api_;
  PodDouble pods_;
  int operators_ = 0;
};

}  // namespace clockwork::testing
