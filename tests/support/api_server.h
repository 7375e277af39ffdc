#pragma once

// A real API server for tests: etcd and kube-apiserver on 127.0.0.1, each with files in a directory
// that goes with the object, RBAC in force, and kubectl to talk to it. The programs are those that
// tests/cluster/build.sh builds (it is run here, which takes milliseconds once it has built them).
// Nothing runs pods; with `garbage_collection` owners and namespaces take what is theirs along.
//
// Starting takes some seconds of two cores: one for all cases of a test binary (see
// clockwork_test's WHOLE). Both processes end with the object, and with the test if it dies:
// construct it in a thread that lives as long. Use from one thread; the addresses and tokens may be
// used from any.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::testing {

// Where the operator runs in a cluster, and as whom (manifests/rbac).
inline constexpr const char* kOperatorNamespace = "clockwork-system";
inline constexpr const char* kOperatorAccount = "clockwork-operator";

// How long kubectl and the start may take; only a broken run comes near.
inline constexpr std::chrono::milliseconds kApiServerPatience{120'000};

struct ApiServerOptions {
  bool audit = false;                       // every request to AuditLog(), one JSON object a line
  bool garbage_collection = false;          // kube-controller-manager with its two collectors
  std::vector<std::string> arguments = {};  // more of kube-apiserver's
};

struct KubectlResult {
  bool ok = false;
  std::string out;
  std::string err;
};

class ApiServer {
 public:
  // Returns when /readyz says ok and the namespace "default" is there. Otherwise error() says what
  // went wrong, with the last lines of the log.
  explicit ApiServer(ApiServerOptions options = {});
  ~ApiServer();
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;

  // Empty when the server is up.
  const std::string& error() const { return error_; }

  std::uint16_t port() const { return port_; }
  std::string url() const;  // https://127.0.0.1:port
  std::string CaFile() const { return directory_ / "certificates/apiserver.crt"; }
  // A member of system:masters, and the service account of the operator (which may do nothing until
  // manifests/rbac is applied).
  std::string AdminToken() const { return "admin-token"; }
  std::string OperatorToken() const { return "operator-token"; }
  std::string AdminKubeconfig() const { return directory_ / "admin.kubeconfig"; }
  std::string OperatorKubeconfig() const { return directory_ / "operator.kubeconfig"; }
  std::string AuditLog() const { return directory_ / "audit.log"; }
  // A directory for files of the test.
  const std::string& path() const { return directory_.path(); }
  // The program itself, for tests that start it in their own way (with --kubeconfig).
  std::string KubectlProgram() const { return programs_ + "/kubectl"; }

  // Runs kubectl to its end, as the admin or with another kubeconfig.
  KubectlResult Kubectl(const std::vector<std::string>& arguments) const;
  KubectlResult Kubectl(const std::vector<std::string>& arguments,
                        const std::string& kubeconfig) const;
  // kubectl with "-f FILE" appended, FILE holding `text`.
  KubectlResult KubectlWith(std::vector<std::string> arguments, const std::string& text) const;

  // An outage: kube-apiserver is killed, etcd keeps what it has. Start() brings it back on the same
  // port; false (and error()) when it does not come up.
  void Stop();
  bool Start();

 private:
  bool FindPrograms();
  bool WriteFiles();
  bool StartEtcd();
  bool StartControllerManager();
  bool WaitUntilReady();
  std::vector<std::string> ApiServerCommand() const;
  // The program with its output in `name`.log: nobody reads a pipe while a test runs.
  std::unique_ptr<Process> Launch(const std::string& name,
                                  const std::vector<std::string>& command) const;
  bool Fail(const std::string& what, const std::string& log);

  const ApiServerOptions options_;
  TemporaryDirectory directory_;
  std::string programs_;
  std::string error_;
  std::uint16_t port_ = 0;
  std::uint16_t etcd_port_ = 0;
  // Ended in the opposite order: a server whose etcd has gone only fills its log.
  std::unique_ptr<Process> etcd_;
  std::unique_ptr<Process> server_;
  std::unique_ptr<Process> controllers_;
};

}  // namespace clockwork::testing
