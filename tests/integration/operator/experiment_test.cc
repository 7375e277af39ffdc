// Whole experiments from apply to Complete, and what remains of them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <functional>
#include <string_view>

#include "tests/integration/operator/operator_rig.h"
#include "tests/support/paths.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

PodScript Meets(PodScript::Fault fault) {
  PodScript script;
  script.fault = fault;
  return script;
}

std::vector<std::int64_t> Numbers(const json& list) {
  return list.get<std::vector<std::int64_t>>();
}

TEST(Experiment, IsMeasuredAndItsMediansAreInTheStatus) {
  OperatorRig rig;
  auto op = rig.StartOperator();
  ASSERT_NE(op, nullptr);
  rig.Apply(SmallExperiment("x", {1, 2}, 3));
  ASSERT_TRUE(rig.WaitForPhase("x", "Complete")) << rig.Describe("x") << op->err();
  const json status = rig.StatusOf("x");
  EXPECT_EQ(status.at("progress"), "6/6");
  ASSERT_THAT(status.at("results"), SizeIs(2));
  EXPECT_THAT(Numbers(status.at("results")[0].at("goodputRps")), ElementsAre(1001, 1002, 1003));
  EXPECT_EQ(status.at("results")[0].at("medianGoodputRps"), 1002);
  EXPECT_EQ(status.at("results")[1].at("medianGoodputRps"), 2002);
  EXPECT_EQ(status.at("peakGoodputRps"), 2002);
  EXPECT_EQ(status.at("peakWorkers"), 2);
  EXPECT_EQ(status.at("failures"), 0);
  EXPECT_THAT(rig.pods().Seen(), SizeIs(6 * 4 + 1));
  EXPECT_EQ(rig.pods().MostAlive("client"), 1U) << "one trial at a time";
  EXPECT_TRUE(rig.server().WaitUntil([&] { return rig.server().List("pods").empty(); }))
      << rig.Describe("x");
}

TEST(Experiment, RunsTrialsSideBySideWhenAskedTo) {
  OperatorRig rig;
  rig.pods().Hold("client", PodStep::kEnd);
  auto op = rig.StartOperator();
  ASSERT_NE(op, nullptr);
  json experiment = SmallExperiment("x", {1, 2}, 2);
  experiment["spec"]["parallelTrials"] = 2;
  rig.Apply(experiment);
  EXPECT_TRUE(rig.pods().WaitUntilHeld("client", PodStep::kEnd, 2)) << rig.Describe("x");
  rig.pods().Release("client", PodStep::kEnd);
  ASSERT_TRUE(rig.WaitForPhase("x", "Complete")) << rig.Describe("x") << op->err();
  EXPECT_EQ(rig.pods().MostAlive("client"), 2U);
}

TEST(Experiment, DeletedInMidRunLeavesNothingBehind) {
  OperatorRig rig;
  rig.pods().Hold("client", PodStep::kEnd);
  auto op = rig.StartOperator();
  ASSERT_NE(op, nullptr);
  rig.Apply(SmallExperiment("x"));
  ASSERT_TRUE(rig.pods().WaitUntilHeld("client", PodStep::kEnd)) << rig.Describe("x");
  ASSERT_TRUE(rig.server().Delete("scalabilityexperiments", kRigNamespace, "x"));
  EXPECT_TRUE(rig.server().WaitUntil([&] {
    return rig.server().List("pods").empty() && rig.server().List("persistentvolumeclaims").empty();
  })) << rig.Describe("x");
  // The next experiment of the same name is another one.
  rig.pods().Release("client", PodStep::kEnd);
  rig.Apply(SmallExperiment("x"));
  EXPECT_TRUE(rig.WaitForPhase("x", "Complete")) << rig.Describe("x") << op->err();
}

TEST(Experiment, SuspendedStopsAndResumedGoesOn) {
  OperatorRig rig;
  rig.pods().Hold("client", PodStep::kEnd);
  auto op = rig.StartOperator();
  ASSERT_NE(op, nullptr);
  rig.Apply(SmallExperiment("x"));
  ASSERT_TRUE(rig.pods().WaitUntilHeld("client", PodStep::kEnd)) << rig.Describe("x");
  const auto suspend = [&](bool value) {
    rig.server().Edit("scalabilityexperiments", kRigNamespace, "x",
                      [&](json* object) { (*object)["spec"]["suspend"] = value; });
  };
  suspend(true);
  ASSERT_TRUE(rig.WaitForPhase("x", "Suspended")) << rig.Describe("x");
  EXPECT_TRUE(rig.server().WaitUntil([&] { return rig.server().List("pods").empty(); }))
      << rig.Describe("x");
  rig.pods().Release("client", PodStep::kEnd);
  suspend(false);
  ASSERT_TRUE(rig.WaitForPhase("x", "Complete")) << rig.Describe("x") << op->err();
  EXPECT_EQ(rig.StatusOf("x").at("failures"), 0) << "a stopped attempt is no failure";
}

