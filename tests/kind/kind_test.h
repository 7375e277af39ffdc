#pragma once

// What a test on real pods needs: the cluster, the operator as Helm installs it, and a
// namespace of its own that enforces the pod security standard "restricted". The test deletes the
// namespace at its end and does not wait until it is gone; when the test has failed, its objects
// and the operator's log are printed before.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/kind/kind_cluster.h"
#include "tests/kind/release.h"

namespace clockwork::testing {

// One load that takes seconds, and no pauses between attempts. Whether the machine was quiet does
// not matter: no trial is invalid because its client lagged.
nlohmann::json TinyExperiment(const std::string& name, std::vector<std::int64_t> workers = {1},
                              std::int64_t trials = 1);
// The same with a load of `seconds`, so that something can happen to it.
nlohmann::json LongerExperiment(const std::string& name, std::int64_t seconds = 12);

class KindTest : public ::testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // Called by SetUp; by default EnsureRelease.
  virtual void InstallOperator();

  static const KindCluster& cluster();
  const std::string& name_space() const { return name_space_; }

  // kubectl in the test's namespace.
  CommandResult Kubectl(std::vector<std::string> arguments) const;
  // Fails the test when it is refused.
  void Apply(const nlohmann::json& object) const;
  void Patch(const std::string& experiment, const nlohmann::json& spec) const;

  nlohmann::json Get(const std::string& resource, const std::string& name) const;
  nlohmann::json StatusOf(const std::string& experiment) const;
  // The names of all objects of a kind in the namespace.
  std::vector<std::string> Names(const std::string& resource) const;
  std::vector<std::string> EventReasons(const std::string& experiment) const;

  // How many attempts have failed, but for those that were measured and are not valid: the client
  // of a busy machine may give up on some answers, and then the operator repeats the trial.
  std::int64_t LostAttempts(const std::string& experiment) const;

  // Waits for the phase; false when the experiment ends otherwise, or at the deadline.
  bool AwaitPhase(const std::string& experiment, const std::string& phase,
                  std::chrono::milliseconds patience = kClusterPatience) const;
  // Until an attempt is at that step, such as Measuring.
  bool AwaitStep(const std::string& experiment, const std::string& step) const;
  // Until a condition or an attempt has that reason.
  bool AwaitReason(const std::string& experiment, const std::string& reason) const;
  bool AwaitNoPods() const;

  // The selector of the experiment's pods of that role (worker, controller, client, collector).
  static std::string PodsOf(const std::string& experiment, const std::string& role);
  // Deletes them as soon as there is one, without the time to end in order that pods usually have.
  bool KillPods(const std::string& experiment, const std::string& role) const;

 private:
  std::string Describe() const;

  std::string name_space_;
};

}  // namespace clockwork::testing
