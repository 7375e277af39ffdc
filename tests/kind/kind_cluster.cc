#include "tests/kind/kind_cluster.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "images/common/base/environment.h"
#include "images/common/base/file.h"
#include "tests/support/paths.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::testing {
namespace {

constexpr std::chrono::milliseconds kBuildPatience{1'800'000};

void Append(const std::vector<std::string>& from, std::vector<std::string>* to) {
  to->insert(to->end(), from.begin(), from.end());
}

bool AwaitOutput(const ProcessOptions& options, std::string_view text,
                 std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    Process process(options);
    if (process.WaitForOutput(text, left)) return true;
  }
}

}  // namespace

KindCluster::KindCluster() {
  const auto status =
      RunCommand({.command = {SourcePath("tests/cluster/build.sh"), "kind", "kubectl", "helm"}},
                 &programs_, &error_, kBuildPatience);
  if (status != ExitedWith(0)) return;
  error_.clear();
  while (!programs_.empty() && programs_.back() == '\n') programs_.pop_back();
  const std::string cache = EnvironmentOr("XDG_CACHE_HOME", EnvironmentOr("HOME", "") + "/.cache");
  kubeconfig_ = cache + "/clockwork-tests/kind/kubeconfig";
  if (::access(kubeconfig_.c_str(), R_OK) != 0) {
    error_ = "there is no " + kubeconfig_ + "; start the cluster with tests/kind/up";
  }
}

CommandResult KindCluster::Run(const std::vector<std::string>& command,
                               const std::string& input) const {
  ProcessOptions options{.command = command, .environment = {{"KUBECONFIG", kubeconfig_}}};
  const TemporaryDirectory directory;
  if (!input.empty()) {
    const std::string file = directory / "input";
    if (const auto written = WriteFileInPlace(file, input); !written.ok()) {
      return {false, "", "cannot write " + file};
    }
    Append({"-f", file}, &options.command);
  }
  CommandResult result;
  const auto status = RunCommand(std::move(options), &result.out, &result.err, kClusterPatience);
  result.ok = status == ExitedWith(0);
  return result;
}

CommandResult KindCluster::Kubectl(const std::vector<std::string>& arguments) const {
  return KubectlWith(arguments, "");
}

CommandResult KindCluster::KubectlWith(std::vector<std::string> arguments,
                                       const std::string& text) const {
  std::vector<std::string> command = {programs_ + "/kubectl"};
  Append(arguments, &command);
  return Run(command, text);
}

CommandResult KindCluster::Helm(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command = {programs_ + "/helm"};
  Append(arguments, &command);
  return Run(command);
}

CommandResult KindCluster::Docker(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command = {"docker"};
  Append(arguments, &command);
  return Run(command);
}

ProcessOptions KindCluster::Plugin(const std::vector<std::string>& arguments) const {
  ProcessOptions options{
      .command = {programs_ + "/kubectl", "scx"},
      .environment = {{"KUBECONFIG", kubeconfig_},
                      {"PATH", fmt::format("{}:{}:{}", BuiltPath("bin"), programs_,
                                           EnvironmentOr("PATH", ""))}}};
  Append(arguments, &options.command);
  return options;
}

ProcessOptions KindCluster::KubectlOptions(const char* verb,
                                           const std::vector<std::string>& arguments,
                                           const char* flag) const {
  ProcessOptions options{.command = {programs_ + "/kubectl", verb},
                         .environment = {{"KUBECONFIG", kubeconfig_}}};
  Append(arguments, &options.command);
  options.command.emplace_back(flag);
  return options;
}

ProcessOptions KindCluster::Watch(const std::vector<std::string>& arguments) const {
  return KubectlOptions("get", arguments, "--watch");
}

bool KindCluster::Await(const std::vector<std::string>& arguments, std::string_view text,
                        std::chrono::milliseconds patience) const {
  return AwaitOutput(Watch(arguments), text, patience);
}

bool KindCluster::AwaitLog(const std::vector<std::string>& arguments, std::string_view text) const {
  return AwaitOutput(KubectlOptions("logs", arguments, "--follow"), text, kClusterPatience);
}

bool KindCluster::Wait(std::vector<std::string> arguments) const {
  std::vector<std::string> command = {
      "wait", "--timeout=" + std::to_string(kClusterPatience.count() / 1000) + "s"};
  Append(arguments, &command);
  return Kubectl(command).ok;
}

std::string KindCluster::NodeOf(const std::string& role) const {
  return Kubectl({"get", "nodes", "-l", "clockwork.dev/role=" + role, "-o",
                  "jsonpath={.items[0].metadata.name}"})
      .out;
}

CommandResult KindCluster::OnNode(const std::string& node, const std::string& script) const {
  return Docker({"exec", node, "bash", "-c", script});
}

}  // namespace clockwork::testing
