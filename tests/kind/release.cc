#include "tests/kind/release.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <optional>

#include <nlohmann/json.hpp>

#include "operator/local/file_descriptor.h"
#include "tests/support/paths.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;

constexpr const char* kRelease = "clockwork-operator";
constexpr const char* kDeployment = "deployment/clockwork-operator";
constexpr const char* kType = "crd/scalabilityexperiments.clockwork.dev";
constexpr const char* kManifests = "manifests";  // SourcePath
constexpr const char* kChart = "charts/clockwork-operator";

std::string Trouble(const std::string& what, const CommandResult& result) {
  return result.ok ? "" : fmt::format("{}: {}{}", what, result.out, result.err);
}

std::string AwaitOperator(const KindCluster& cluster) {
  return Trouble("kubectl rollout status",
                 cluster.Kubectl({"-n", kSystemNamespace, "rollout", "status", kDeployment}));
}

// Of the release, such as "deployed"; "" when there is none; nothing when Helm cannot tell.
std::optional<std::string> StateOfRelease(const KindCluster& cluster) {
  const CommandResult status =
      cluster.Helm({"-n", kSystemNamespace, "status", kRelease, "-o", "json"});
  if (!status.ok && status.err.find("not found") != std::string::npos) return "";
  const json release = json::parse(status.out, nullptr, false);
  if (!status.ok || !release.is_object()) return std::nullopt;
  return release.value(json::json_pointer("/info/status"), "");
}

}  // namespace

json NameSpaceObject(const std::string& name) {
  return {{"apiVersion", "v1"},
          {"kind", "Namespace"},
          {"metadata",
           {{"name", name}, {"labels", {{"pod-security.kubernetes.io/enforce", "restricted"}}}}}};
}

std::string Helm(const KindCluster& cluster, const std::string& verb,
                 const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {"-n", kSystemNamespace, verb, kRelease};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return Trouble("helm " + verb, cluster.Helm(command));
}

std::string HelmChart(const KindCluster& cluster, const std::string& verb,
                      const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {SourcePath(kChart), "--wait", "--timeout", "180s"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return Helm(cluster, verb, all);
}

std::string EnsureRelease(const KindCluster& cluster) {
  const std::string path = cluster.kubeconfig() + ".release-lock";
  const local::FileDescriptor lock(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  if (!lock.valid() || ::flock(lock.get(), LOCK_EX) != 0) return "cannot lock " + path;
  const auto state = StateOfRelease(cluster);
  if (!state) return "helm status does not tell whether the operator is installed";
  if (*state != "deployed") {
    if (std::string trouble = RemoveOperator(cluster); !trouble.empty()) return trouble;
    if (std::string trouble = HelmChart(cluster, "install"); !trouble.empty()) return trouble;
  }
  return AwaitOperator(cluster);
}

std::string ApplyManifests(const KindCluster& cluster) {
  const CommandResult applied =
      cluster.Kubectl({"apply", "--server-side", "-k", SourcePath(kManifests)});
  if (!applied.ok) return Trouble("kubectl apply -k", applied);
  if (!cluster.Wait({"--for=condition=Established", kType})) return "the type is not established";
  return AwaitOperator(cluster);
}

std::string RemoveOperator(const KindCluster& cluster) {
  std::string trouble = Helm(cluster, "uninstall", {"--ignore-not-found", "--wait"});
  trouble +=
      Trouble("kubectl delete -k",
              cluster.Kubectl({"delete", "--ignore-not-found", "-k", SourcePath(kManifests)}));
  trouble += Trouble("kubectl apply",
                     cluster.KubectlWith({"apply"}, NameSpaceObject(kSystemNamespace).dump()));
  return trouble;
}

}  // namespace clockwork::testing
