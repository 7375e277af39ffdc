#pragma once

// What a test of clockwork-operator needs around it on a real API server: manifests/ applied, three
// labelled nodes, a double of scheduler and kubelets, and the program itself as a process.
//
//   operator process → CrashProxy → kubectl proxy (TLS, as the operator's account) → kube-apiserver
//
// so that RBAC is in force for all that the operator asks, and a test sees and breaks each call.
// The peak goodput that the double's collectors report is GoodputOf(N, trial).

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "operator/kube/client.h"
#include "operator/kube/transport.h"
#include "tests/apiserver/installed_server.h"
#include "tests/support/crash_proxy.h"
#include "tests/support/measured_experiment.h"
#include "tests/support/pod_double/http_pod_api.h"
#include "tests/support/process.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::testing {

// Leaves `<experiment>-ID-c1t1a1-…` of a pod's name: the part that differs from run to run.
std::string WithoutUid(const std::string& pod_name);

class OperatorClusterTest : public InstalledServerTest {
 protected:
  void SetUp() override;
  // Nothing that the operator asked was forbidden to it.
  void TearDown() override;

  // As a member of system:masters, straight to the API server.
  kube::Client& admin() { return *admin_; }
  CrashProxy& proxy() { return *proxy_; }
  PodDouble& pods() { return *pods_; }

  // A way to the API server of its own, as the operator's account.
  std::unique_ptr<CrashProxy> MakeProxy() const;
  // A namespace for one experiment, empty and never used before.
  std::string NewNamespace();
  // Started and ready; null (and a failed expectation) when it does not become so.
  std::unique_ptr<Process> StartOperator(const std::vector<std::string>& options = {});
  std::unique_ptr<Process> StartOperator(const CrashProxy& proxy, const std::string& identity,
                                         const std::vector<std::string>& options);

  // Started, not awaited. Its ready file is `*ready_file` (may be null).
  std::unique_ptr<Process> LaunchOperator(const CrashProxy& proxy, const std::string& identity,
                                          const std::vector<std::string>& options,
                                          std::string* ready_file);

  // Fails the test when the server refuses it.
  void Apply(const std::string& name_space, nlohmann::json experiment);
  void Patch(const std::string& name_space, const std::string& name, const nlohmann::json& patch);
  nlohmann::json StatusOf(const std::string& name_space, const std::string& name);
  // Waits until the objects of a kind in the namespace are as `condition` wants; false at the
  // deadline.
  bool Await(const kube::ResourceType& type, const std::string& name_space,
             const std::function<bool(const std::vector<nlohmann::json>&)>& condition,
             std::chrono::milliseconds patience = kPatience);
  bool AwaitPhase(const std::string& name_space, const std::string& name, const std::string& phase,
                  std::chrono::milliseconds patience = kPatience);
  bool AwaitReason(const std::string& name_space, const std::string& name,
                   const std::string& reason);
  bool AwaitNoPods(const std::string& name_space);
  // The names of all objects of a kind in the namespace, WithoutUid.
  std::set<std::string> Names(const kube::ResourceType& type, const std::string& name_space);
  // Status and pods, for the message of a failed expectation.
  std::string Describe(const std::string& name_space, const std::string& name);

 private:
  std::unique_ptr<kube::HttpTransport> transport_;
  std::unique_ptr<kube::Client> admin_;
  std::unique_ptr<CrashProxy> proxy_;
  std::unique_ptr<HttpPodApi> pod_api_;
  std::unique_ptr<PodDouble> pods_;
  TemporaryDirectory directory_;
  int operators_ = 0;
};

// The most writes of an experiment before which the operator is killed, one after the other.
inline constexpr std::size_t kMostWrites = 200;

// All but the times: the members whose names end in "Time", at any depth.
nlohmann::json WithoutTimes(const nlohmann::json& value);

}  // namespace clockwork::testing
