#include "tests/integration/operator/operator_rig.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "images/common/base/file.h"
#include "tests/support/paths.h"

namespace clockwork::testing {

FakeApiOptions OperatorRig::DefaultOptions() {
  FakeApiOptions options;
  options.collect_garbage = true;
  return options;
}

OperatorRig::OperatorRig(FakeApiOptions options)
    : server_(std::move(options)), pod_api_(&server_), pods_(&pod_api_) {
  for (const char* role : {"worker", "controller", "client"}) server_.Put(RoleNode(role));
  Measure(&pods_, [this](const std::string& name_space, const std::string& name) {
    return server_.Get("scalabilityexperiments", name_space, name);
  });
  pods_.Start();
}

OperatorRig::~OperatorRig() { pods_.Stop(); }

std::unique_ptr<Process> OperatorRig::LaunchOperator(const std::vector<std::string>& options) {
  const std::string id = std::to_string(++operators_);
  const std::string kubeconfig = directory_ / ("kubeconfig-" + id);
  EXPECT_TRUE(WriteFileAtomically(kubeconfig, server_.KubeconfigText()).ok());
  ProcessOptions process;
  process.command = {ProgramPath("clockwork-operator"),
                     "--kubeconfig",
                     kubeconfig,
                     "--probe-host",
                     "127.0.0.1",
                     "--probe-port",
                     "0",
                     "--ready-file",
                     directory_ / ("ready-" + id),
                     "--identity",
                     "replica-" + id,
                     "--requests-per-second",
                     "10000",
                     "--burst",
                     "10000"};
  process.command.insert(process.command.end(), options.begin(), options.end());
  return std::make_unique<Process>(std::move(process));
}

std::unique_ptr<Process> OperatorRig::StartOperator(const std::vector<std::string>& options) {
  auto process = LaunchOperator(options);
  if (process->WaitForFile(directory_ / ("ready-" + std::to_string(operators_)), "\n")) {
    return process;
  }
  ADD_FAILURE() << "the operator did not become ready: " << process->err();
  return nullptr;
}

void OperatorRig::Apply(const nlohmann::json& experiment) { server_.Put(experiment); }

nlohmann::json OperatorRig::Experiment(const std::string& name) const {
  return server_.Get("scalabilityexperiments", kRigNamespace, name)
      .value_or(nlohmann::json::object());
}

nlohmann::json OperatorRig::StatusOf(const std::string& name) const {
  return Experiment(name).value("status", nlohmann::json::object());
}

std::string OperatorRig::PhaseOf(const std::string& name) const {
  return StatusOf(name).value("phase", "");
}

bool OperatorRig::WaitForPhase(const std::string& name, const std::string& phase,
                               std::chrono::milliseconds patience) {
  return server_.WaitUntil([&] { return PhaseOf(name) == phase; }, patience);
}

bool OperatorRig::WaitForNoPods() {
  return server_.WaitUntil([&] { return server_.List("pods").empty(); });
}

bool OperatorRig::WaitForReason(const std::string& name, const std::string& reason,
                                std::chrono::milliseconds patience) {
  const auto has = [&](const nlohmann::json& list) {
    return std::any_of(list.begin(), list.end(), [&](const nlohmann::json& entry) {
      return entry.value("reason", "") == reason;
    });
  };
  return server_.WaitUntil(
      [&] {
        const nlohmann::json status = StatusOf(name);
        const nlohmann::json none = nlohmann::json::array();
        return has(status.value("conditions", none)) || has(status.value("active", none));
      },
      patience);
}

std::string OperatorRig::Describe(const std::string& name) const {
  std::string text = StatusOf(name).dump(1);
  for (const nlohmann::json& pod : server_.List("pods", kRigNamespace)) {
    text += "\n" + pod.at("metadata").at("name").get<std::string>() + " " +
            pod.value("status", nlohmann::json::object()).dump();
  }
  return text;
}

}  // namespace clockwork::testing
