// What the tests' operators asked of their API servers, stand-ins and real ones, asked of the roles
// in manifests/rbac: none of it is refused, and nothing is granted that nobody asked for.
//
// ctest runs the tests that record (tests/support/fake_api/call_record.h) before this one, whatever
// part of them was asked for: they set up its fixture.

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <tuple>

#include "operator/kinds.h"
#include "operator/kube/client.h"
#include "operator/kube/client_config.h"
#include "operator/kube/cpprest_transport.h"
#include "tests/apiserver/installed_server.h"
#include "tests/support/fake_api/call_record.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;

const kube::ResourceType kClusterRoles{"rbac.authorization.k8s.io", "v1", "clusterroles",
                                       "ClusterRole", false};
const kube::ResourceType kRoles{"rbac.authorization.k8s.io", "v1", "roles", "Role", true};
const kube::ResourceType kReviews{"authorization.k8s.io", "v1", "subjectaccessreviews",
                                  "SubjectAccessReview", false};

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

// The question whether the operator's account may make the call. The lease is in its own namespace,
// whatever namespace a test has put it in; all else may be anywhere.
json ReviewOf(const RecordedCall& call) {
  const std::size_t slash = call.resource.find('/');
  json attributes = {
      {"verb", call.verb}, {"group", call.group}, {"resource", call.resource.substr(0, slash)}};
  if (slash != std::string::npos) attributes["subresource"] = call.resource.substr(slash + 1);
  // Of leases only the operator's own may be looked at and renewed.
  if (call.resource == "leases" && call.verb != "create") attributes["name"] = "clockwork-operator";
  if (call.namespaced) {
    attributes["namespace"] = call.resource == "leases" ? kOperatorNamespace : kTestNamespace;
  }
  const std::string groups = "system:serviceaccounts";
  return {{"apiVersion", "authorization.k8s.io/v1"},
          {"kind", "SubjectAccessReview"},
          {"metadata", json::object()},
          {"spec",
           {{"user",
             std::string("system:serviceaccount:") + kOperatorNamespace + ":" + kOperatorAccount},
            {"groups", {groups, groups + ":" + kOperatorNamespace}},
            {"resourceAttributes", attributes}}}};
}

class RoleReplayTest : public InstalledServerTest {
 protected:
  void SetUp() override {
    InstalledServerTest::SetUp();
    if (HasFatalFailure()) return;
    const auto config = kube::LoadKubeconfig({server().AdminKubeconfig()});
    ASSERT_TRUE(config.ok()) << config.error().message;
    auto transport = kube::MakeCpprestTransport(*config);
    ASSERT_TRUE(transport.ok()) << transport.error().message;
    transport_ = std::move(*transport);
    admin_ = std::make_unique<kube::Client>(transport_.get(), nullptr, kube::RequestObserver());
    for (const auto& [program, calls] : ReadRecordedCalls()) {
      programs_.insert(program);
      calls_.insert(calls.begin(), calls.end());
    }
  }

  bool IsAllowed(const RecordedCall& call) {
    const auto review = admin_->Create(kReviews, "", ReviewOf(call));
    EXPECT_TRUE(review.ok()) << kube::Describe(review.error());
    return review.ok() && review->value("/status/allowed"_json_pointer, false);
  }

  // What the shipped roles allow in the operator's name.
  std::set<Permission> Granted() {
    std::set<Permission> granted;
    const auto everywhere = admin_->Get(kClusterRoles, "", "clockwork-operator");
    const auto at_home =
        admin_->Get(kRoles, kOperatorNamespace, "clockwork-operator-leader-election");
    EXPECT_TRUE(everywhere.ok() && at_home.ok());
    if (everywhere.ok()) AddRules(*everywhere, &granted);
    if (at_home.ok()) AddRules(*at_home, &granted);
    return granted;
  }

  std::unique_ptr<kube::HttpTransport> transport_;
  std::unique_ptr<kube::Client> admin_;
  std::set<std::string> programs_;
  std::set<RecordedCall> calls_;
};

TEST_F(RoleReplayTest, EveryTestThatRunsAnOperatorHasItsRecord) {
  const std::set<std::string> expected = {"operator_process_test", "operator_cluster_test",
                                          "operator_crash_test", "operator_lives_test",
                                          "operator_outage_test"};
  for (const std::string& program : expected) {
    EXPECT_TRUE(programs_.contains(program)) << "no call is recorded of " << program;
  }
}

TEST_F(RoleReplayTest, NoCallOfTheSuiteIsRefused) {
  ASSERT_FALSE(calls_.empty());
  for (const RecordedCall& call : calls_) {
    EXPECT_TRUE(IsAllowed(call)) << call.verb << " " << call.resource << "." << call.group
                                 << (call.namespaced ? "" : " of all namespaces");
  }
  EXPECT_FALSE(IsAllowed({"deletecollection", "", "pods", true}))
      << "what nobody grants is refused";
}

TEST_F(RoleReplayTest, NothingIsGrantedThatTheSuiteDoesNotUse) {
  std::set<Permission> used;
  for (const RecordedCall& call : calls_) used.emplace(call.group, call.resource, call.verb);
  const std::set<Permission> granted = Granted();
  EXPECT_FALSE(granted.empty());
  for (const auto& each : granted) {
    const auto& [group, resource, verb] = each;
    EXPECT_TRUE(used.contains(each))
        << verb << " " << resource << "." << group << " is granted, and nobody needs it";
  }
}

}  // namespace
}  // namespace clockwork::testing
