#include "tests/support/api_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include "images/common/base/file.h"
#include "tests/support/paths.h"

namespace clockwork::testing {
namespace {

// Another process may take a port between its choice and its use.
constexpr int kStarts = 3;
constexpr std::size_t kShownLogBytes = 2'000;
// The first run on a machine builds the programs.
constexpr std::chrono::milliseconds kBuildPatience{3'600'000};

// Ports that are free now, all different.
template <std::size_t count>
std::array<std::uint16_t, count> FreePorts() {
  std::array<std::uint16_t, count> ports{};
  std::array<int, count> sockets{};
  for (std::size_t i = 0; i < count; ++i) {
    sockets[i] = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(sockets[i], generic, size) == 0 && ::getsockname(sockets[i], generic, &size) == 0) {
      ports[i] = ntohs(address.sin_port);
    }
  }
  for (const int socket : sockets) ::close(socket);
  return ports;
}

void Write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

std::string Kubeconfig(const std::string& url, const std::string& ca, const std::string& token) {
  return fmt::format(
      "apiVersion: v1\nkind: Config\ncurrent-context: test\n"
      "clusters:\n- name: test\n  cluster: {{server: \"{}\", certificate-authority: \"{}\"}}\n"
      "users:\n- name: test\n  user: {{token: \"{}\"}}\n"
      "contexts:\n- name: test\n  context: {{cluster: test, user: test}}\n",
      url, ca, token);
}

}  // namespace

ApiServer::ApiServer(ApiServerOptions options) : options_(std::move(options)) {
  if (!FindPrograms() || !WriteFiles()) return;
  for (int start = 1; start <= kStarts; ++start) {
    error_.clear();
    port_ = 0;
    if (StartEtcd() && Start()) break;
    server_.reset();
    etcd_.reset();
  }
  if (error_.empty() && options_.garbage_collection) StartControllerManager();
}

ApiServer::~ApiServer() {
  controllers_.reset();
  server_.reset();
}

std::string ApiServer::url() const { return fmt::format("https://127.0.0.1:{}", port_); }

bool ApiServer::Fail(const std::string& what, const std::string& log) {
  const auto text = ReadFile(log);
  const std::string tail =
      text.ok() ? text->substr(text->size() - std::min(text->size(), kShownLogBytes)) : "";
  error_ = fmt::format("{}\n{}", what, tail);
  return false;
}

bool ApiServer::FindPrograms() {
  std::string err;
  const auto status = RunCommand({.command = {SourcePath("tests/cluster/build.sh")}}, &programs_,
                                 &err, kBuildPatience);
  while (!programs_.empty() && programs_.back() == '\n') programs_.pop_back();
  if (status == ExitedWith(0)) return true;
  error_ = "the programs of the API server could not be built\n" + err;
  return false;
}

bool ApiServer::WriteFiles() {
  Write(directory_ / "tokens.csv",
        fmt::format("{},admin,1,\"system:masters\"\n{},system:serviceaccount:{}:{},2,"
                    "\"system:serviceaccounts,system:serviceaccounts:{}\"\n",
                    AdminToken(), OperatorToken(), kOperatorNamespace, kOperatorAccount,
                    kOperatorNamespace));
  Write(directory_ / "audit-policy.yaml",
        "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\n"
        "rules:\n- level: Metadata\n");
  std::string err;
  const auto status =
      RunCommand({.command = {"openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout",
                              "-out", directory_ / "accounts.key"}},
                 nullptr, &err);
  if (status == ExitedWith(0)) return true;
  error_ = "openssl ecparam failed; is the package openssl installed?\n" + err;
  return false;
}

std::unique_ptr<Process> ApiServer::Launch(const std::string& name,
                                           const std::vector<std::string>& command) const {
  ProcessOptions options;
  options.command = {"/bin/sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "sh",
                     directory_ / (name + ".log")};
  options.command.insert(options.command.end(), command.begin(), command.end());
  options.environment = {{"HOME", path()}};
  options.directory = path();
  return std::make_unique<Process>(std::move(options));
}

