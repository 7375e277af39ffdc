// What the values do to what is installed, and what Helm tells whoever installs it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/chart/helm.h"
#include "tests/support/paths.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kDeployment = "Deployment clockwork-system/clockwork-operator";
constexpr const char* kService = "Service clockwork-system/clockwork-operator-metrics";
constexpr const char* kTestPod = "Pod clockwork-system/clockwork-operator-test";

std::vector<std::string> Set(const std::string& values) { return {"--set", values}; }

json Operator(const Objects& objects) {
  return objects.at(kDeployment)["spec"]["template"]["spec"]["containers"][0];
}

std::vector<std::string> Kinds(const Objects& objects) {
  std::vector<std::string> kinds;
  for (const auto& [key, object] : objects) kinds.push_back(object.at("kind"));
  return kinds;
}

bool Selects(const json& selector, const json& labels) {
  for (const auto& [name, value] : selector.items()) {
    if (labels.value(name, "") != value) return false;
  }
  return true;
}

TEST(Chart, IsCleanForAStrictLinter) {
  const HelmResult result = Helm({"lint", "--strict", SourcePath(kChart)});
  EXPECT_TRUE(result.ok) << result.out << result.err;
}

TEST(Chart, NeedsTheKubernetesThatItSays) {
  const HelmResult result =
      Helm({"template", kRelease, SourcePath(kChart), "--kube-version", "1.28.9"});
  EXPECT_FALSE(result.ok);
  EXPECT_THAT(result.err, HasSubstr(">=1.29.0"));
}

TEST(Chart, PutsWhatItIsToldIntoTheImage) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const struct {
    std::string set;
    std::string image;
  } cases[] = {
      {"replicaCount=2", "ghcr.io/clockwork-scalability-operator/operator:0.1.0"},
      {"image.registry=", "operator:0.1.0"},
      {"image.registry=example.org/team/", "example.org/team/operator:0.1.0"},
      {"image.registry=localhost:5000,image.tag=abc", "localhost:5000/operator:abc"},
      {"image.registry=,image.tag=abc,image.digest=" + digest, "operator@" + digest},
  };
  for (const auto& [set, image] : cases) {
    const Objects objects = Render(Set(set));
    EXPECT_EQ(Operator(objects)["image"], image) << set;
    EXPECT_EQ(objects.at(kTestPod)["spec"]["containers"][0]["image"], image) << set;
  }
}

TEST(Chart, TurnsValuesIntoArguments) {
  const struct {
    const char* set;
    const char* argument;
  } cases[] = {
      {"log.format=json", "--log-format=json"},
      {"metrics.port=9090", "--probe-port=9090"},
      {"trialImages.registry=example.org/t", "--image-registry=example.org/t"},
      {"trialImages.registry=example.org/t/", "--image-registry=example.org/t"},
      {"trialImages.tag=abc", "--image-tag=abc"},
      {"watchNamespaces={a,b}", "--namespaces=a,b"},
      {"watchNamespaces={a,b}", "--watch-nodes=false"},
      {"extraArgs={--workers=8}", "--workers=8"},
      {"fullnameOverride=other", "--leader-elect"},
  };
  for (const auto& [set, argument] : cases) {
    for (const auto& [key, object] : Render(Set(set))) {
      if (object["kind"] != "Deployment") continue;
      EXPECT_THAT(object["spec"]["template"]["spec"]["containers"][0]["args"], Contains(argument))
          << set;
    }
  }
}

TEST(Chart, TwoReleasesHaveTwoLeases) {
  const Objects objects = Render(Set("fullnameOverride=other"));
  EXPECT_THAT(
      objects.at(
          "Deployment clockwork-system/other")["spec"]["template"]["spec"]["containers"][0]["args"],
      Contains("--lease-name=other"));
  const json rules = objects.at("Role clockwork-system/other-leader-election")["rules"];
  EXPECT_EQ(rules[1]["resourceNames"], json({"other"}));
}

TEST(Chart, WithNamespacesHasNoRoleBeyondThem) {
  const Objects objects = Render(Set("watchNamespaces={a,b},rbac.userRoles=false"));
  EXPECT_THAT(Kinds(objects), Not(Contains("ClusterRole")));
  EXPECT_THAT(Kinds(objects), Not(Contains("ClusterRoleBinding")));
  const json everywhere = Render().at("ClusterRole /clockwork-operator")["rules"];
  for (const char* name_space : {"a", "b"}) {
    const std::string name = std::string(name_space) + "/clockwork-operator";
    ASSERT_TRUE(objects.contains("Role " + name));
    ASSERT_TRUE(objects.contains("RoleBinding " + name));
    EXPECT_EQ(objects.at("RoleBinding " + name)["subjects"][0]["namespace"], kReleaseNamespace);
    json rules = objects.at("Role " + name)["rules"];
    rules.push_back(everywhere.back());  // nodes, which belong to no namespace
    EXPECT_EQ(rules, everywhere);
  }
}

