#include "operator/plan/cluster/pod_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "operator/api/encode.h"
#include "tests/unit/operator/cluster/world_builder.h"

namespace clockwork::plan::cluster {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;

PlannedTrial FirstTrial(const World& world) {
  return MakePlan(world.experiment.experiment->spec).order[0];
}

TEST(PodTemplateTest, KeepsToTheRestrictedStandard) {
  const World world = MakeWorld();
  const json pod = PodObject(MakeWorker(world, FirstTrial(world), 1, 0));
  const json& spec = pod["spec"];
  EXPECT_EQ(spec["securityContext"]["runAsNonRoot"], true);
  EXPECT_EQ(spec["securityContext"]["runAsUser"], 65532);
  EXPECT_EQ(spec["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
  const json& container = spec["containers"][0];
  EXPECT_EQ(container["securityContext"]["allowPrivilegeEscalation"], false);
  EXPECT_EQ(container["securityContext"]["readOnlyRootFilesystem"], true);
  EXPECT_EQ(container["securityContext"]["capabilities"]["drop"], json::array({"ALL"}));
  EXPECT_EQ(spec["automountServiceAccountToken"], false);
  EXPECT_EQ(spec["enableServiceLinks"], false);
  EXPECT_EQ(spec["restartPolicy"], "Never");
  EXPECT_EQ(spec["terminationGracePeriodSeconds"], 30);
  EXPECT_EQ(container["terminationMessagePolicy"], "FallbackToLogsOnError");
  EXPECT_EQ(container["startupProbe"]["tcpSocket"]["port"], 12345);
  EXPECT_EQ(container["startupProbe"]["failureThreshold"], 300);
  EXPECT_FALSE(container.contains("livenessProbe") || container.contains("readinessProbe"));
  EXPECT_EQ(container["command"], json::array({"worker_dummy"}));
  EXPECT_EQ(container["args"], json::array({"-n", "2", "-p", "12345"}));
}

TEST(PodTemplateTest, SaysWhoseItIs) {
  const World world = MakeWorld();
  const json pod = PodObject(MakeController(world, FirstTrial(world), 3, {"1.2.3.4:12345"}));
  const json& owner = pod["metadata"]["ownerReferences"][0];
  EXPECT_EQ(owner["uid"], "uid-of-exp");
  EXPECT_EQ(owner["controller"], true);
  EXPECT_FALSE(owner.contains("blockOwnerDeletion"));
  EXPECT_THAT(pod["metadata"]["name"].get<std::string>(), EndsWith("-c1t1a3-controller"));
  PodId id;
  ASSERT_TRUE(ReadPodLabels(pod["metadata"]["labels"].get<api::TextMap>(), &id));
  EXPECT_EQ(id, (PodId{{1, 1}, 3, Role::kController, 0}));
}

TEST(PodTemplateTest, TheControllerWritesIntoItsPartOfTheClaim) {
  const World world = MakeWorld();
  const json pod = PodObject(MakeController(world, FirstTrial(world), 1, {"a:1", "b:2"}));
  const json& container = pod["spec"]["containers"][0];
  EXPECT_EQ(container["args"][0], "INFER5");
  EXPECT_EQ(container["args"][1], "a:1,b:2");
  EXPECT_EQ(container["volumeMounts"][0]["subPath"],
            "work/" + AttemptName("exp", "uid-of-exp", {1, 1}, 1));
  EXPECT_EQ(pod["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"], "exp-telemetry");
}

// A node may be ready some time before its pods can be reached.
TEST(PodTemplateTest, ProgramsTryForAMinuteToReachEachOther) {
  struct Case {
    std::int64_t startup_seconds;
    const char* connect_ms;
  };
  for (const Case& c : {Case{300, "60000"}, Case{20, "10000"}, Case{1, "500"}}) {
    World world = MakeWorld();
    Spec(&world).deadlines.startup_seconds = c.startup_seconds;
    const json expected = {{"name", "CLOCKWORK_CONNECT_TIMEOUT_MS"}, {"value", c.connect_ms}};
    for (const json& pod : {PodObject(MakeController(world, FirstTrial(world), 1, {"a:1"})),
                            PodObject(MakeClient(world, FirstTrial(world), 1, "1.2.3.4"))}) {
      EXPECT_THAT(pod["spec"]["containers"][0]["env"], Contains(expected)) << c.startup_seconds;
    }
  }
}

TEST(PodTemplateTest, TheCollectorRunsWhereTheControllerRan) {
  World world = MakeWorld();
  Spec(&world).resources.collector.requests = {{"cpu", "100m"}};
  world.experiment.status.results = {{.workers = 2,
                                      .goodput_rps = {-1},
                                      .attempts = {2},
                                      .invalid = {},
                                      .median_goodput_rps = {}}};
  const json pod = PodObject(MakeCollector(world, FirstTrial(world), 1, "node-7", "summary"));
  const json& term = pod["spec"]["affinity"]["nodeAffinity"]
                        ["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"][0];
  EXPECT_EQ(term["matchFields"][0]["values"], json::array({"node-7"}));
  const json& container = pod["spec"]["containers"][0];
  EXPECT_EQ(container["env"][0]["value"], "summary");
  EXPECT_EQ(container["env"][1]["name"], "CLOCKWORK_EXPERIMENT");
  const auto filing = DecodeFiling(container["env"][1]["value"].get<std::string>());
  ASSERT_TRUE(filing.ok()) << filing.error().message;
  EXPECT_EQ(filing->experiment, "exp");
  EXPECT_EQ(filing->worker_counts, (std::vector<std::int64_t>{2, 4}));
  EXPECT_EQ(filing->measurement, api::MeasurementHash(Spec(&world)));
  EXPECT_EQ(filing->attempts, 3) << "two have failed";
  EXPECT_EQ(container["resources"]["requests"]["cpu"], "100m");
  EXPECT_FALSE(container.contains("startupProbe"));
}

TEST(PodTemplateTest, TheFiguresAreDrawnFromTheTablesOnTheClaim) {
  World world = MakeWorld();
  Spec(&world).images.plotter = "registry/plotter:1";
  const Plan plan = MakePlan(Spec(&world));
  const json pod = PodObject(MakeFigures(world, plan, 4, 2));
  const json& spec = pod["spec"];
  const json& tables = spec["initContainers"][0];
  EXPECT_EQ(tables["command"], json::array({"telemetry"}));
  EXPECT_EQ(tables["args"],
            json::array({"figures", "-i", "/telemetry/exp/data", "-o", "/telemetry/exp/data",
                         "--left-config", "2", "--workers", "2,4"}));
  const json& plotter = spec["initContainers"][1];
  EXPECT_EQ(plotter["image"], "registry/plotter:1");
  EXPECT_FALSE(plotter.contains("command")) << "the image's entry point";
  EXPECT_EQ(plotter["args"][1], "/telemetry/exp/data");
  EXPECT_THAT(plotter["env"], Contains(json({{"name", "MPLCONFIGDIR"}, {"value", "/tmp"}})));
  const json& result = spec["containers"][0];
  EXPECT_EQ(result["command"], json::array({"telemetry"}));
  EXPECT_EQ(result["args"], json::array({"result", "--experiment", "/telemetry/exp"}));
  for (const json* container : {&tables, &plotter, &result}) {
    EXPECT_EQ((*container)["securityContext"]["readOnlyRootFilesystem"], true);
    EXPECT_EQ((*container)["securityContext"]["allowPrivilegeEscalation"], false);
    EXPECT_EQ((*container)["securityContext"]["capabilities"]["drop"], json::array({"ALL"}));
    EXPECT_EQ((*container)["terminationMessagePolicy"], "FallbackToLogsOnError");
    EXPECT_EQ((*container)["volumeMounts"][0]["mountPath"], "/telemetry");
    EXPECT_EQ((*container)["volumeMounts"][1]["mountPath"], "/tmp");
  }
  EXPECT_EQ(spec["volumes"][0]["persistentVolumeClaim"]["claimName"], "exp-telemetry");
  EXPECT_EQ(spec["volumes"][1]["emptyDir"]["sizeLimit"], "64Mi");
  EXPECT_EQ(spec["nodeSelector"]["clockwork.dev/role"], "controller");
  PodId id;
  ASSERT_TRUE(ReadPodLabels(pod["metadata"]["labels"].get<api::TextMap>(), &id));
  EXPECT_EQ(id, (PodId{{0, 0}, 2, Role::kFigures, 0}));
}

TEST(PodTemplateTest, PlacementAndPullingAreTheExperiments) {
  World world = MakeWorld();
  Spec(&world).image_pull_secrets = {"s1"};
  Spec(&world).priority_class_name = "high";
  Spec(&world).images.client = "registry/client@sha256:1";
  Spec(&world).placement.client.tolerations = {{.key = "k",
                                                .match = api::TolerationOperator::kExists,
                                                .value = {},
                                                .toleration_seconds = {}}};
  const json spec = PodObject(MakeClient(world, FirstTrial(world), 1, "1.2.3.4"))["spec"];
  EXPECT_EQ(spec["imagePullSecrets"][0]["name"], "s1");
  EXPECT_EQ(spec["priorityClassName"], "high");
  EXPECT_EQ(spec["containers"][0]["image"], "registry/client@sha256:1");
  EXPECT_EQ(spec["tolerations"][0]["operator"], "Exists");
  EXPECT_EQ(spec["nodeSelector"]["clockwork.dev/role"], "client");
  EXPECT_EQ(spec["containers"][0]["args"][0], "1.2.3.4:12346");
}

TEST(PodTemplateTest, TheClaimIsTheExperiments) {
  World world = MakeWorld();
  Spec(&world).telemetry_claim_size = "3Gi";
  Spec(&world).telemetry_storage_class_name = "fast";
  const json claim = ClaimObject(MakeClaim(world));
  EXPECT_EQ(claim["metadata"]["name"], "exp-telemetry");
  EXPECT_EQ(claim["spec"]["accessModes"], json::array({"ReadWriteOnce"}));
  EXPECT_EQ(claim["spec"]["resources"]["requests"]["storage"], "3Gi");
  EXPECT_EQ(claim["spec"]["storageClassName"], "fast");
}

TEST(NamesTest, AreBoundedAndTellPodsApart) {
  const std::string longest(52, 'a');
  const PodId id{{1'000, 100}, 100'000, Role::kWorker, 9'999};
  EXPECT_LE(PodName(longest, "uid", id).size(), kMaxObjectNameBytes);
  EXPECT_NE(PodName(longest, "uid", id), PodName(longest.substr(1) + "b", "uid", id));
  EXPECT_NE(PodName("exp", "uid1", id), PodName("exp", "uid2", id));
}

TEST(PodSpecTest, GpusAreSpreadEvenly) {
  EXPECT_EQ(GpusOfPod(10, 3, 0), 4);
  EXPECT_EQ(GpusOfPod(10, 3, 1), 3);
  EXPECT_EQ(GpusOfPod(10, 3, 2), 3);
}

}  // namespace
}  // namespace clockwork::plan::cluster
