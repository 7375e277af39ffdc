// Whatever the operator may come to ask of an API server in a life, asked of a real one with
// manifests/rbac in force: nothing is refused (OperatorClusterTest::TearDown). role_replay_test
// compares it with what is granted.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "operator/kinds.h"
#include "operator/plan/cluster/names.h"
#include "tests/apiserver/operator_cluster.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const kube::ResourceType kClusterRoles{"rbac.authorization.k8s.io", "v1", "clusterroles",
                                       "ClusterRole", false};

json WithoutVerb(json rules, const std::string& verb, const std::string& resource) {
  for (json& rule : rules) {
    if (rule.at("resources") != json::array({resource})) continue;
    json& verbs = rule.at("verbs");
    verbs.erase(std::remove(verbs.begin(), verbs.end(), verb), verbs.end());
  }
  return rules;
}

class RoleTest : public OperatorClusterTest {
 protected:
  std::size_t Calls(const std::string& verb, const std::string& resource) {
    return proxy().Count([&](const ProxiedCall& each) {
      return each.answered != 0 && RbacVerb(each.call) == verb && each.call.resource == resource;
    });
  }

  void Grant(const json& rules) {
    const auto done =
        admin().MergePatch(kClusterRoles, "", "clockwork-operator", {{"rules", rules}});
    ASSERT_TRUE(done.ok()) << kube::Describe(done.error());
  }

  // Until the server's authorizer knows of it.
  static bool AwaitRight(const std::string& verb, const std::string& resource, bool granted) {
    const std::string account =
        std::string("--as=system:serviceaccount:") + kOperatorNamespace + ":" + kOperatorAccount;
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
      if (server().Kubectl({"auth", "can-i", verb, resource, "-A", account}).ok == granted) {
        return true;
      }
    }
    return false;
  }

  void Suspend(const std::string& lab, const std::string& name, bool suspend) {
    Patch(lab, name, {{"spec", {{"suspend", suspend}}}});
    ASSERT_TRUE(AwaitPhase(lab, name, suspend ? "Suspended" : "Running")) << Describe(lab, name);
  }

  // An experiment that is suspended and resumed twice, so that Events repeat, measured to its end,
  // and then deleted because its time to live is over.
  void RunAWholeLife(const std::string& lab) {
    pods().Hold("client", PodStep::kEnd);
    json experiment = SmallExperiment("life", {1}, 1);
    experiment["spec"]["ttlSecondsAfterFinished"] = 0;
    // What the operator knows of claims is old: it creates the same one again, and looks at it.
    proxy().HoldWatches("persistentvolumeclaims");
    Apply(lab, experiment);
    EXPECT_TRUE(proxy().WaitUntil([&] { return Calls("get", "persistentvolumeclaims") > 0; }));
    proxy().ReleaseWatches();
    for (int round = 0; round < 2; ++round) {
      Suspend(lab, "life", true);
      Suspend(lab, "life", false);
    }
    EXPECT_TRUE(proxy().WaitUntil([&] { return Calls("patch", "events") > 0; }))
        << "a repeated Event is counted";
    pods().Release("client", PodStep::kEnd);
    EXPECT_TRUE(Await(kExperiments, lab, [](const std::vector<json>& all) { return all.empty(); }))
        << Describe(lab, "life");
  }

  // A stranger's pod has the name of one that the operator needs.
  void MeetAStranger(const std::string& lab) {
    json experiment = SmallExperiment("met", {1}, 1);
    experiment["spec"]["suspend"] = true;
    Apply(lab, experiment);
    ASSERT_TRUE(AwaitPhase(lab, "met", "Suspended"));
    const auto stored = admin().Get(kExperiments, lab, "met");
    ASSERT_TRUE(stored.ok());
    const std::string uid = stored->at("metadata").at("uid");
    const std::string name =
        plan::cluster::PodName("met", uid, {{1, 1}, 1, plan::cluster::Role::kWorker, 0});
    const json stranger = {
        {"apiVersion", "v1"},
        {"kind", "Pod"},
        {"metadata", {{"name", name}, {"namespace", lab}}},
        {"spec", {{"containers", {{{"name", "main"}, {"image", "example/main:1"}}}}}}};
    ASSERT_TRUE(admin().Create(kPods, lab, stranger).ok());
    Patch(lab, "met", {{"spec", {{"suspend", false}}}});
    EXPECT_TRUE(AwaitReason(lab, "met", "NameConflict")) << Describe(lab, "met");
  }
};

// The server's own words, with its role without the verb.
TEST_F(RoleTest, AMissingVerbIsNamedInTheConditionsUntilItIsGranted) {
  const struct {
    const char* verb;
    const char* resource;
  } cases[] = {{"list", "pods"},
               {"watch", "pods"},
               {"list", "persistentvolumeclaims"},
               {"watch", "nodes"},
               {"get", "scalabilityexperiments"}};
  const auto role = admin().Get(kClusterRoles, "", "clockwork-operator");
  ASSERT_TRUE(role.ok());
  for (const auto& [verb, resource] : cases) {
    const std::string lab = NewNamespace();
    Grant(WithoutVerb(role->at("rules"), verb, resource));
    ASSERT_TRUE(AwaitRight(verb, resource, false));
    Apply(lab, SmallExperiment("lacking", {1}, 1));
    auto op = LaunchOperator(proxy(), "lacking", {"--namespaces", lab}, nullptr);
    EXPECT_TRUE(AwaitReason(lab, "lacking", "Forbidden")) << Describe(lab, "lacking") << op->err();
    EXPECT_THAT(StatusOf(lab, "lacking").value("message", ""),
                HasSubstr(std::string("cannot ") + verb + " resource \"" + resource + "\""));
    EXPECT_TRUE(op->Running()) << op->err();
    Grant(role->at("rules"));
    ASSERT_TRUE(AwaitRight(verb, resource, true));
    EXPECT_TRUE(AwaitPhase(lab, "lacking", "Complete")) << Describe(lab, "lacking") << op->err();
    EXPECT_EQ(op->End(SIGTERM), ExitedWith(0)) << op->err();
  }
  proxy().ClearLog();  // being refused was the purpose
}

TEST_F(RoleTest, SufficesForAWholeLifeAndItsRareCalls) {
  const std::string lab = NewNamespace();
  const std::vector<std::string> options = {"--namespaces",
                                            lab,
                                            "--leader-elect",
                                            "--lease-namespace",
                                            kOperatorNamespace,
                                            "--lease-duration-ms",
                                            "3000",
                                            "--renew-deadline-ms",
                                            "2000",
                                            "--retry-period-ms",
                                            "200"};
  auto op = StartOperator(options);
  ASSERT_NE(op, nullptr);
  RunAWholeLife(lab);
  MeetAStranger(lab);
  EXPECT_EQ(op->End(SIGTERM), ExitedWith(0)) << op->err();
  // The next one meets the stranger as well, and the Event that was written about it.
  op = StartOperator(options);
  ASSERT_NE(op, nullptr);
  EXPECT_TRUE(proxy().WaitUntil([&] { return Calls("get", "events") > 0; }));
  EXPECT_EQ(op->End(SIGTERM), ExitedWith(0)) << op->err();
}

}  // namespace
}  // namespace clockwork::testing