bool ApiServer::StartEtcd() {
  const auto [client_port, peer_port] = FreePorts<2>();
  etcd_port_ = client_port;
  const std::string client = fmt::format("http://127.0.0.1:{}", client_port);
  const std::string peer = fmt::format("http://127.0.0.1:{}", peer_port);
  // A second start gets a directory of its own: what an address says is stored with the data.
  etcd_ = Launch(
      "etcd", {programs_ + "/etcd", "--data-dir", directory_ / fmt::format("etcd-{}", client_port),
               "--unsafe-no-fsync", "--listen-client-urls", client, "--advertise-client-urls",
               client, "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
               "--initial-cluster", "default=" + peer});
  const std::string log = directory_ / "etcd.log";
  const std::string served = fmt::format("\"address\":\"127.0.0.1:{}\"", client_port);
  if (etcd_->WaitForFile(log, served, kApiServerPatience)) return true;
  return Fail("etcd did not start", log);
}

std::vector<std::string> ApiServer::ApiServerCommand() const {
  std::vector<std::string> command = {
      programs_ + "/kube-apiserver", "--etcd-servers",
      fmt::format("http://127.0.0.1:{}", etcd_port_), "--secure-port", std::to_string(port_),
      "--bind-address", "127.0.0.1", "--cert-dir", directory_ / "certificates",
      "--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file",
      directory_ / "accounts.key", "--service-account-signing-key-file",
      directory_ / "accounts.key", "--token-auth-file", directory_ / "tokens.csv",
      "--authorization-mode", "RBAC", "--service-cluster-ip-range", "10.96.0.0/16",
      // Nobody makes the account "default" that it asks for.
      "--disable-admission-plugins", "ServiceAccount"};
  if (options_.audit) {
    command.insert(command.end(), {"--audit-policy-file", directory_ / "audit-policy.yaml",
                                   "--audit-log-path", AuditLog()});
  }
  command.insert(command.end(), options_.arguments.begin(), options_.arguments.end());
  return command;
}

void ApiServer::Stop() { server_.reset(); }

bool ApiServer::Start() {
  if (port_ == 0) port_ = FreePorts<1>()[0];
  Write(AdminKubeconfig(), Kubeconfig(url(), CaFile(), AdminToken()));
  Write(OperatorKubeconfig(), Kubeconfig(url(), CaFile(), OperatorToken()));
  const std::string log = directory_ / "kube-apiserver.log";
  ::unlink(log.c_str());
  server_ = Launch("kube-apiserver", ApiServerCommand());
  if (server_->WaitForFile(log, "Serving securely", kApiServerPatience) && WaitUntilReady()) {
    error_.clear();
    return true;
  }
  return Fail("kube-apiserver did not get ready", log);
}

bool ApiServer::WaitUntilReady() {
  const auto deadline = std::chrono::steady_clock::now() + kApiServerPatience;
  while (server_->Running() && std::chrono::steady_clock::now() < deadline) {
    if (Kubectl({"get", "--raw", "/readyz"}).ok) {
      return Kubectl({"wait", "--for=create", "namespace/default", "--timeout=60s"}).ok;
    }
  }
  return false;
}

bool ApiServer::StartControllerManager() {
  controllers_ = Launch("kube-controller-manager",
                        {programs_ + "/kube-controller-manager", "--kubeconfig", AdminKubeconfig(),
                         "--controllers", "garbage-collector-controller,namespace-controller",
                         "--leader-elect=false", "--secure-port", "0"});
  const std::string log = directory_ / "kube-controller-manager.log";
  if (controllers_->WaitForFile(log, "Started controller", kApiServerPatience)) return true;
  return Fail("kube-controller-manager did not start", log);
}

KubectlResult ApiServer::Kubectl(const std::vector<std::string>& arguments) const {
  return Kubectl(arguments, AdminKubeconfig());
}

KubectlResult ApiServer::Kubectl(const std::vector<std::string>& arguments,
                                 const std::string& kubeconfig) const {
  ProcessOptions options{.command = {KubectlProgram(), "--kubeconfig", kubeconfig}};
  options.command.insert(options.command.end(), arguments.begin(), arguments.end());
  options.environment = {{"HOME", path()}, {"KUBECACHEDIR", path() + "/kubectl-cache"}};
  KubectlResult result;
  const auto status = RunCommand(std::move(options), &result.out, &result.err, kApiServerPatience);
  result.ok = status == ExitedWith(0);
  return result;
}

KubectlResult ApiServer::KubectlWith(std::vector<std::string> arguments,
                                     const std::string& text) const {
  const std::string file = directory_ / "kubectl-input";
  Write(file, text);
  arguments.insert(arguments.end(), {"-f", file});
  return Kubectl(arguments);
}

}  // namespace clockwork::testing
