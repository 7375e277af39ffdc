// Every value of the chart is explained, used and known to the schema; the schema refuses the rest.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/chart/chart_page.h"
#include "tests/chart/helm.h"
#include "tests/support/paths.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* kDirectory = "charts/clockwork-operator/";

std::vector<ChartValue> Values() {
  return ParseValues(SourceFile(std::string(kDirectory) + "values.yaml"));
}

std::string AllTemplates() {
  std::string text;
  const std::string root = SourcePath(kChart) + "/templates";
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (!entry.is_regular_file()) continue;
    text += SourceFile(std::filesystem::relative(entry.path(), SourcePath(".")));
  }
  return text;
}

TEST(ChartValues, AreExplainedInASentenceEach) {
  ASSERT_GT(Values().size(), 30U);
  for (const ChartValue& value : Values()) {
    ASSERT_FALSE(value.meaning.empty()) << value.path << " has no comment that begins with --";
    EXPECT_EQ(value.meaning.back(), '.') << value.path;
  }
}

TEST(ChartValues, AreTheTableInTheReadme) {
  EXPECT_THAT(SourceFile(std::string(kDirectory) + "README.md"),
              HasSubstr("## Values\n\n" + RenderValuesTable(Values())))
      << "put what build/tests/chart_page prints into charts/clockwork-operator/README.md";
}

TEST(ChartValues, AreAllUsedByATemplate) {
  const std::string templates = AllTemplates();
  for (const ChartValue& value : Values()) {
    // Those of the image are taken in one `with`.
    const std::string use = value.path.starts_with("image.") && value.path != "image.pullPolicy"
                                ? value.path.substr(5)
                                : ".Values." + value.path;
    EXPECT_THAT(templates, HasSubstr(use)) << value.path;
  }
}

TEST(ChartValues, AreAllInTheSchemaAndItsOwnAreInTheValues) {
  const json schema = json::parse(SourceFile(std::string(kDirectory) + "values.schema.json"));
  std::vector<std::string> known;
  const std::function<void(const std::string&, const json&)> walk = [&](const std::string& path,
                                                                        const json& node) {
    for (const auto& [name, member] : node.at("properties").items()) {
      const std::string full = path.empty() ? name : path + "." + name;
      const bool whole = full == "resources" || full == "affinity" || full == "global";
      if (member.contains("properties") && !whole) {
        EXPECT_EQ(member.value("additionalProperties", true), false) << full;
        walk(full, member);
      } else if (full != "global") {
        known.push_back(full);
      }
    }
  };
  EXPECT_EQ(schema.value("additionalProperties", true), false);
  walk("", schema);
  std::vector<std::string> paths;
  for (const ChartValue& value : Values()) paths.push_back(value.path);
  EXPECT_THAT(known, ::testing::UnorderedElementsAreArray(paths));
}

TEST(ChartSchema, RefusesWhatCannotBeMeant) {
  const struct {
    const char* set;
    const char* names;  // what the message must name
  } cases[] = {
      {"replicas=3", "replicas"},
      {"image.tagg=1", "tagg"},
      {"replicaCount=two", "/replicaCount"},
      {"replicaCount=-1", "/replicaCount"},
      {"image.repository=", "/image/repository"},
      {"image.digest=sha256:12", "/image/digest"},
      {"image.pullPolicy=Sometimes", "/image/pullPolicy"},
      {"image.registry=a b", "/image/registry"},
      {"imagePullSecrets[0]=secret", "/imagePullSecrets/0"},
      {"trialImages.tag=a/b", "/trialImages/tag"},
      {"fullnameOverride=Upper", "/fullnameOverride"},
      {"watchNamespaces={a,a}", "/watchNamespaces"},
      {"watchNamespaces={a_b}", "/watchNamespaces/0"},
      {"watchNamespaces=a", "/watchNamespaces"},
      {"crds.keep=yes", "/crds/keep"},
      {"log.format=xml", "/log/format"},
      {"extraArgs=--workers=8", "/extraArgs"},
      {"nodeSelector.pool=1", "/nodeSelector/pool"},
      {"affinity.node=x", "/affinity"},
      {"podDisruptionBudget.maxUnavailable=0", "/podDisruptionBudget/maxUnavailable"},
      {"metrics.port=80", "/metrics/port"},
      {"metrics.serviceMonitor.interval=often", "/metrics/serviceMonitor/interval"},
      {"networkPolicy.metricsFrom={all}", "/networkPolicy/metricsFrom/0"},
      {"resources.limit.memory=1Gi", "limit"},
  };
  for (const auto& [set, names] : cases) {
    const HelmResult result = Template({"--set", set});
    EXPECT_FALSE(result.ok) << set;
    EXPECT_THAT(result.err, HasSubstr("don't meet the specifications of the schema")) << set;
    EXPECT_THAT(result.err, HasSubstr(names)) << set;
  }
}

TEST(ChartSchema, TakesWhatIsAskedFor) {
  for (const char* set : {"replicaCount=0", "podDisruptionBudget.maxUnavailable=50%",
                          "metrics.serviceMonitor.interval=1m30s", "global.imageRegistry=x"}) {
    const HelmResult result = Template({"--set", set});
    EXPECT_TRUE(result.ok) << set << ": " << result.err;
  }
}

}  // namespace
}  // namespace clockwork::testing
