// What keeps an experiment from starting: named with its reason, and over once it is mended.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "tests/kind/kind_test.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;
using ::testing::AnyOf;
using ::testing::Contains;

constexpr const char* kName = "blocked";

struct Blocker {
  const char* name;
  json spec;           // what is asked for in vain
  const char* reason;  // of the condition
  const char* hint;    // part of the message: what is wrong
  bool ends;           // at the start-up deadline; else it is waited for, and uses up no attempt
};

void PrintTo(const Blocker& blocker, std::ostream* out) { *out << blocker.name; }

class BlockersTest : public KindTest {};

class NamedBlockerTest : public KindTest, public ::testing::WithParamInterface<Blocker> {};

// Without another attempt what the pods are to blame for fails at the start-up deadline, and says
// why.
TEST_P(NamedBlockerTest, EndsInTheRightReason) {
  json experiment = TinyExperiment(kName);
  experiment["spec"].merge_patch(GetParam().spec);
  experiment["spec"]["retries"] = {{"attempts", 1}};
  // An image's pull is tried again after ten seconds and more, and both reasons take turns.
  experiment["spec"]["deadlines"] = {{"startupSeconds", 40}};
  Apply(experiment);
  EXPECT_TRUE(AwaitReason(kName, GetParam().reason));
  EXPECT_TRUE(
      cluster().Await({"-n", name_space(), "scx", KindCluster::One(kName), "-o",
                       "jsonpath={.status.active[*].message} {.status.conditions[*].message}\n"},
                      GetParam().hint));
  if (GetParam().ends) {
    ASSERT_TRUE(AwaitPhase(kName, "Failed"));
  }
  EXPECT_EQ(StatusOf(kName).value("failures", -1), GetParam().ends ? 1 : 0);
  EXPECT_EQ(StatusOf(kName).value("trialsValid", -1), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Spec, NamedBlockerTest,
    ::testing::Values(Blocker{"MissingImage",
                              {{"images", {{"worker", "127.0.0.1:1/no-such-image:1"}}}},
                              "ImagePull",  // ErrImagePull or ImagePullBackOff
                              "no-such-image",
                              true},
                      Blocker{"MissingLabel",
                              {{"placement",
                                {{"client", {{"nodeSelector", {{"example.org/rack", "9"}}}}}}}},
                              "NodesMissing",
                              "example.org/rack",
                              false},
                      Blocker{"UnboundClaim",
                              {{"telemetryStorageClassName", "no-such-class"}},
                              "ClaimUnbound",
                              "spec.telemetryStorageClassName",
                              false},
                      Blocker{"TooMuchMemory",
                              {{"resources", {{"worker", {{"requests", {{"memory", "100Ti"}}}}}}}},
                              "Unschedulable",
                              "memory",
                              false}),
    [](const auto& each) { return std::string(each.param.name); });

TEST_F(BlockersTest, AnExhaustedQuotaIsNamedAndOverOnceItIsRaised) {
  const auto quota = [](int pods) {
    return json{{"apiVersion", "v1"},
                {"kind", "ResourceQuota"},
                {"metadata", {{"name", "pods"}}},
                {"spec", {{"hard", {{"pods", std::to_string(pods)}}}}}};
  };
  Apply(quota(1));
  Apply(TinyExperiment(kName));
  ASSERT_TRUE(AwaitReason(kName, "QuotaExceeded"));
  Apply(quota(10));
  ASSERT_TRUE(AwaitPhase(kName, "Complete"));
  EXPECT_EQ(StatusOf(kName).value("trialsValid", 0), 1);
}

// A volume of one MiB on the controller's node, which a trial's logs fill: the rows of its requests
// alone are more, however little of them is answered in time.
TEST_F(BlockersTest, AFullClaimIsNamed) {
  const std::string node = cluster().NodeOf("controller");
  const std::string directory = "/var/" + name_space();
  ASSERT_TRUE(cluster()
                  .OnNode(node, "mkdir " + directory +
                                    " && mount -t tmpfs -o size=1m,mode=777 none " + directory)
                  .ok);
  const json volume = {{"apiVersion", "v1"},
                       {"kind", "PersistentVolume"},
                       {"metadata", {{"name", name_space()}}},
                       {"spec",
                        {{"capacity", {{"storage", "1Mi"}}},
                         {"accessModes", {"ReadWriteOnce"}},
                         {"storageClassName", name_space()},
                         {"local", {{"path", directory}}},
                         {"nodeAffinity",
                          {{"required",
                            {{"nodeSelectorTerms",
                              {{{"matchExpressions",
                                 {{{"key", "kubernetes.io/hostname"},
                                   {"operator", "In"},
                                   {"values", {node}}}}}}}}}}}}}}};
  const json claim = {{"apiVersion", "v1"},
                      {"kind", "PersistentVolumeClaim"},
                      {"metadata", {{"name", "small"}}},
                      {"spec",
                       {{"accessModes", {"ReadWriteOnce"}},
                        {"storageClassName", name_space()},
                        {"resources", {{"requests", {{"storage", "1Mi"}}}}}}}};
  Apply(volume);
  Apply(claim);
  json experiment = TinyExperiment(kName);
  experiment["spec"]["telemetryClaim"] = {{"name", "small"}};
  experiment["spec"]["load"]["factorMax"] = "6";
  experiment["spec"]["retries"]["attempts"] = 1;
  Apply(experiment);
  EXPECT_TRUE(AwaitPhase(kName, "Failed"));
  const json status = StatusOf(kName);
  EXPECT_EQ(status.value("failures", -1), 1);
  EXPECT_TRUE(cluster().Await({"-n", name_space(), "events", "-o", "jsonpath={.message}\n"},
                              "No space left on device"));
  EXPECT_THAT(EventReasons(kName), Contains(AnyOf("ContainerFailed", "ResultMissing")));
  EXPECT_TRUE(Kubectl({"delete", "scx,pvc", "--all"}).ok);
  EXPECT_TRUE(cluster().Kubectl({"delete", "pv", name_space()}).ok);
  EXPECT_TRUE(cluster().OnNode(node, "umount " + directory + " && rmdir " + directory).ok);
}

}  // namespace
}  // namespace clockwork::testing
