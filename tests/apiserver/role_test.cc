// What manifests/rbac grants the operator, compared with what it asks for: nothing is refused
// (OperatorClusterTest::TearDown), and nothing is granted in vain.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <set>
#include <string>
#include <tuple>

#include "operator/kinds.h"
#include "operator/plan/cluster/names.h"
#include "tests/apiserver/operator_cluster.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;

const kube::ResourceType kClusterRoles{"rbac.authorization.k8s.io", "v1", "clusterroles",
                                       "ClusterRole", false};
const kube::ResourceType kRoles{"rbac.authorization.k8s.io", "v1", "roles", "Role", true};

// API group, resource with its subresource, verb.
using Permission = std::tuple<std::string, std::string, std::string>;

void AddRules(const json& role, std::set<Permission>* permissions) {
  for (const json& rule : role.at("rules")) {
    for (const std::string group : rule.at("apiGroups")) {
      for (const std::string resource : rule.at("resources")) {
        for (const std::string verb : rule.at("verbs")) {
          permissions->emplace(group, resource, verb);
        }
      }
    }
  }
}

class RoleTest : public OperatorClusterTest {
 protected:
  // What the shipped roles allow in the operator's name.
  std::set<Permission> Granted() {
    std::set<Permission> granted;
    const auto everywhere = admin().Get(kClusterRoles, "", "clockwork-operator");
    const auto at_home =
        admin().Get(kRoles, kOperatorNamespace, "clockwork-operator-leader-election");
    EXPECT_TRUE(everywhere.ok() && at_home.ok());
    if (everywhere.ok()) AddRules(*everywhere, &granted);
    if (at_home.ok()) AddRules(*at_home, &granted);
    return granted;
  }

  std::set<Permission> Used() {
    std::set<Permission> used;
    for (const ProxiedCall& each : proxy().Log()) {
      used.emplace(each.call.group, each.call.resource, RbacVerb(each.call));
    }
    return used;
  }

  std::size_t Calls(const std::string& verb, const std::string& resource) {
    return proxy().Count([&](const ProxiedCall& each) {
      return each.answered != 0 && RbacVerb(each.call) == verb && each.call.resource == resource;
    });
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

TEST_F(RoleTest, GrantsWhatTheOperatorUsesAndNothingElse) {
  const std::string lab = NewNamespace();
  const std::vector<std::string> options = {"--namespaces",
                                            lab,
                                            "--leader-elect",
                                            "--lease-namespace",
                                            kOperatorNamespace,
                                            "--lease-name",
                                            lab,
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
  const std::set<Permission> used = Used();
  for (const Permission& each : Granted()) {
    const auto& [group, resource, verb] = each;
    EXPECT_TRUE(used.contains(each))
        << verb << " " << resource << "." << group << " is granted, and nobody needs it";
  }
}

}  // namespace
}  // namespace clockwork::testing
