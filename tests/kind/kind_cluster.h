#pragma once

// The kind cluster of tests/kind/up, seen by its admin: kubectl, helm and docker as processes. What
// they print is their contract; every call has a deadline. Use from one thread.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/process.h"

namespace clockwork::testing {

// How long something in the cluster may take; only a broken run comes near.
inline constexpr std::chrono::milliseconds kClusterPatience{240'000};

struct CommandResult {
  bool ok = false;
  std::string out;
  std::string err;
};

class KindCluster {
 public:
  // Finds the programs and the cluster's kubeconfig; error() says what is missing.
  KindCluster();

  const std::string& error() const { return error_; }
  const std::string& kubeconfig() const { return kubeconfig_; }

  CommandResult Kubectl(const std::vector<std::string>& arguments) const;
  // As `kubectl VERB -f -` with the text; more arguments may follow the verb.
  CommandResult KubectlWith(std::vector<std::string> arguments, const std::string& text) const;
  CommandResult Helm(const std::vector<std::string>& arguments) const;
  CommandResult Docker(const std::vector<std::string>& arguments) const;
  // What starts `kubectl scx ARGUMENTS`: the plug-in of this build.
  ProcessOptions Plugin(const std::vector<std::string>& arguments) const;

  // What starts `kubectl get ARGUMENTS --watch`. They must select a list, if need be of one object
  // (One): of a named object kubectl does not print what changes between its get and its watch.
  ProcessOptions Watch(const std::vector<std::string>& arguments) const;
  static std::string One(const std::string& name) {
    return "--field-selector=metadata.name=" + name;
  }
  // Waits until `kubectl get ARGUMENTS --watch` has printed `text`. A watch that ends is begun
  // anew. False at the deadline.
  bool Await(const std::vector<std::string>& arguments, std::string_view text,
             std::chrono::milliseconds patience = kClusterPatience) const;
  // Waits until `kubectl logs ARGUMENTS --follow` has printed `text`; begun anew as above.
  bool AwaitLog(const std::vector<std::string>& arguments, std::string_view text) const;
  // `kubectl wait ARGUMENTS`: true once the condition holds.
  bool Wait(std::vector<std::string> arguments) const;

  // The node of that clockwork.dev/role; empty when there is none.
  std::string NodeOf(const std::string& role) const;
  // Runs bash -c in the node, which is a container.
  CommandResult OnNode(const std::string& node, const std::string& script) const;

 private:
  CommandResult Run(const std::vector<std::string>& command, const std::string& input = {}) const;
  ProcessOptions KubectlOptions(const char* verb, const std::vector<std::string>& arguments,
                                const char* flag) const;

  std::string programs_;
  std::string kubeconfig_;
  std::string error_;
};

}  // namespace clockwork::testing
