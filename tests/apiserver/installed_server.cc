#include "tests/apiserver/installed_server.h"

#include <fstream>

#include "tests/support/paths.h"

namespace clockwork::testing {
namespace {

constexpr const char* kResource = "scalabilityexperiments.clockwork.dev";

KubectlResult Install(const ApiServer& server) {
  if (!server.error().empty()) return {.ok = false, .out = {}, .err = server.error()};
  KubectlResult applied = server.Kubectl({"apply", "--server-side", "-k", SourcePath("manifests")});
  if (!applied.ok) return applied;
  const std::vector<std::vector<std::string>> steps = {
      {"wait", "--for=condition=Established", std::string("crd/") + kResource, "--timeout=60s"},
      {"create", "namespace", kTestNamespace}};
  for (const auto& step : steps) {
    if (KubectlResult result = server.Kubectl(step); !result.ok) return result;
  }
  return applied;
}

KubectlResult Patch(ApiServer& server, const std::string& name, const nlohmann::json& patch,
                    std::vector<std::string> more) {
  const std::string file = server.path() + "/patch.json";
  std::ofstream(file) << patch.dump();
  std::vector<std::string> arguments = {"--namespace", kTestNamespace, "patch",
                                        kResource,     name,           "--type",
                                        "merge",       "--patch-file", file};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return server.Kubectl(arguments);
}

}  // namespace

ApiServer& InstalledServerTest::server() {
  static ApiServer server;
  return server;
}

const KubectlResult& InstalledServerTest::installation() {
  static const KubectlResult result = Install(server());
  return result;
}

void InstalledServerTest::SetUp() {
  ASSERT_TRUE(installation().ok) << installation().out << installation().err;
}

KubectlResult InstalledServerTest::Kubectl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--namespace", kTestNamespace});
  return server().Kubectl(arguments);
}

void InstalledServerTest::CreateExperiment(const std::string& name, const std::string& spec) {
  const KubectlResult result =
      server().KubectlWith({"--namespace", kTestNamespace, "create"},
                           "apiVersion: clockwork.dev/v1alpha1\nkind: ScalabilityExperiment\n"
                           "metadata: {name: " +
                               name + "}\nspec: " + spec + "\n");
  ASSERT_TRUE(result.ok) << result.err;
}

KubectlResult InstalledServerTest::PatchSpec(const std::string& name, const nlohmann::json& spec) {
  return Patch(server(), name, {{"spec", spec}}, {});
}

KubectlResult InstalledServerTest::PatchStatus(const std::string& name,
                                               const nlohmann::json& status) {
  return Patch(server(), name, {{"status", status}}, {"--subresource", "status"});
}

std::string InstalledServerTest::RawExperiment(const std::string& name) {
  const KubectlResult result =
      server().Kubectl({"get", "--raw",
                        std::string("/apis/clockwork.dev/v1alpha1/namespaces/") + kTestNamespace +
                            "/scalabilityexperiments/" + name});
  EXPECT_TRUE(result.ok) << result.err;
  return result.out;
}

}  // namespace clockwork::testing
