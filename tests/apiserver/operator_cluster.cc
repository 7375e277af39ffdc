#include "tests/apiserver/operator_cluster.h"

#include <charconv>
#include <map>
#include <regex>
#include <utility>

#include "images/common/base/file.h"
#include "operator/kinds.h"
#include "operator/kube/client_config.h"
#include "operator/kube/cpprest_transport.h"
#include "tests/support/paths.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;

const kube::ResourceType kNamespaces{"", "v1", "namespaces", "Namespace", false};
constexpr std::int64_t kWatchSeconds = 5;

// kubectl proxy, the bridge from plain HTTP to the API server, for as long as the process lives.
struct Bridge {
  std::unique_ptr<Process> process;
  std::uint16_t port = 0;
};

Bridge StartBridge(const ApiServer& server) {
  constexpr std::string_view kServing = "Starting to serve on 127.0.0.1:";
  ProcessOptions options;
  options.command = {server.KubectlProgram(), "--kubeconfig", server.OperatorKubeconfig(), "proxy",
                     "--address=127.0.0.1",   "--port=0"};
  options.environment = {{"HOME", server.path()}};
  Bridge bridge;
  bridge.process = std::make_unique<Process>(std::move(options));
  if (!bridge.process->WaitForOutput(kServing, kApiServerPatience)) return bridge;
  const std::string& out = bridge.process->out();
  const std::size_t at = out.find(kServing);
  if (at == std::string::npos) return bridge;
  std::from_chars(out.data() + at + kServing.size(), out.data() + out.size(), bridge.port);
  return bridge;
}

const Bridge& TheBridge(const ApiServer& server) {
  static const Bridge bridge = StartBridge(server);
  return bridge;
}

std::string NameOf(const json& object) { return object.at("metadata").at("name"); }

bool HasReason(const json& list, const std::string& reason) {
  return std::any_of(list.begin(), list.end(),
                     [&](const json& entry) { return entry.value("reason", "") == reason; });
}

}  // namespace

std::string WithoutUid(const std::string& pod_name) {
  static const std::regex kUid("-[0-9a-z]+-((c[0-9]+t[0-9]+)?a[0-9]+-)");
  return std::regex_replace(pod_name, kUid, "-ID-$1");
}

void OperatorClusterTest::SetUp() {
  InstalledServerTest::SetUp();
  if (HasFatalFailure()) return;
  const auto config = kube::LoadKubeconfig({server().AdminKubeconfig()});
  ASSERT_TRUE(config.ok()) << config.error().message;
  auto transport = kube::MakeCpprestTransport(*config);
  ASSERT_TRUE(transport.ok()) << transport.error().message;
  transport_ = std::move(*transport);
  admin_ = std::make_unique<kube::Client>(transport_.get(), nullptr, kube::RequestObserver());
  for (const char* role : {"worker", "controller", "client"}) {
    const auto made = admin().Create(kNodes, "", RoleNode(role));
    ASSERT_TRUE(made.ok() || made.error().failure == kube::Failure::kAlreadyExists)
        << kube::Describe(made.error());
  }
  ASSERT_NE(TheBridge(server()).port, 0) << "kubectl proxy does not serve";
  proxy_ = MakeProxy();
  pod_api_ = std::make_unique<HttpPodApi>(admin_.get());
  pods_ = std::make_unique<PodDouble>(pod_api_.get());
  Measure(pods_.get(), [this](const std::string& name_space, const std::string& name) {
    auto experiment = admin().Get(kExperiments, name_space, name);
    return experiment.ok() ? std::optional<json>(*experiment) : std::nullopt;
  });
  pods_->Start();
}

void OperatorClusterTest::TearDown() {
  if (pods_) pods_->Stop();
  if (!proxy_) return;
  for (const ProxiedCall& each : proxy_->Log()) {
    EXPECT_NE(each.call.code, 403) << RbacVerb(each.call) << " " << each.call.path;
  }
}

std::unique_ptr<CrashProxy> OperatorClusterTest::MakeProxy() const {
  return std::make_unique<CrashProxy>(TheBridge(server()).port);
}

std::string OperatorClusterTest::NewNamespace() {
  static int number = 0;
  const std::string name = "lab-" + std::to_string(++number);
  const auto made =
      admin().Create(kNamespaces, "",
                     {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}});
  EXPECT_TRUE(made.ok()) << kube::Describe(made.error());
  return name;
}

std::unique_ptr<Process> OperatorClusterTest::StartOperator(
    const std::vector<std::string>& options) {
  return StartOperator(proxy(), "replica-" + std::to_string(operators_ + 1), options);
}

std::unique_ptr<Process> OperatorClusterTest::StartOperator(
    const CrashProxy& proxy, const std::string& identity, const std::vector<std::string>& options) {
  std::string ready;
  auto started = LaunchOperator(proxy, identity, options, &ready);
  if (started->WaitForFile(ready, "\n")) return started;
  ADD_FAILURE() << "the operator did not become ready: " << started->err();
  return nullptr;
}

