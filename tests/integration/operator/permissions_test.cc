// The operator's role lacks a permission: what is missing is named, with verb and resource, nothing
// is done half, and all goes on when it is granted.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "operator/kinds.h"
#include "tests/integration/operator/operator_rig.h"
#include "tests/support/paths.h"
#include "tests/support/tcp_client.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* kExperimentsName = "scalabilityexperiments";

// Where a person reads of it; the log tells each.
enum Place { kLog = 0, kCondition = 1, kReadiness = 2, kEvent = 4 };

struct Missing {
  const char* verb;  // as in a role
  const char* resource;
  int places;
  // So that the operator comes to use it.
  std::function<void(OperatorRig*)> provoke = {};
  bool deletes = false;  // the experiment is to go when its time to live is over
};
void PrintTo(const Missing& missing, std::ostream* out) {
  *out << missing.verb << " " << missing.resource;
}

// The object exists already, and is looked at.
std::function<void(OperatorRig*)> Exists(const char* resource) {
  return [resource](OperatorRig* rig) {
    rig->server().Fail(OnCall{"POST", resource}.Nth(1), AlreadyExists());
  };
}

// The test suspends twice: an Event that is told again is counted up.
void HoldClients(OperatorRig* rig) { rig->pods().Hold("client", PodStep::kEnd); }

const Missing kMissing[] = {
    {"get", kExperimentsName, kCondition},
    {"list", kExperimentsName, kReadiness},
    {"watch", kExperimentsName, kCondition | kReadiness},
    {"delete", kExperimentsName, kCondition, {}, true},
    {"update", "scalabilityexperiments/status", kEvent},
    {"create", "pods", kCondition},
    {"delete", "pods", kCondition},
    {"get", "pods", kCondition, Exists("pods")},
    {"list", "pods", kCondition | kReadiness},
    {"watch", "pods", kCondition | kReadiness},
    {"create", "persistentvolumeclaims", kCondition},
    {"get", "persistentvolumeclaims", kCondition, Exists("persistentvolumeclaims")},
    {"list", "persistentvolumeclaims", kCondition | kReadiness},
    {"watch", "persistentvolumeclaims", kCondition | kReadiness},
    {"list", "nodes", kCondition | kReadiness},
    {"watch", "nodes", kCondition | kReadiness},
    {"create", "events", kLog},
    {"get", "events", kLog, Exists("events")},
    {"patch", "events", kLog, HoldClients},
    {"get", "leases", kReadiness},
    {"create", "leases", kReadiness},
    {"update", "leases", kReadiness},
};

std::string VerbOfCall(const std::string& verb) {
  if (verb == "create") return "POST";
  if (verb == "update") return "PUT";
  std::string upper = verb;
  std::transform(upper.begin(), upper.end(), upper.begin(), ::toupper);
  return upper;
}

std::string Refusal(const Missing& missing) {
  return std::string("cannot ") + missing.verb + " resource \"" + missing.resource + "\"";
}

// In the words of kube-apiserver.
Effect Refuse(const Missing& missing) {
  return Forbidden(std::string(missing.resource) +
                   " is forbidden: User \"system:serviceaccount:clockwork-system:"
                   "clockwork-operator\" " +
                   Refusal(missing) + " in API group \"\" at the cluster scope");
}

// The number that the log gives to the port of the probes.
std::uint16_t ProbePort(Process* op) {
  constexpr std::string_view kSays = "answers probes port=";
  if (!op->WaitForOutput(kSays)) return 0;
  return static_cast<std::uint16_t>(
      std::stoi(op->err().substr(op->err().find(kSays) + kSays.size())));
}

