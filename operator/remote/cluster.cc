#include "operator/remote/cluster.h"

#include <fmt/format.h>

#include "images/common/base/environment.h"
#include "images/common/base/version.h"
#include "operator/api/decode.h"
#include "operator/kinds.h"
#include "operator/kube/cpprest_transport.h"

namespace clockwork::remote {

void AddClusterOptions(CommandLine* line, ClusterOptions* options) {
  line->Text("-n,--namespace", "Namespace of the experiment; the context's when not given",
             &options->name_space);
  line->Text("--kubeconfig", "Kubeconfig to use; KUBECONFIG, else ~/.kube/config when not given",
             &options->kubeconfig);
  line->Text("--context", "Context of the kubeconfig; its current one when not given",
             &options->context);
}

Result<std::unique_ptr<Cluster>> Cluster::Open(const ClusterOptions& options) {
  std::vector<std::string> paths = {options.kubeconfig};
  if (options.kubeconfig.empty()) {
    paths = kube::KubeconfigPaths(EnvironmentOr("KUBECONFIG", ""), EnvironmentOr("HOME", ""));
  }
  auto config = kube::LoadKubeconfig(paths, options.context);
  if (!config.ok()) return config.error();
  kube::PrepareProcessForCpprest();
  kube::TransportOptions transport;
  transport.user_agent = fmt::format("clockwork-experiment/{}", Version());
  transport.step_limit_ns = transport.request_limit_ns = kRequestLimitNs;
  auto made = kube::MakeCpprestTransport(*config, transport);
  if (!made.ok()) return made.error();
  std::unique_ptr<Cluster> cluster(new Cluster());
  cluster->transport_ = std::move(*made);
  cluster->client_ = std::make_unique<kube::Client>(cluster->transport_.get(), nullptr, nullptr);
  cluster->name_space_ = options.name_space.empty() ? config->name_space : options.name_space;
  return cluster;
}

Cluster::~Cluster() { Shutdown(); }

void Cluster::Shutdown() {
  if (transport_) transport_->Shutdown();
}

Result<RemoteExperiment> DecodeRemote(const nlohmann::json& object) {
  auto experiment = api::DecodeExperiment(object);
  if (!experiment.ok()) return experiment.error();
  const nlohmann::json metadata = object.value("metadata", nlohmann::json::object());
  return RemoteExperiment{
      std::move(*experiment), metadata.value("namespace", ""), metadata.value("uid", ""),
      plan::cluster::DecodeStatus(object.value("status", nlohmann::json::object()))};
}

Result<RemoteExperiment> GetExperiment(Cluster* cluster, const std::string& name) {
  const auto object = cluster->client()->Get(kExperiments, cluster->name_space(), name);
  if (object.ok()) return DecodeRemote(*object);
  const kube::ApiError& error = object.error();
  const std::string what = fmt::format("experiment {} in namespace {}: {}", name,
                                       cluster->name_space(), kube::Describe(error));
  if (error.failure == kube::Failure::kNotFound) {
    return UsageError(what + "; `kubectl get scx -A` lists what there is");
  }
  return RuntimeError(what);
}

}  // namespace clockwork::remote
