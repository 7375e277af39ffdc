#pragma once

// Where an API server is and who we are there: from a kubeconfig, or from what a pod is given.
// Parsing is pure; the Load functions read files. Errors are usage errors that name the file and
// the field.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "images/common/base/result.h"

namespace clockwork::kube {

// PEM text that is given in place or as a file to read (again and again, credentials.h). Text given
// in place wins.
struct PemSource {
  std::string data;
  std::string file;
  bool empty() const { return data.empty() && file.empty(); }
};

// A program of the user's that prints credentials (exec_plugin.h).
struct ExecPlugin {
  std::string api_version;  // client.authentication.k8s.io/v1 or v1beta1
  std::string command;      // a path, or a name to look for in PATH; empty: there is none
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;  // added to ours; wins over it
  std::string install_hint;                        // for whoever does not have the program
  bool provide_cluster_info = false;
};

struct ClientConfig {
  std::string server;           // scheme://host:port, perhaps with a path; no slash at the end
  std::string tls_server_name;  // the name in the server's certificate, if it is not the host's
  bool insecure = false;        // take any certificate of the server
  PemSource ca;                 // empty: the system's
  PemSource client_certificate;
  PemSource client_key;
  std::string token;       // bearer token
  std::string token_file;  // wins over `token`
  ExecPlugin exec;         // wins over both, and over the client certificate if it prints one
  std::string name_space = "default";
};

struct KubeconfigFile {
  std::string path;  // paths in the file are relative to its directory
  std::string text;
};

inline constexpr std::size_t kMaxKubeconfigBytes = 1U << 20;
inline constexpr std::size_t kMaxKubeconfigFiles = 64;
inline constexpr std::size_t kMaxKubeconfigEntries = 10'000;  // of one list in one file
inline constexpr std::size_t kMaxExecWords = 256;             // arguments, and variables

// The configuration of one context of the merged files (empty: the current one): the first file
// that names a cluster, user or context wins, and so does the first current-context.
// Not supported, and refused where the chosen context needs it: exec plugins that need a terminal,
// auth-provider, user names with passwords, impersonation, proxy-url.
Result<ClientConfig> ParseKubeconfig(const std::vector<KubeconfigFile>& files,
                                     std::string_view context = {});

// The files of KUBECONFIG's value ("a:b"), else ~/.kube/config.
std::vector<std::string> KubeconfigPaths(std::string_view variable, std::string_view home);

// Reads and parses. Of several files, those that do not exist are left out, as kubectl does.
Result<ClientConfig> LoadKubeconfig(const std::vector<std::string>& paths,
                                    std::string_view context = {});

struct PodEnvironment {
  std::string host;  // KUBERNETES_SERVICE_HOST
  std::string port;  // KUBERNETES_SERVICE_PORT
  std::string directory = "/var/run/secrets/kubernetes.io/serviceaccount";
};

// From the files token, ca.crt and namespace of a pod's service account.
Result<ClientConfig> LoadInCluster(const PodEnvironment& environment);

// Checks what both ways have in common: the server's address is one that can be used, and what
// must not come together does not. `where` begins the sentence.
Status CheckClientConfig(std::string_view where, const ClientConfig& config);

// The parts of `server`; an error says what is wrong with it.
struct ServerAddress {
  bool tls = true;
  std::string host;  // of an IPv6 address without the brackets
  std::uint16_t port = 0;
  std::string path;  // empty, or "/prefix"
};
Result<ServerAddress> ParseServerAddress(std::string_view server);

}  // namespace clockwork::kube
