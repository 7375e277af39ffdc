#include <fmt/format.h>

#include "images/common/base/file.h"
#include "operator/kube/client_config.h"

namespace clockwork::kube {
namespace {

constexpr std::size_t kMaxNamespaceFileBytes = 1024;

std::string Trimmed(std::string text) {
  const auto end = text.find_last_not_of(" \t\r\n");
  text.erase(end == std::string::npos ? 0 : end + 1);
  const auto begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string::npos ? std::string() : text.substr(begin);
}

}  // namespace

Result<ClientConfig> LoadInCluster(const PodEnvironment& environment) {
  if (environment.host.empty() || environment.port.empty()) {
    return UsageError(
        "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no pod; give a "
        "kubeconfig");
  }
  ClientConfig config;
  // The address saves a lookup that cannot be timed out.
  const bool ipv6 = environment.host.find(':') != std::string::npos;
  const std::string host = ipv6 ? fmt::format("[{}]", environment.host) : environment.host;
  config.server = fmt::format("https://{}:{}", host, environment.port);
  config.ca.file = environment.directory + "/ca.crt";
  config.token_file = environment.directory + "/token";
  if (const auto token = ReadFile(config.token_file); !token.ok()) {
    return UsageError(fmt::format("{}; is automountServiceAccountToken off for this pod?",
                                  token.error().message));
  }
  const auto name_space = ReadFile(environment.directory + "/namespace", kMaxNamespaceFileBytes);
  if (name_space.ok()) {
    if (std::string name = Trimmed(*name_space); !name.empty()) config.name_space = name;
  }
  if (Status status = CheckClientConfig("the pod's environment", config); !status.ok())
    return status.error();
  return config;
}

}  // namespace clockwork::kube
