#include <fmt/format.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "images/common/base/file.h"
#include "images/common/base/parse.h"
#include "operator/kube/base64.h"
#include "operator/kube/client_config.h"

namespace clockwork::kube {
namespace {

// An entry of clusters, users or contexts, and the file that it came from.
struct Entry {
  YAML::Node body;
  std::string path;   // of the file
  std::string where;  // "FILE: cluster \"x\"", for messages
};

// Ends parsing inside this file; ParseKubeconfig turns it into an Error.
struct Refusal : std::exception {
  explicit Refusal(std::string text) : sentence(std::move(text)) {}
  std::string sentence;
};

// What the map holds under the name, else null. (A const Node's operator[] adds nothing to the
// document, unlike a mutable one's, but gives a node that may not even be assigned to.)
YAML::Node Member(const YAML::Node& map, const char* name) {
  if (!map.IsMap()) return YAML::Node();
  YAML::Node member = map[name];
  return member.IsDefined() ? member : YAML::Node();
}

bool Given(const YAML::Node& node) { return !node.IsNull(); }

// as<std::string>() of a null is "null", hence Given.
std::string Text(const Entry& entry, const char* name) {
  const YAML::Node node = Member(entry.body, name);
  if (!Given(node)) return {};
  if (!node.IsScalar()) throw Refusal(fmt::format("{}: {} must be a text", entry.where, name));
  return node.Scalar();
}

bool Flag(const Entry& entry, const char* name) {
  const std::string text = Text(entry, name);
  if (text.empty() || text == "false") return false;
  if (text == "true") return true;
  throw Refusal(fmt::format("{}: {} must be true or false, not \"{}\"", entry.where, name, text));
}

std::string Resolve(const Entry& entry, std::string file) {
  if (file.empty() || file.front() == '/') return file;
  const std::size_t slash = entry.path.rfind('/');
  return slash == std::string::npos ? file : entry.path.substr(0, slash + 1) + file;
}

PemSource Pem(const Entry& entry, const std::string& name) {
  PemSource pem;
  const std::string encoded = Text(entry, (name + "-data").c_str());
  if (encoded.empty()) {
    pem.file = Resolve(entry, Text(entry, name.c_str()));
    return pem;
  }
  auto decoded = DecodeBase64(encoded);
  if (!decoded || decoded->empty())
    throw Refusal(fmt::format("{}: {}-data is not base64", entry.where, name));
  pem.data = std::move(*decoded);
  return pem;
}

void RefuseUnsupported(const Entry& entry, const char* name, const char* remedy) {
  if (Given(Member(entry.body, name)))
    throw Refusal(fmt::format("{}: {} is not supported; {}", entry.where, name, remedy));
}

class Merged {
 public:
  void Add(const KubeconfigFile& file) {
    if (file.text.size() > kMaxKubeconfigBytes) {
      throw Refusal(fmt::format("{}: is longer than {} bytes", file.path, kMaxKubeconfigBytes));
    }
    YAML::Node document = YAML::Load(file.text);
    if (!Given(document)) return;  // kubectl leaves empty files behind
    if (!document.IsMap()) throw Refusal(fmt::format("{}: is no kubeconfig", file.path));
    documents_.emplace_back(file.path, std::move(document));
  }

  // The entry `name` of the first file that has it. `list` is "clusters", `field` "cluster".
  Entry Find(const char* list, const char* field, const std::string& name) const {
    for (const auto& [path, document] : documents_) {
      const YAML::Node entries = Member(document, list);
      if (!Given(entries)) continue;
      if (!entries.IsSequence() || entries.size() > kMaxKubeconfigEntries)
        throw Refusal(
            fmt::format("{}: {} must be a list, of at most {}", path, list, kMaxKubeconfigEntries));
      for (const YAML::Node& candidate : entries) {
        const YAML::Node candidate_name = Member(candidate, "name");
        if (!Given(candidate_name) || !candidate_name.IsScalar() || candidate_name.Scalar() != name)
          continue;
        Entry entry{Member(candidate, field), path,
                    fmt::format("{}: {} \"{}\"", path, field, name)};
        if (!Given(entry.body)) entry.body = YAML::Node(YAML::NodeType::Map);
        if (!entry.body.IsMap()) throw Refusal(entry.where + ": must be a mapping");
        return entry;
      }
    }
    throw Refusal(fmt::format("there is no {} \"{}\" in {}", field, name, Paths()));
  }

  std::string CurrentContext() const {
    for (const auto& [path, document] : documents_) {
      std::string context = Text({document, path, path}, "current-context");
      if (!context.empty()) return context;
    }
    throw Refusal(
        fmt::format("{}: no current-context is set; choose one with kubectl config "
                    "use-context NAME",
                    Paths()));
  }

 private:
  std::string Paths() const {
    std::string paths;
    for (const auto& [path, document] : documents_) paths += (paths.empty() ? "" : ", ") + path;
    return paths.empty() ? "an empty kubeconfig" : paths;
  }

