#include "operator/remote/reader_pod.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/remote/remote_objects.h"

namespace clockwork::remote {
namespace {

using nlohmann::json;
using ::testing::EndsWith;
using ::testing::HasSubstr;

json Pod(const std::string& phase, const std::string& node, const std::string& claim,
         const std::string& image) {
  return {{"spec",
           {{"nodeName", node},
            {"volumes", json::array({{{"persistentVolumeClaim", {{"claimName", claim}}}}})},
            {"containers",
             json::array({{{"image", image}, {"command", {"telemetry"}}, {"args", {"x"}}}})}}},
          {"status", {{"phase", phase}}}};
}

TEST(ReaderPod, TakesTheExperimentsImageThenThatOfAPodThenTheStatussThenTheReleases) {
  const std::vector<json> none;
  const std::vector<json> pods = {json::object(), Pod("Succeeded", "n", "c", "r/telemetry:9")};
  const RemoteExperiment named = MakeRemote({{"images", {{"telemetry", "mine:1"}}}});
  EXPECT_EQ(ReaderImage(named, pods), "mine:1");
  EXPECT_EQ(ReaderImage(MakeRemote(), pods), "r/telemetry:9");
  EXPECT_THAT(ReaderImage(MakeRemote(), none), HasSubstr("/telemetry:"));
  RemoteExperiment over = MakeRemote();
  over.status.telemetry_image = "r/telemetry:7";
  EXPECT_EQ(ReaderImage(over, none), "r/telemetry:7") << "its pods are deleted";
  json figures = Pod("Running", "n", "c", "r/plotter:9");
  figures["spec"]["containers"][0].erase("command");
  figures["spec"]["initContainers"] =
      json::array({{{"image", "r/telemetry:8"}, {"command", {"telemetry"}}}});
  EXPECT_EQ(ReaderImage(MakeRemote(), {figures}), "r/telemetry:8");
}

TEST(ReaderPod, GoesWhereTheClaimIsInUse) {
  EXPECT_EQ(NodeOfClaim({Pod("Succeeded", "old", "claim", ""), Pod("Running", "a", "other", ""),
                         Pod("Pending", "", "claim", ""), Pod("Running", "b", "claim", "")},
                        "claim"),
            "b");
  EXPECT_EQ(NodeOfClaim({Pod("Failed", "old", "claim", "")}, "claim"), "");
}

TEST(ReaderPod, MountsTheClaimReadOnlyAndEndsByItself) {
  const json pod = ReaderPod(MakeRemote(), {"img", "", "00ab12"});
  const json& spec = pod["spec"];
  const json& container = spec["containers"][0];
  EXPECT_EQ(pod["metadata"]["name"], "x-fetch-00ab12");
  EXPECT_EQ(pod["metadata"]["namespace"], "lab");
  EXPECT_EQ(spec["volumes"][0]["persistentVolumeClaim"]["claimName"], "x-telemetry");
  EXPECT_EQ(
      container["volumeMounts"],
      json::array({{{"name", "telemetry"}, {"mountPath", "/telemetry"}, {"readOnly", true}}}));
  EXPECT_EQ(container["command"], json({"telemetry"}));
  EXPECT_EQ(container["args"], json({"hold", "--seconds", "3600"}));
  EXPECT_EQ(spec["activeDeadlineSeconds"], 86'400) << "a large claim takes hours";
  EXPECT_EQ(spec["restartPolicy"], "Never");
  EXPECT_EQ(spec["nodeSelector"]["clockwork.dev/role"], "controller");
  EXPECT_FALSE(spec.contains("affinity"));
}

TEST(ReaderPod, IsNoneOfTheOperatorsButGoesWithTheExperiment) {
  const json pod = ReaderPod(MakeRemote(), {"img", "node-b", "1"});
  for (const auto& [label, value] : pod["metadata"]["labels"].items()) {
    EXPECT_FALSE(label.starts_with("clockwork.dev/")) << label;
  }
  const json& owner = pod["metadata"]["ownerReferences"][0];
  EXPECT_EQ(owner["uid"], "u-1");
  EXPECT_EQ(owner["controller"], false);
  EXPECT_THAT(pod["spec"]["affinity"].dump(), HasSubstr("node-b"));
}

TEST(ReaderPod, IsFitForRestrictedPodSecurity) {
  const json spec = ReaderPod(MakeRemote(), {"img", "", "1"})["spec"];
  EXPECT_EQ(spec["securityContext"]["runAsNonRoot"], true);
  EXPECT_EQ(spec["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
  EXPECT_EQ(spec["containers"][0]["securityContext"]["capabilities"]["drop"], json({"ALL"}));
  EXPECT_EQ(spec["automountServiceAccountToken"], false);
}

TEST(ReaderPod, ALongNameIsCutToAName) {
  RemoteExperiment experiment = MakeRemote();
  experiment.experiment.name = std::string(47, 'n') + ".." + std::string(100, 'm');
  const std::string name = ReaderPod(experiment, {"img", "", "00ab12"})["metadata"]["name"];
  EXPECT_LE(name.size(), 63U);
  EXPECT_THAT(name, EndsWith("n-fetch-00ab12"));
}

TEST(ReaderPod, ItsStateIsReadFromWhatKubernetesSays) {
  using Kind = ReaderState::Kind;
  const struct {
    json status;
    Kind kind;
    const char* blocker;
  } cases[] = {
      {json::object(), Kind::kWaiting, ""},
      {{{"phase", "Pending"},
        {"conditions", json::array({{{"type", "PodScheduled"},
                                     {"status", "False"},
                                     {"reason", "Unschedulable"},
                                     {"message", "0/3 nodes"}}})}},
       Kind::kWaiting,
       "Unschedulable: 0/3 nodes"},
      {{{"phase", "Pending"},
        {"containerStatuses",
         json::array(
             {{{"state", {{"waiting", {{"reason", "ErrImagePull"}, {"message", "no"}}}}}}})}},
       Kind::kWaiting,
       "ErrImagePull: no"},
      {{{"phase", "Running"},
        {"containerStatuses", json::array({{{"state", {{"running", json::object()}}}}})}},
       Kind::kRunning,
       ""},
      {{{"phase", "Failed"}, {"message", "evicted"}}, Kind::kEnded, "Failed: evicted"},
      {{{"phase", 7}, {"conditions", "x"}, {"containerStatuses", json::array()}},
       Kind::kWaiting,
       ""},
  };
  for (const auto& [status, kind, blocker] : cases) {
    const ReaderState state = StateOf({{"status", status}});
    EXPECT_EQ(state.kind, kind) << status;
    EXPECT_EQ(state.blocker, blocker) << status;
  }
}

}  // namespace
}  // namespace clockwork::remote