// Without a lease, two operators would act while one takes the other's place.
TEST(Chart, WithoutALeaseTheOldOneGoesFirst) {
  const json alone = Render(Set("replicaCount=1,leaderElection.enabled=false")).at(kDeployment);
  EXPECT_EQ(alone["spec"]["strategy"]["type"], "Recreate");
  EXPECT_FALSE(Render().at(kDeployment)["spec"].contains("strategy"));
}

TEST(Chart, OneReplicaHasNoDisruptionBudget) {
  EXPECT_THAT(Kinds(Render(Set("replicaCount=1"))), Not(Contains("PodDisruptionBudget")));
  EXPECT_THAT(Kinds(Render(Set("replicaCount=3"))), Contains("PodDisruptionBudget"));
}

TEST(Chart, LeavesOutWhatIsSwitchedOff) {
  const struct {
    const char* set;
    const char* kind;
  } cases[] = {
      {"crds.enabled=false", "CustomResourceDefinition"},
      {"rbac.create=false,rbac.userRoles=false", "ClusterRole"},
      {"rbac.create=false", "RoleBinding"},
      {"serviceAccount.create=false", "ServiceAccount"},
      {"podDisruptionBudget.enabled=false", "PodDisruptionBudget"},
      {"metrics.service.enabled=false", "Service"},
      {"metrics.service.enabled=false", "Pod"},
      {"replicaCount=1,leaderElection.enabled=false", "Role"},
  };
  const auto usual = Kinds(Render());
  for (const auto& [set, kind] : cases) {
    EXPECT_THAT(usual, Contains(kind)) << set;
    EXPECT_THAT(Kinds(Render(Set(set))), Not(Contains(kind))) << set;
  }
}

TEST(Chart, AddsWhatIsAskedFor) {
  const auto usual = Kinds(Render());
  for (const auto& [set, kind] :
       {std::pair{"metrics.serviceMonitor.enabled=true", "ServiceMonitor"},
        std::pair{"networkPolicy.enabled=true", "NetworkPolicy"}}) {
    EXPECT_THAT(usual, Not(Contains(kind)));
    EXPECT_THAT(Kinds(Render(Set(set))), Contains(kind));
  }
}

TEST(Chart, RefusesWhatContradictsItself) {
  const struct {
    const char* set;
    const char* remedy;
  } cases[] = {
      {"leaderElection.enabled=false", "set leaderElection.enabled to true"},
      {"metrics.serviceMonitor.enabled=true,metrics.service.enabled=false",
       "set metrics.service.enabled to true"},
      {"fullnameOverride=9op", "fullnameOverride"},
  };
  for (const auto& [set, remedy] : cases) {
    const HelmResult result = Template(Set(set));
    EXPECT_FALSE(result.ok) << set;
    EXPECT_THAT(result.err, HasSubstr(remedy)) << set;
  }
}

TEST(Chart, NamesThatLookLikeNumbersAreNames) {
  const HelmResult result = Helm({"template", "op", SourcePath(kChart), "--namespace", "4711",
                                  "--set-string", "watchNamespaces[0]=0815"});
  ASSERT_TRUE(result.ok) << result.err;
  EXPECT_THAT(result.out, HasSubstr("namespace: \"4711\""));
  EXPECT_THAT(result.out, Not(HasSubstr("namespace: 4711")));
  EXPECT_THAT(result.out, HasSubstr("namespace: \"0815\""));
  // A Service is not named so.
  const HelmResult digit = Helm({"template", "9op", SourcePath(kChart)});
  EXPECT_FALSE(digit.ok);
  EXPECT_THAT(digit.err, HasSubstr("set fullnameOverride"));
}

TEST(Chart, KeepsTheResourceTypeUnlessToldNotTo) {
  const std::string key = "CustomResourceDefinition /scalabilityexperiments.clockwork.dev";
  const json kept = Render().at(key)["metadata"];
  EXPECT_EQ(kept["annotations"]["helm.sh/resource-policy"], "keep");
  EXPECT_FALSE(Render(Set("crds.keep=false")).at(key)["metadata"].contains("annotations"));
}

