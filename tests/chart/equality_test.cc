// What the chart installs by default is what manifests/ install.

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/chart/helm.h"
#include "tests/support/paths.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;

// What Helm's conventions add: labels that say which release and chart it was, in selectors too.
constexpr const char* kHelmLabels[] = {"app.kubernetes.io/instance", "app.kubernetes.io/managed-by",
                                       "app.kubernetes.io/version", "helm.sh/chart"};
constexpr const char* kHelmAnnotation = "helm.sh/resource-policy";

void WithoutHelm(json* value) {
  if (value->is_object()) {
    for (const char* label : kHelmLabels) value->erase(label);
    value->erase(kHelmAnnotation);
  }
  for (json& member : *value) {
    if (member.is_structured()) WithoutHelm(&member);
  }
  if (value->is_object() && value->contains("annotations") && value->at("annotations").empty()) {
    value->erase("annotations");
  }
}

// Of the objects that `kubectl apply -k manifests` applies: those of kustomization.yaml.
Objects Manifests() {
  Objects objects;
  const json list = SourceYaml("manifests/kustomization.yaml");
  for (const json& file : list.at("resources")) {
    objects.merge(ParseObjects(SourceFile("manifests/" + file.get<std::string>())));
  }
  return objects;
}

TEST(ChartEquality, EveryManifestIsNamedInTheKustomization) {
  namespace fs = std::filesystem;
  const std::string list = SourceFile("manifests/kustomization.yaml");
  for (const auto& entry : fs::recursive_directory_iterator(SourcePath("manifests"))) {
    const std::string path = fs::relative(entry.path(), SourcePath("manifests"));
    if (!entry.is_regular_file() || path == "kustomization.yaml" || path.starts_with("samples/")) {
      continue;
    }
    EXPECT_NE(list.find("- " + path + "\n"), std::string::npos) << path;
  }
}

TEST(ChartEquality, TheChartRendersTheManifests) {
  Objects manifests = Manifests();
  // Made by `helm install --create-namespace`: a release cannot live in a namespace of its own.
  ASSERT_EQ(manifests.erase("Namespace /clockwork-system"), 1U);
  Objects rendered = Render({"--no-hooks"});
  for (auto& [key, object] : rendered) WithoutHelm(&object);
  for (const auto& [key, object] : manifests) {
    ASSERT_TRUE(rendered.contains(key)) << "the chart lacks " << key;
    EXPECT_EQ(json::diff(object, rendered.at(key)), json::array())
        << key << ": what changes the manifest into what the chart has";
  }
  for (const auto& [key, object] : rendered) {
    EXPECT_TRUE(manifests.contains(key)) << "manifests/ lack " << key;
  }
}

TEST(ChartEquality, TheResourceTypeIsTheSameFile) {
  EXPECT_TRUE(SourceFile("charts/clockwork-operator/files/scalabilityexperiments.yaml") ==
              SourceFile("manifests/crd/scalabilityexperiments.yaml"))
      << "copy manifests/crd/scalabilityexperiments.yaml to charts/clockwork-operator/files";
}

TEST(ChartEquality, TheVersionsAreTheRepositorys) {
  const json fields = SourceYaml("charts/clockwork-operator/Chart.yaml");
  const std::string version = fields.at("appVersion");
  EXPECT_NE(SourceFile("CMakeLists.txt").find("VERSION " + version + " "), std::string::npos);
  EXPECT_EQ(fields.at("version"), version);
}

}  // namespace
}  // namespace clockwork::testing
