#pragma once

// The cluster that fetch and watch talk to, chosen as kubectl chooses it.

#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "images/common/base/command_line.h"
#include "images/common/base/result.h"
#include "operator/api/scalability_experiment.h"
#include "operator/kube/client.h"
#include "operator/kube/client_config.h"
#include "operator/plan/cluster/status.h"

namespace clockwork::remote {

// Of a request of a person who waits for it.
inline constexpr Nanos kRequestLimitNs = 20 * kSecond;

struct ClusterOptions {
  std::string kubeconfig;  // empty: KUBECONFIG, else ~/.kube/config
  std::string context;     // empty: the current one
  std::string name_space;  // empty: the context's
};

// --kubeconfig, --context and -n. `*options` must outlive the parse.
void AddClusterOptions(CommandLine* line, ClusterOptions* options);

class Cluster {
 public:
  // Reads the configuration; connects at the first request.
  static Result<std::unique_ptr<Cluster>> Open(const ClusterOptions& options);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  kube::Client* client() { return client_.get(); }
  const std::string& name_space() const { return name_space_; }
  // Ends all requests and streams, now and later.
  void Shutdown();

 private:
  Cluster() = default;
  std::unique_ptr<kube::HttpTransport> transport_;
  std::unique_ptr<kube::Client> client_;
  std::string name_space_;
};

// An experiment as the cluster has it.
struct RemoteExperiment {
  api::ScalabilityExperiment experiment;
  std::string name_space;
  std::string uid;
  plan::cluster::ExperimentStatus status;
};

// The error says which field is at fault.
Result<RemoteExperiment> DecodeRemote(const nlohmann::json& object);

// Usage error when there is none of that name.
Result<RemoteExperiment> GetExperiment(Cluster* cluster, const std::string& name);

}  // namespace clockwork::remote
