#include "tests/chart/helm.h"

#include <gtest/gtest.h>

#include <chrono>

#include "images/common/base/file.h"
#include "operator/api/yaml_document.h"
#include "tests/support/paths.h"
#include "tests/support/process.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;

// Building helm takes minutes, once per machine.
constexpr std::chrono::milliseconds kBuildPatience{1'800'000};
constexpr const char* kSeparator = "\n---\n";

const std::string& HelmProgram() {
  static const std::string program = [] {
    std::string out;
    std::string err;
    const auto status = RunCommand({.command = {SourcePath("tests/cluster/build.sh"), "helm"}},
                                   &out, &err, kBuildPatience);
    EXPECT_EQ(status, ExitedWith(0)) << "helm could not be built\n" << err;
    return out.substr(0, out.find('\n')) + "/helm";
  }();
  return program;
}

std::string KeyOf(const json& object) {
  const json& metadata = object.at("metadata");
  return object.at("kind").get<std::string>() + " " + metadata.value("namespace", "") + "/" +
         metadata.at("name").get<std::string>();
}

}  // namespace

HelmResult Helm(const std::vector<std::string>& arguments) {
  static const TemporaryDirectory home;
  ProcessOptions options;
  options.command = {HelmProgram()};
  options.command.insert(options.command.end(), arguments.begin(), arguments.end());
  options.environment = {{"HOME", home.path()},
                         {"HELM_CACHE_HOME", home / "cache"},
                         {"HELM_CONFIG_HOME", home / "config"},
                         {"HELM_DATA_HOME", home / "data"}};
  options.unset = {"KUBECONFIG", "HELM_NAMESPACE"};
  HelmResult result;
  result.ok = RunCommand(options, &result.out, &result.err) == ExitedWith(0);
  return result;
}

HelmResult Template(const std::vector<std::string>& options) {
  std::vector<std::string> arguments = {"template",    kRelease,          SourcePath(kChart),
                                        "--namespace", kReleaseNamespace, "--kube-version",
                                        "1.29.0"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  return Helm(arguments);
}

Objects ParseObjects(const std::string& documents) {
  Objects objects;
  const std::string text = "\n" + documents + kSeparator;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text.find(kSeparator, begin)) != std::string::npos;) {
    const std::string document = text.substr(begin, end - begin);
    begin = end + std::string(kSeparator).size() - 1;
    auto object = api::ParseYamlDocument(document);
    if (object.ok() && object->is_null()) continue;  // nothing but comments
    if (!object.ok()) {
      if (document.find_first_not_of(" \n-") == std::string::npos) continue;
      ADD_FAILURE() << object.error().message << "\n" << document;
      continue;
    }
    EXPECT_TRUE(objects.emplace(KeyOf(*object), *object).second) << KeyOf(*object) << " twice";
  }
  return objects;
}

Objects Render(const std::vector<std::string>& options) {
  const HelmResult result = Template(options);
  EXPECT_TRUE(result.ok) << result.err;
  return ParseObjects(result.out);
}

std::string SourceFile(const std::string& path) {
  auto text = ReadFile(SourcePath(path));
  EXPECT_TRUE(text.ok()) << path;
  return text.ok() ? std::move(*text) : std::string();
}

json SourceYaml(const std::string& path) {
  auto document = api::ParseYamlDocument(SourceFile(path));
  EXPECT_TRUE(document.ok()) << path;
  return document.ok() ? std::move(*document) : json::object();
}

}  // namespace clockwork::testing
