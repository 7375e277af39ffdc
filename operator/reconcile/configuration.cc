#include "operator/reconcile/configuration.h"

#include <unistd.h>

#include <array>
#include <string>

#include "images/common/base/environment.h"
#include "images/common/base/version.h"
#include "operator/kinds.h"
#include "operator/kube/election_state.h"

namespace clockwork::reconcile {

Result<kube::ClientConfig> LoadConfiguration(const Options& options) {
  if (!options.kubeconfig.empty()) {
    return kube::LoadKubeconfig({options.kubeconfig}, options.context);
  }
  kube::PodEnvironment pod;
  pod.host = EnvironmentOr("KUBERNETES_SERVICE_HOST", "");
  pod.port = EnvironmentOr("KUBERNETES_SERVICE_PORT", "");
  if (!pod.host.empty()) return kube::LoadInCluster(pod);
  return kube::LoadKubeconfig(
      kube::KubeconfigPaths(EnvironmentOr("KUBECONFIG", ""), EnvironmentOr("HOME", "")),
      options.context);
}

std::string ReplicaIdentity(const Options& options) {
  if (!options.identity.empty()) return options.identity;
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return kube::MakeIdentity(host.data());
}

plan::cluster::OperatorDefaults DefaultsOf(const Options& options) {
  plan::cluster::OperatorDefaults defaults;
  defaults.tag = ReleaseTag();
  if (!options.image_registry.empty()) defaults.registry = options.image_registry;
  while (defaults.registry.ends_with('/')) defaults.registry.pop_back();
  if (!options.image_tag.empty()) defaults.tag = options.image_tag;
  defaults.operator_name = std::string(kOperatorName);
  return defaults;
}

}  // namespace clockwork::reconcile