std::string Readiness(std::uint16_t port) {
  std::string answer;
  auto client = TcpClient::Connect(port);
  if (!client) return answer;
  client->Send("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  client->WaitForClose(&answer);
  return answer;
}

class Permissions : public ::testing::TestWithParam<Missing> {
 protected:
  // In each place, in the words of the server.
  void ExpectNamed() {
    const std::string refusal = Refusal(GetParam());
    ASSERT_TRUE(
        op_->WaitForOutput(std::string("cannot ") + GetParam().verb + " resource", 4 * kPatience))
        << op_->err();
    if ((GetParam().places & kCondition) != 0) {
      ASSERT_TRUE(rig_.WaitForReason("x", "Forbidden")) << rig_.Describe("x") << op_->err();
      EXPECT_THAT(rig_.StatusOf("x").value("message", ""), HasSubstr(refusal));
      EXPECT_TRUE(IsDegraded()) << rig_.Describe("x");
    }
    if ((GetParam().places & kEvent) != 0) {
      EXPECT_TRUE(rig_.server().WaitUntil([&] { return HasEvent(refusal); })) << op_->err();
    }
    if ((GetParam().places & kReadiness) == 0) return;
    const std::string answer = Readiness(ProbePort(op_.get()));
    EXPECT_THAT(answer, HasSubstr(" 500 "));
    EXPECT_THAT(answer, HasSubstr(refusal));
  }

  bool IsDegraded() {
    const json conditions = rig_.StatusOf("x").value("conditions", json::array());
    return std::any_of(conditions.begin(), conditions.end(), [](const json& each) {
      return each.value("type", "") == "Degraded" && each.value("status", "") == "True" &&
             each.value("reason", "") == "Forbidden";
    });
  }

  bool HasEvent(const std::string& words) {
    const std::vector<Json> events = rig_.server().List("events");
    return std::any_of(events.begin(), events.end(), [&](const Json& event) {
      return event.value("message", "").find(words) != std::string::npos;
    });
  }

  OperatorRig rig_;
  std::unique_ptr<Process> op_;
};

TEST_P(Permissions, AMissingOneIsNamedAndWaitedFor) {
  if (GetParam().provoke) GetParam().provoke(&rig_);
  const auto rule = rig_.server().Fail(OnCall{VerbOfCall(GetParam().verb), GetParam().resource},
                                       Refuse(GetParam()));
  json experiment = SmallExperiment("x");
  if (GetParam().deletes) experiment["spec"]["ttlSecondsAfterFinished"] = 0;
  rig_.Apply(experiment);
  std::vector<std::string> options = {"--leader-elect", "--lease-namespace", kRigNamespace,
                                      "--retry-period-ms", "100"};
  op_ = rig_.LaunchOperator(options);
  if (GetParam().verb == std::string("patch")) {
    for (const bool suspend : {true, false, true, false}) {
      ASSERT_TRUE(rig_.WaitForPhase("x", suspend ? "Running" : "Suspended")) << rig_.Describe("x");
      rig_.server().Edit(kExperimentsName, kRigNamespace, "x",
                         [&](json* object) { (*object)["spec"]["suspend"] = suspend; });
    }
  }
  ASSERT_NO_FATAL_FAILURE(ExpectNamed());
  rig_.pods().Release("client", PodStep::kEnd);
  EXPECT_TRUE(op_->Running()) << op_->err();
  rig_.server().Forget(rule);
  if (GetParam().deletes) {
    EXPECT_TRUE(rig_.server().WaitUntil([&] { return rig_.Experiment("x").empty(); }))
        << rig_.Describe("x") << op_->err();
  } else {
    ASSERT_TRUE(rig_.WaitForPhase("x", "Complete", 2 * kPatience))
        << rig_.Describe("x") << op_->err();
    EXPECT_EQ(rig_.StatusOf("x").value("failures", -1), 0) << rig_.Describe("x");
    EXPECT_FALSE(IsDegraded()) << rig_.Describe("x");
  }
  if (GetParam().resource == std::string("leases")) {
    ASSERT_TRUE(op_->WaitForOutput("the lease can be used again")) << op_->err();
  }
  EXPECT_THAT(Readiness(ProbePort(op_.get())), HasSubstr(" 200 "));
  EXPECT_TRUE(op_->Running()) << op_->err();
}

INSTANTIATE_TEST_SUITE_P(All, Permissions, ::testing::ValuesIn(kMissing), [](const auto& missing) {
  std::string name = std::string(missing.param.verb) + "_" + missing.param.resource;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
});

// A permission that is taken away while a trial is measured costs nothing of it.
TEST(PermissionsInMidRun, AreWaitedForAndTheTrialCounts) {
  for (const Missing& missing : {Missing{"watch", "pods", 0}, Missing{"list", "pods", 0},
                                 Missing{"watch", "persistentvolumeclaims", 0}}) {
    OperatorRig rig;
    rig.pods().Hold("client", PodStep::kEnd);
    auto op = rig.StartOperator({"--look-again-ms", "200"});
    ASSERT_NE(op, nullptr);
    rig.Apply(SmallExperiment("x"));
    ASSERT_TRUE(rig.pods().WaitUntilHeld("client", PodStep::kEnd)) << rig.Describe("x");
    const auto rule =
        rig.server().Fail(OnCall{VerbOfCall(missing.verb), missing.resource}, Refuse(missing));
    rig.server().CutWatches();
    EXPECT_TRUE(rig.WaitForReason("x", "Forbidden")) << rig.Describe("x") << op->err();
    EXPECT_THAT(rig.StatusOf("x").value("message", ""), HasSubstr(Refusal(missing)));
    EXPECT_EQ(rig.PhaseOf("x"), "Running");
    rig.pods().Release("client", PodStep::kEnd);
    rig.server().Forget(rule);
    ASSERT_TRUE(rig.WaitForPhase("x", "Complete", 2 * kPatience)) << rig.Describe("x") << op->err();
    EXPECT_EQ(rig.StatusOf("x").value("failures", -1), 0) << rig.Describe("x");
  }
}

// No verb that manifests/rbac grants is left out above.
TEST(PermissionsTable, HasEveryVerbOfTheRole) {
  std::set<std::pair<std::string, std::string>> granted;
  for (const char* file : {"operator.yaml", "leader_election.yaml"}) {
    for (const YAML::Node& object : YAML::LoadAllFromFile(SourcePath("manifests/rbac/") + file)) {
      for (const YAML::Node& rule : object["rules"]) {
        for (const YAML::Node& resource : rule["resources"]) {
          for (const YAML::Node& verb : rule["verbs"]) {
            granted.emplace(verb.as<std::string>(), resource.as<std::string>());
          }
        }
      }
    }
  }
  std::set<std::pair<std::string, std::string>> covered;
  for (const Missing& missing : kMissing) covered.emplace(missing.verb, missing.resource);
  EXPECT_EQ(covered, granted);
}

// What never comes is waited for no longer than told.
TEST(CacheSync, HasALimit) {
  OperatorRig rig;
  rig.server().Fail(OnCall{"LIST", "pods"}, Unavailable());
  // Long enough for the others to be listed, and the pods to be refused, on a busy machine.
  auto op = rig.LaunchOperator({"--cache-sync-timeout-ms", "5000"});
  EXPECT_EQ(op->Wait(), ExitedWith(1)) << op->err();
  EXPECT_THAT(op->err(), HasSubstr("--cache-sync-timeout-ms 5000: by then not listed: pods (503"));
}

}  // namespace
}  // namespace clockwork::testing
