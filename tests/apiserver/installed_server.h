#pragma once

// What the tests of this binary share: one API server onto which manifests/ have been applied, and
// a namespace for experiments.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/api_server.h"

namespace clockwork::testing {

inline constexpr const char* kTestNamespace = "experiments";

class InstalledServerTest : public ::testing::Test {
 protected:
  // Fails the test when there is no server or manifests/ could not be applied.
  void SetUp() override;

  // Started by the first test that runs.
  static ApiServer& server();
  // What `kubectl apply -k manifests` said.
  static const KubectlResult& installation();

  // kubectl in the namespace, as the admin.
  static KubectlResult Kubectl(std::vector<std::string> arguments);
  // Creates an experiment; `spec` is YAML in flow style. Fails the test when it is refused.
  static void CreateExperiment(const std::string& name, const std::string& spec);
  static KubectlResult PatchSpec(const std::string& name, const nlohmann::json& spec);
  static KubectlResult PatchStatus(const std::string& name, const nlohmann::json& status);
  // As the server answers it, byte for byte; empty (and a failure of the test) when it does not.
  static std::string RawExperiment(const std::string& name);
};

}  // namespace clockwork::testing
