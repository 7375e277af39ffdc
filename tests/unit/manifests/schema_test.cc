// What the schema of the CRD must have everywhere: an explanation, bounds, no fractions, no hole
// through which unknown fields come in. And the limits that the type has as well.

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <functional>
#include <string>

#include "operator/api/scalability_experiment.h"
#include "tests/support/paths.h"

namespace clockwork::testing {
namespace {

YAML::Node Schema() {
  return YAML::LoadFile(
      SourcePath("manifests/crd/scalabilityexperiments.yaml"))["spec"]["versions"][0]["schema"]
                                                              ["openAPIV3Schema"];
}

using Visit = std::function<void(const std::string& path, const YAML::Node& schema)>;

void Walk(const std::string& path, const YAML::Node& schema, const Visit& visit) {
  visit(path, schema);
  for (const auto& entry : schema["properties"]) {
    const auto name = entry.first.as<std::string>();
    if (path.empty() && name != "spec" && name != "status") continue;  // the API server's own
    Walk(path + "." + name, entry.second, visit);
  }
  if (schema["items"]) Walk(path + "[]", schema["items"], visit);
  if (schema["additionalProperties"]) Walk(path + ".*", schema["additionalProperties"], visit);
}

TEST(SchemaTest, EveryFieldIsExplainedInASentence) {
  Walk("", Schema(), [](const std::string& path, const YAML::Node& schema) {
    const auto text = schema["description"].as<std::string>("");
    ASSERT_FALSE(text.empty()) << path;
    EXPECT_EQ(text.back(), '.') << path;
  });
}

TEST(SchemaTest, EveryFieldIsBoundedAndNoneIsAFraction) {
  Walk("", Schema(), [](const std::string& path, const YAML::Node& schema) {
    const auto type = schema["type"].as<std::string>("");
    if (type == "integer") {
      EXPECT_TRUE(schema["minimum"] && schema["maximum"] && schema["format"]) << path;
    } else if (type == "string") {
      EXPECT_TRUE(schema["enum"] || schema["maxLength"]) << path;
    } else if (type == "array") {
      EXPECT_TRUE(schema["maxItems"] && schema["x-kubernetes-list-type"]) << path;
    } else if (type == "object") {
      EXPECT_TRUE(schema["properties"] || schema["maxProperties"]) << path;
    } else {
      EXPECT_EQ(type, "boolean") << path;
    }
    EXPECT_FALSE(schema["x-kubernetes-preserve-unknown-fields"]) << path;
  });
}

TEST(SchemaTest, HasTheLimitsOfTheType) {
  const YAML::Node spec = Schema()["properties"]["spec"]["properties"];
  const YAML::Node values = spec["workers"]["properties"]["values"];
  const auto number = [](const YAML::Node& node) { return node.as<std::int64_t>(); };
  const auto size = [](const YAML::Node& node) { return node.as<std::size_t>(); };
  const YAML::Node worker = spec["placement"]["properties"]["worker"]["properties"];
  EXPECT_EQ(number(values["maxItems"]), api::kMaxWorkerCounts);
  EXPECT_EQ(number(values["items"]["maximum"]), api::kMaxGpus);
  EXPECT_EQ(number(spec["trials"]["maximum"]), api::kMaxTrials);
  EXPECT_EQ(number(spec["trace"]["properties"]["seed"]["maximum"]), api::kMaxTraceSeed);
  EXPECT_EQ(number(spec["load"]["properties"]["periodSeconds"]["maximum"]), api::kMaxPeriodSeconds);
  EXPECT_EQ(number(spec["retries"]["properties"]["attempts"]["maximum"]), api::kMaxAttempts);
  EXPECT_EQ(number(spec["retries"]["properties"]["backoffSeconds"]["maximum"]),
            api::kMaxBackoffSeconds);
  EXPECT_EQ(number(spec["ttlSecondsAfterFinished"]["maximum"]), api::kMaxDeadlineSeconds);
  EXPECT_EQ(size(spec["images"]["properties"]["worker"]["maxLength"]), api::kMaxTextBytes);
  EXPECT_EQ(size(spec["imagePullSecrets"]["maxItems"]), api::kMaxPullSecrets);
  EXPECT_EQ(size(worker["tolerations"]["maxItems"]), api::kMaxTolerations);
  EXPECT_EQ(size(worker["nodeSelector"]["maxProperties"]), api::kMaxMapEntries);
}

}  // namespace
}  // namespace clockwork::testing
