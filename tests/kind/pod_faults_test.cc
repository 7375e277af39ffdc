// What happens to the pods of one experiment, and what it is told to do meanwhile. Each ends in the
// right result.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "tests/kind/kind_test.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kName = "faults";

class PodFaultsTest : public KindTest {
 protected:
  // One trial, measured and valid.
  void ExpectMeasured(const std::string& name) const {
    const json status = StatusOf(name);
    EXPECT_EQ(status.value("progress", ""), "1/1") << status.dump(2);
    EXPECT_EQ(status.value("trialsValid", 0), 1) << status.dump(2);
    EXPECT_GT(status.value("peakGoodputRps", 0), 0) << status.dump(2);
  }
};

struct KilledPod {
  const char* role;
  int failures;  // attempts that this costs
};

void PrintTo(const KilledPod& pod, std::ostream* out) { *out << pod.role; }

class KilledPodTest : public PodFaultsTest, public ::testing::WithParamInterface<KilledPod> {
 protected:
  // Begins the experiment and kills the pods of that role while it measures, or as soon as there is
  // one. The collector's pod lives for some two seconds, which on a busy machine may be over before
  // kubectl has asked for its end: then all begins anew.
  bool KillOnceMeasuring(const json& experiment, const char* role) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      Apply(experiment);
      if (!AwaitStep(kName, "Measuring")) return false;
      if (KillPods(kName, role)) return true;
      if (!Kubectl({"delete", "scx", kName}).ok || !AwaitNoPods()) return false;
    }
    return false;
  }

 private:
  static constexpr int kAttempts = 3;
};

TEST_P(KilledPodTest, IsMadeUpFor) {
  json experiment = LongerExperiment(kName, 24);
  // A peer of the pod that is killed may end by itself, and would be kept to be looked into.
  experiment["spec"]["cleanup"] = "Always";
  ASSERT_TRUE(KillOnceMeasuring(experiment, GetParam().role));
  ASSERT_TRUE(AwaitPhase(kName, "Complete"));
  ExpectMeasured(kName);
  EXPECT_EQ(LostAttempts(kName), GetParam().failures);
  if (GetParam().failures > 0) {
    EXPECT_THAT(EventReasons(kName), Contains("PodLost"));
  }
  EXPECT_TRUE(AwaitNoPods());
}

INSTANTIATE_TEST_SUITE_P(Roles, KilledPodTest,
                         ::testing::Values(KilledPod{"worker", 1}, KilledPod{"controller", 1},
                                           KilledPod{"client", 1}, KilledPod{"collector", 0}),
                         [](const auto& each) { return std::string(each.param.role); });

TEST_F(PodFaultsTest, SuspendedAndResumedItIsMeasured) {
  Apply(LongerExperiment(kName));
  ASSERT_TRUE(AwaitStep(kName, "Measuring"));
  Patch(kName, {{"suspend", true}});
  ASSERT_TRUE(AwaitPhase(kName, "Suspended"));
  EXPECT_TRUE(AwaitNoPods());
  Patch(kName, {{"suspend", false}});
  ASSERT_TRUE(AwaitPhase(kName, "Complete"));
  ExpectMeasured(kName);
  EXPECT_EQ(LostAttempts(kName), 0) << "to stop it is no failure";
  EXPECT_THAT(EventReasons(kName), Contains("Resumed"));
}

TEST_F(PodFaultsTest, DeletedInMidRunItLeavesNothingBehind) {
  Apply(LongerExperiment(kName));
  ASSERT_TRUE(AwaitStep(kName, "Measuring"));
  EXPECT_THAT(Names("pods"), SizeIs(3));
  const std::string volume = Get("pvc", "faults-telemetry")["spec"].value("volumeName", "");
  EXPECT_NE(volume, "");
  ASSERT_TRUE(Kubectl({"delete", "scx", kName}).ok);
  EXPECT_TRUE(AwaitNoPods());
  EXPECT_TRUE(cluster().Wait({"-n", name_space(), "--for=delete", "pvc", "--all"}));
  EXPECT_TRUE(cluster().Wait({"--for=delete", "pv/" + volume}));
  EXPECT_THAT(Names("scx"), IsEmpty());
}

TEST_F(PodFaultsTest, TwoExperimentsAtOnceAreBothMeasured) {
  const std::vector<std::string> names = {"one", "two"};
  for (const std::string& name : names) Apply(TinyExperiment(name, {1, 2}));
  for (const std::string& name : names) {
    ASSERT_TRUE(AwaitPhase(name, "Complete")) << name;
    EXPECT_EQ(StatusOf(name).value("progress", ""), "2/2");
    // On a busy machine a client may give up on some answers; then the trial is repeated.
    EXPECT_EQ(StatusOf(name).value("trialsValid", 0), 2);
  }
}

}  // namespace
}  // namespace clockwork::testing