TEST(Chart, SelectorsMeetTheOperatorsPodsAndNotTheTests) {
  const Objects objects = Render(Set("networkPolicy.enabled=true,podLabels.team=a"));
  const json pod = objects.at(kDeployment)["spec"]["template"]["metadata"]["labels"];
  const json test = objects.at(kTestPod)["metadata"]["labels"];
  EXPECT_EQ(pod["team"], "a");
  const std::string name = "clockwork-system/clockwork-operator";
  const json selectors[] = {
      objects.at(kService)["spec"]["selector"],
      objects.at(kDeployment)["spec"]["selector"]["matchLabels"],
      objects.at("PodDisruptionBudget " + name)["spec"]["selector"]["matchLabels"],
      objects.at("NetworkPolicy " + name)["spec"]["podSelector"]["matchLabels"]};
  for (const json& selector : selectors) {
    ASSERT_FALSE(selector.empty());
    EXPECT_TRUE(Selects(selector, pod)) << selector;
    EXPECT_FALSE(Selects(selector, test)) << selector;
  }
}

TEST(Chart, TheTestGoesThroughTheServiceAndMayPassTheNetworkPolicy) {
  const Objects objects =
      Render(Set("networkPolicy.enabled=true,networkPolicy.metricsFrom[0].namespaceSelector.a=b"));
  const json& pod = objects.at(kTestPod);
  EXPECT_EQ(pod["spec"]["containers"][0]["args"],
            json({"--probe=http://clockwork-operator-metrics.clockwork-system.svc:8080/readyz"}));
  EXPECT_EQ(pod["metadata"]["annotations"]["helm.sh/hook"], "test");
  const json from =
      objects.at("NetworkPolicy clockwork-system/clockwork-operator")["spec"]["ingress"][0]["from"];
  ASSERT_EQ(from.size(), 2U);
  EXPECT_TRUE(Selects(from[1]["podSelector"]["matchLabels"], pod["metadata"]["labels"]));
}

// Everything that runs is fit for a namespace that enforces the pod security standard "restricted".
TEST(Chart, PodsAreRestricted) {
  const Objects objects = Render();
  for (const json& spec :
       {objects.at(kDeployment)["spec"]["template"]["spec"], objects.at(kTestPod)["spec"]}) {
    EXPECT_EQ(spec["securityContext"]["runAsNonRoot"], true);
    EXPECT_EQ(spec["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    for (const json& container : spec["containers"]) {
      EXPECT_EQ(container["securityContext"]["allowPrivilegeEscalation"], false);
      EXPECT_EQ(container["securityContext"]["readOnlyRootFilesystem"], true);
      EXPECT_EQ(container["securityContext"]["capabilities"]["drop"], json({"ALL"}));
      EXPECT_TRUE(container["resources"].contains("limits"));
    }
  }
}

TEST(ChartNotes, TellTheNextThreeCommands) {
  // `helm template` does not print the notes: a template of a copy of the chart does.
  const TemporaryDirectory directory;
  const std::string copy = directory / "chart";
  std::filesystem::copy(SourcePath(kChart), copy, std::filesystem::copy_options::recursive);
  std::ofstream(copy + "/templates/notes.yaml")
      << "kind: Notes\nmetadata: {name: notes}\n"
         "text: {{ include (print .Template.BasePath \"/NOTES.txt\") . | toJson }}\n";
  const auto notes = [&](const std::string& set) {
    const HelmResult result = Helm({"template", kRelease, copy, "--namespace", kReleaseNamespace,
                                    "--set", set, "--show-only", "templates/notes.yaml"});
    EXPECT_TRUE(result.ok) << result.err;
    const Objects objects = ParseObjects(result.out);
    return objects.empty() ? "no notes" : objects.begin()->second.at("text").get<std::string>();
  };
  const std::string usual = notes("replicaCount=2");
  for (const char* says :
       {"all namespaces", "1. ", "rollout status deployment/clockwork-operator",
        "helm test -n clockwork-system clockwork-operator", "2. ", "kubectl label node", "3. ",
        "kubectl apply -f manifests/samples/figure-11-small.yaml", "kubectl get scx --watch",
        "`helm uninstall` leaves it and all experiments in place"}) {
    EXPECT_THAT(usual, HasSubstr(says));
  }
  const std::string few = notes("watchNamespaces={a,b}");
  EXPECT_THAT(few, HasSubstr("the namespaces a, b"));
  EXPECT_THAT(few, HasSubstr("kubectl -n a apply -f manifests/samples/figure-11-small.yaml"));
  EXPECT_THAT(notes("crds.keep=false"), HasSubstr("DELETES it AND ALL EXPERIMENTS"));
  EXPECT_THAT(notes("crds.enabled=false"), HasSubstr("not part of this release"));
}

}  // namespace
}  // namespace clockwork::testing