TEST(Experiment, ALostPodIsAFailedAttemptAndTheTrialIsRepeated) {
  OperatorRig rig;
  for (const char* role : {"worker", "controller", "client", "collector"}) {
    rig.pods().Script(role, 1, Meets(PodScript::Fault::kVanish));
  }
  auto op = rig.StartOperator();
  ASSERT_NE(op, nullptr);
  json experiment = SmallExperiment("x", {1}, 1);
  experiment["spec"]["retries"]["attempts"] = 10;
  rig.Apply(experiment);
  ASSERT_TRUE(rig.WaitForPhase("x", "Complete")) << rig.Describe("x") << op->err();
  EXPECT_EQ(rig.StatusOf("x").at("results")[0].at("medianGoodputRps"), GoodputOf(1, 1));
}

// The figures' pod ends unseen, while no trial is under way any more.
TEST(Experiment, IsLookedAtWhileItsFiguresAreDrawn) {
  OperatorRig rig;
  rig.pods().Hold("figures", PodStep::kEnd);
  auto op = rig.StartOperator({"--look-again-ms", "100"});
  ASSERT_NE(op, nullptr);
  rig.Apply(SmallExperiment("x", {1}, 1));
  ASSERT_TRUE(rig.pods().WaitUntilHeld("figures", PodStep::kEnd)) << rig.Describe("x");
  const auto gate = MakeGate();
  rig.server().Fail(OnCall{"WATCH", "pods"}, HoldUntil(gate));
  rig.server().CutWatches();
  ASSERT_TRUE(gate->WaitUntilReached());
  const OnCall look{"LIST", "pods"};
  const std::size_t looks = rig.server().Count(look);
  ASSERT_TRUE(rig.server().WaitUntil([&] { return rig.server().Count(look) >= looks + 2; }))
      << "it looks again and again";
  rig.pods().Release("figures", PodStep::kEnd);
  EXPECT_TRUE(rig.WaitForPhase("x", "Complete")) << rig.Describe("x") << op->err();
  gate->Open();
}

TEST(Experiment, ABlockerIsNamedWhileItLasts) {
  OperatorRig rig;
  rig.pods().Script("client", 1, Meets(PodScript::Fault::kImagePull));
  auto op = rig.StartOperator();
  ASSERT_NE(op, nullptr);
  rig.Apply(SmallExperiment("x", {1}, 1));
  EXPECT_TRUE(rig.WaitForReason("x", "ImagePullBackOff")) << rig.Describe("x");
}

// What Kubernetes tells of each start-up blocker, and nothing else, makes the condition: no look
// is due for ten minutes.
struct StartUpBlocker {
  const char* reason;
  std::function<void(OperatorRig*)> arise;
};
void PrintTo(const StartUpBlocker& blocker, std::ostream* out) { *out << blocker.reason; }

// Of the first pod of the role, which no scheduler of the double's takes.
std::function<void(OperatorRig*)> TellOfPod(const char* role, json status) {
  return [role, status](OperatorRig* rig) {
    const std::string label = std::string("clockwork.dev/role=") + role;
    ASSERT_TRUE(rig->server().WaitUntil([&] {
      return !rig->server().List("pods", "", label).empty();
    })) << rig->Describe("x");
    const json pod = rig->server().List("pods", "", label).front();
    rig->server().Edit("pods", kRigNamespace, pod.at("metadata").at("name").get<std::string>(),
                       [&](json* object) { (*object)["status"].update(status); });
  };
}

json Unscheduled(const char* message) {
  return {{"conditions",
           {{{"type", "PodScheduled"},
             {"status", "False"},
             {"reason", "Unschedulable"},
             {"message", message}}}}};
}

json Waits(const char* reason) {
  return {
      {"containerStatuses", {{{"name", "main"}, {"state", {{"waiting", {{"reason", reason}}}}}}}}};
}

std::function<void(OperatorRig*)> RefusePods(const char* why) {
  return [why](OperatorRig* rig) { rig->server().Fail(OnCall{"POST", "pods"}, Forbidden(why)); };
}

const StartUpBlocker kStartUpBlockers[] = {
    {"ErrImagePull", TellOfPod("worker", Waits("ErrImagePull"))},
    {"InvalidImageName", TellOfPod("worker", Waits("InvalidImageName"))},
    {"Unschedulable", TellOfPod("worker", Unscheduled("0/3 nodes are available"))},
    {"ClaimUnbound",
     TellOfPod("worker", Unscheduled("pod has unbound immediate PersistentVolumeClaims"))},
    {"NodesMissing",
     [](OperatorRig* rig) {
       rig->server().Remove("nodes", "",
                            RoleNode("client").at("metadata").at("name").get<std::string>());
     }},
    {"QuotaExceeded", RefusePods("pods \"x\" is forbidden: exceeded quota: small")},
    {"AdmissionDenied", RefusePods("pods \"x\" is forbidden: violates PodSecurity")}};

