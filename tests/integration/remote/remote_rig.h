#pragma once

// What a test of fetch and watch needs: an API server stand-in with one experiment, the tree that
// its claim would hold, and a kubectl that streams it, or does what a test says instead.

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/fake_api/fake_api_server.h"
#include "tests/support/process.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::testing {

inline constexpr const char* kLab = "lab";  // the namespace
inline constexpr const char* kName = "x";   // of the experiment: N = 1, 2, one trial each

// The status after `measured` of the two trials, goodput 1000 N.
nlohmann::json StatusAfter(int measured);
// And when it is over.
nlohmann::json FinalStatus(const std::string& phase);

class RemoteRig {
 public:
  RemoteRig();

  FakeApiServer& server() { return server_; }
  const TemporaryDirectory& directory() const { return directory_; }
  std::string Output() const { return directory_ / "out"; }

  // The experiment with this status, as the operator would write it.
  void SetStatus(const nlohmann::json& status);
  // A file of the claim's tree, below the experiment's directory.
  void WriteTree(const std::string& name, const std::string& text);
  // What the script kubectl does; without a call, it streams the tree.
  void SetKubectl(const std::string& shell_lines);
  // What it was called with, one argument a line.
  std::string KubectlArguments() const;

  // clockwork-experiment with the cluster's options and `arguments`.
  std::unique_ptr<Process> Start(std::vector<std::string> arguments);
  std::unique_ptr<Process> StartFetch(std::vector<std::string> arguments = {});
  // Waits for the reader pod and lets it run; its object.
  nlohmann::json RunReader();
  std::size_t Pods() const { return server_.List("pods", kLab).size(); }

 private:
  TemporaryDirectory directory_;
  FakeApiServer server_;
};

}  // namespace clockwork::testing