  std::vector<std::pair<std::string, YAML::Node>> documents_;
};

void TakeCluster(const Entry& cluster, ClientConfig* config) {
  config->server = Text(cluster, "server");
  while (config->server.ends_with('/') && !config->server.ends_with("//"))
    config->server.pop_back();
  config->tls_server_name = Text(cluster, "tls-server-name");
  config->insecure = Flag(cluster, "insecure-skip-tls-verify");
  config->ca = Pem(cluster, "certificate-authority");
  RefuseUnsupported(cluster, "proxy-url", "use an address that is reached without a proxy");
}

// The items of a list of at most kMaxExecWords.
std::vector<YAML::Node> List(const Entry& entry, const char* name) {
  const YAML::Node list = Member(entry.body, name);
  if (!Given(list)) return {};
  if (!list.IsSequence() || list.size() > kMaxExecWords)
    throw Refusal(
        fmt::format("{}: {} must be a list, of at most {}", entry.where, name, kMaxExecWords));
  return {list.begin(), list.end()};
}

void CheckExec(const Entry& entry, const ExecPlugin& plugin) {
  const std::string& version = plugin.api_version;
  if (version != "client.authentication.k8s.io/v1" &&
      version != "client.authentication.k8s.io/v1beta1") {
    throw Refusal(
        fmt::format("{}: apiVersion \"{}\" is not supported; write "
                    "client.authentication.k8s.io/v1",
                    entry.where, version));
  }
  if (plugin.command.empty()) throw Refusal(entry.where + ": names no command");
  if (Text(entry, "interactiveMode") == "Always") {
    throw Refusal(entry.where + ": interactiveMode Always is not supported; " +
                  "use a program that needs no terminal");
  }
}

ExecPlugin TakeExec(const Entry& user) {
  const Entry entry{Member(user.body, "exec"), user.path, user.where + ": exec"};
  if (!Given(entry.body)) return {};
  if (!entry.body.IsMap()) throw Refusal(entry.where + " must be a mapping");
  ExecPlugin plugin;
  plugin.api_version = Text(entry, "apiVersion");
  plugin.command = Text(entry, "command");
  if (plugin.command.find('/') != std::string::npos)
    plugin.command = Resolve(entry, plugin.command);
  for (const YAML::Node& argument : List(entry, "args")) {
    if (!argument.IsScalar()) throw Refusal(entry.where + ": each of args must be a text");
    plugin.arguments.push_back(argument.Scalar());
  }
  for (const YAML::Node& variable : List(entry, "env")) {
    const Entry pair{variable, entry.path, entry.where + ": env"};
    const std::string name = Text(pair, "name");
    if (name.empty()) throw Refusal(entry.where + ": a variable of env has no name");
    plugin.environment[name] = Text(pair, "value");
  }
  plugin.install_hint = Text(entry, "installHint");
  plugin.provide_cluster_info = Flag(entry, "provideClusterInfo");
  CheckExec(entry, plugin);
  return plugin;
}

void TakeUser(const Entry& user, ClientConfig* config) {
  config->client_certificate = Pem(user, "client-certificate");
  config->client_key = Pem(user, "client-key");
  config->token = Text(user, "token");
  config->token_file = Resolve(user, Text(user, "tokenFile"));
  constexpr const char* kToken =
      "use a token, e.g. of `kubectl create token`, or a client certificate";
  config->exec = TakeExec(user);
  for (const char* name : {"auth-provider", "username", "password"})
    RefuseUnsupported(user, name, kToken);
  for (const char* name : {"as", "as-uid", "as-groups", "as-user-extra"})
    RefuseUnsupported(user, name, "use credentials of that user itself");
}

ClientConfig Choose(const Merged& merged, std::string context_name) {
  if (context_name.empty()) context_name = merged.CurrentContext();
  const Entry context = merged.Find("contexts", "context", context_name);
  ClientConfig config;
  const std::string cluster = Text(context, "cluster");
  if (cluster.empty()) throw Refusal(context.where + ": names no cluster");
  TakeCluster(merged.Find("clusters", "cluster", cluster), &config);
  if (const std::string user = Text(context, "user"); !user.empty())
    TakeUser(merged.Find("users", "user", user), &config);
  if (std::string name_space = Text(context, "namespace"); !name_space.empty())
    config.name_space = std::move(name_space);
  return config;
}

}  // namespace

Result<ClientConfig> ParseKubeconfig(const std::vector<KubeconfigFile>& files,
                                     std::string_view context) {
  const KubeconfigFile* reading = nullptr;
  try {
    Merged merged;
    for (const KubeconfigFile& file : files) {
      reading = &file;
      merged.Add(file);
    }
    reading = nullptr;
    ClientConfig config = Choose(merged, std::string(context));
    if (Status status = CheckClientConfig("kubeconfig", config); !status.ok())
      return status.error();
    return config;
  } catch (const Refusal& refusal) {
    return UsageError(refusal.sentence);
  } catch (const std::exception& error) {  // yaml-cpp throws more than its own kinds
    return UsageError(fmt::format("{}: not valid YAML: {}",
                                  reading != nullptr ? reading->path : "kubeconfig", error.what()));
  }
}

std::vector<std::string> KubeconfigPaths(std::string_view variable, std::string_view home) {
  std::vector<std::string> paths;
  for (const std::string_view piece : Split(variable, ':')) {
    if (!piece.empty() && paths.size() < kMaxKubeconfigFiles) paths.emplace_back(piece);
  }
  if (paths.empty()) paths.push_back(std::string(home) + "/.kube/config");
  return paths;
}

Result<ClientConfig> LoadKubeconfig(const std::vector<std::string>& paths,
                                    std::string_view context) {
  std::vector<KubeconfigFile> files;
  for (const std::string& path : paths) {
    if (paths.size() > 1 && ::access(path.c_str(), F_OK) != 0) continue;
    auto text = ReadFile(path, kMaxKubeconfigBytes);
    if (!text.ok()) return UsageError("kubeconfig: " + text.error().message);
    files.push_back({path, std::move(*text)});
  }
  if (files.empty()) return UsageError("kubeconfig: none of the files of KUBECONFIG exists");
  return ParseKubeconfig(files, context);
}

}  // namespace clockwork::kube