class StartUpBlockers : public ::testing::TestWithParam<StartUpBlocker> {};

TEST_P(StartUpBlockers, AreNamedByWhatIsToldOfThem) {
  OperatorRig rig;
  for (const char* role : {"worker", "controller"}) rig.pods().Hold(role, PodStep::kBind);
  auto op = rig.StartOperator({"--look-again-ms", "600000"});
  ASSERT_NE(op, nullptr);
  const bool of_a_pod = std::string_view(GetParam().reason) != "NodesMissing" &&
                        std::string_view(GetParam().reason) != "QuotaExceeded" &&
                        std::string_view(GetParam().reason) != "AdmissionDenied";
  if (!of_a_pod) GetParam().arise(&rig);
  rig.Apply(SmallExperiment("x", {1}, 1));
  if (of_a_pod) GetParam().arise(&rig);
  ASSERT_TRUE(rig.WaitForReason("x", GetParam().reason)) << rig.Describe("x") << op->err();
  EXPECT_THAT(rig.StatusOf("x").value("message", ""), HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(All, StartUpBlockers, ::testing::ValuesIn(kStartUpBlockers),
                         [](const auto& blocker) { return std::string(blocker.param.reason); });

TEST(Experiment, ARefusedPodNamesTheQuotaAndGoesOnWhenItIsLifted) {
  OperatorRig rig;
  const auto rule = rig.server().Fail(
      OnCall{"POST", "pods"},
      Forbidden("pods \"x\" is forbidden: exceeded quota: small, requested: pods=1, used: pods=2, "
                "limited: pods=2"));
  auto op = rig.StartOperator();
  ASSERT_NE(op, nullptr);
  rig.Apply(SmallExperiment("x", {1}, 1));
  EXPECT_TRUE(rig.WaitForReason("x", "QuotaExceeded")) << rig.Describe("x");
  rig.server().Forget(rule);
  EXPECT_TRUE(rig.WaitForPhase("x", "Complete")) << rig.Describe("x") << op->err();
}

TEST(Experiment, AnInvalidSpecIsSaidInTheStatus) {
  OperatorRig rig;
  auto op = rig.StartOperator();
  ASSERT_NE(op, nullptr);
  json experiment = SmallExperiment("x");
  experiment["spec"]["load"]["factorStep"] = "1";
  rig.Apply(experiment);
  EXPECT_TRUE(rig.WaitForReason("x", "InvalidSpec")) << rig.Describe("x");
  EXPECT_THAT(rig.StatusOf("x").dump(), HasSubstr("spec.load.factorStep"));
}

TEST(OperatorProgram, EndsInOrderOnASignal) {
  OperatorRig rig;
  auto op = rig.StartOperator({"--leader-elect", "--lease-namespace", kRigNamespace});
  ASSERT_NE(op, nullptr);
  ASSERT_TRUE(rig.server().WaitUntil([&] {
    const auto lease = rig.server().Get("leases", kRigNamespace, "clockwork-operator");
    return lease && lease->at("spec").value("holderIdentity", "") == "replica-1";
  }));
  EXPECT_EQ(op->End(SIGTERM), ExitedWith(0)) << op->err();
  const auto lease = rig.server().Get("leases", kRigNamespace, "clockwork-operator");
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->at("spec").value("holderIdentity", ""), "") << "the lease is given back";
}

TEST(OperatorProgram, RefusesABadCommandLine) {
  const struct {
    std::vector<std::string> options;
    const char* says;
  } cases[] = {
      {{"--kubeconfig", "/does/not/exist"}, "/does/not/exist"},
      {{"--workers", "0"}, "--workers"},
      {{"--retry-period-ms", "9000"}, "--retry-period-ms"},
      {{"--lease-duration-ms", "5000"}, "--lease-duration-ms"},
      {{"--lease-duration-ms", "15500"}, "--lease-duration-ms"},
      {{"--namespaces", "a,,b"}, "--namespaces"},
      {{"--log-format", "xml"}, "--log-format"},
      {{"--probe", "localhost:8080/readyz"}, "--probe localhost:8080/readyz"},
  };
  for (const auto& [options, says] : cases) {
    std::vector<std::string> command = {ProgramPath("clockwork-operator")};
    command.insert(command.end(), options.begin(), options.end());
    std::string err;
    EXPECT_EQ(RunCommand({.command = command}, nullptr, &err), ExitedWith(2)) << says << err;
    EXPECT_THAT(err, HasSubstr(says));
  }
}

}  // namespace
}  // namespace clockwork::testing