std::unique_ptr<Process> OperatorClusterTest::LaunchOperator(
    const CrashProxy& proxy, const std::string& identity, const std::vector<std::string>& options,
    std::string* ready_file) {
  const std::string id = std::to_string(++operators_);
  const std::string kubeconfig = directory_ / ("kubeconfig-" + id);
  const std::string ready = directory_ / ("ready-" + id);
  EXPECT_TRUE(WriteFileAtomically(kubeconfig, proxy.KubeconfigText(kOperatorNamespace)).ok());
  ProcessOptions process;
  process.command = {ProgramPath("clockwork-operator"),
                     "--kubeconfig",
                     kubeconfig,
                     "--probe-host",
                     "127.0.0.1",
                     "--probe-port",
                     "0",
                     "--ready-file",
                     ready,
                     "--identity",
                     identity,
                     "--requests-per-second",
                     "10000",
                     "--burst",
                     "10000"};
  process.command.insert(process.command.end(), options.begin(), options.end());
  if (ready_file != nullptr) *ready_file = ready;
  return std::make_unique<Process>(std::move(process));
}

void OperatorClusterTest::Apply(const std::string& name_space, json experiment) {
  experiment["metadata"]["namespace"] = name_space;
  const auto made = admin().Create(kExperiments, name_space, experiment);
  ASSERT_TRUE(made.ok()) << kube::Describe(made.error());
}

void OperatorClusterTest::Patch(const std::string& name_space, const std::string& name,
                                const json& patch) {
  const auto done = admin().MergePatch(kExperiments, name_space, name, patch);
  ASSERT_TRUE(done.ok()) << kube::Describe(done.error());
}

json OperatorClusterTest::StatusOf(const std::string& name_space, const std::string& name) {
  const auto experiment = admin().Get(kExperiments, name_space, name);
  return experiment.ok() ? experiment->value("status", json::object()) : json::object();
}

bool OperatorClusterTest::Await(const kube::ResourceType& type, const std::string& name_space,
                                const std::function<bool(const std::vector<json>&)>& condition,
                                std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  do {
    auto listed = admin().List(type, name_space, {});
    if (!listed.ok()) return false;
    if (condition(listed->items)) return true;
    std::map<std::string, json> objects;
    for (const json& object : listed->items) objects[NameOf(object)] = object;
    auto stream = admin().Watch(type, name_space, {}, listed->resource_version, kWatchSeconds);
    while (stream.ok()) {
      const auto line = (*stream)->Next();
      if (!line.ok() || !line->has_value()) break;
      const auto event = kube::DecodeWatchLine(**line);
      if (!event.ok()) break;
      if (!event->has_value() || (*event)->type == kube::WatchEventType::kBookmark) continue;
      const json& object = (*event)->object;
      if ((*event)->type == kube::WatchEventType::kDeleted) {
        objects.erase(NameOf(object));
      } else {
        objects[NameOf(object)] = object;
      }
      std::vector<json> now;
      for (const auto& [name, each] : objects) now.push_back(each);
      if (condition(now)) return true;
    }
  } while (std::chrono::steady_clock::now() < deadline);
  return false;
}

bool OperatorClusterTest::AwaitPhase(const std::string& name_space, const std::string& name,
                                     const std::string& phase, std::chrono::milliseconds patience) {
  const auto reached = [&](const std::vector<json>& experiments) {
    return std::any_of(experiments.begin(), experiments.end(), [&](const json& each) {
      return NameOf(each) == name && each.value("/status/phase"_json_pointer, "") == phase;
    });
  };
  return Await(kExperiments, name_space, reached, patience);
}

bool OperatorClusterTest::AwaitReason(const std::string& name_space, const std::string& name,
                                      const std::string& reason) {
  return Await(kExperiments, name_space, [&](const std::vector<json>& experiments) {
    return std::any_of(experiments.begin(), experiments.end(), [&](const json& each) {
      const json status = each.value("status", json::object());
      const json none = json::array();
      return NameOf(each) == name && (HasReason(status.value("conditions", none), reason) ||
                                      HasReason(status.value("active", none), reason));
    });
  });
}

bool OperatorClusterTest::AwaitNoPods(const std::string& name_space) {
  return Await(kPods, name_space, [](const std::vector<json>& pods) { return pods.empty(); });
}

std::set<std::string> OperatorClusterTest::Names(const kube::ResourceType& type,
                                                 const std::string& name_space) {
  std::set<std::string> names;
  const auto listed = admin().List(type, name_space, {});
  EXPECT_TRUE(listed.ok());
  if (!listed.ok()) return names;
  for (const json& object : listed->items) names.insert(WithoutUid(NameOf(object)));
  return names;
}

std::string OperatorClusterTest::Describe(const std::string& name_space, const std::string& name) {
  std::string text = StatusOf(name_space, name).dump(1);
  const auto listed = admin().List(kPods, name_space, {});
  if (!listed.ok()) return text;
  for (const json& pod : listed->items) {
    text += "\n" + NameOf(pod) + " " + pod.value("status", json::object()).dump();
  }
  return text;
}

json WithoutTimes(const json& value) {
  if (value.is_array()) {
    json list = json::array();
    for (const json& each : value) list.push_back(WithoutTimes(each));
    return list;
  }
  if (!value.is_object()) return value;
  json object = json::object();
  for (const auto& [name, each] : value.items()) {
    if (!name.ends_with("Time")) object[name] = WithoutTimes(each);
  }
  return object;
}

}  // namespace clockwork::testing
