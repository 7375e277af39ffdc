#include "operator/reconcile/gather.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace clockwork::reconcile {
namespace {

using nlohmann::json;
using plan::cluster::PodPhase;
using plan::cluster::Role;
using ::testing::HasSubstr;

json Pod(const json& status) {
  return {{"metadata",
           {{"name", "x-1-c2t1a3-worker0"},
            {"uid", "u1"},
            {"creationTimestamp", "1970-01-01T00:00:05Z"},
            {"labels",
             {{"clockwork.dev/experiment", "x"},
              {"clockwork.dev/config", "2"},
              {"clockwork.dev/trial", "1"},
              {"clockwork.dev/attempt", "3"},
              {"clockwork.dev/role", "worker"},
              {"clockwork.dev/ordinal", "0"}}}}},
          {"spec", {{"nodeName", "n1"}}},
          {"status", status}};
}

TEST(ViewPod, HasTheAddressOfIpv4WhereThereIsOne) {
  const auto both =
      ViewPod(Pod({{"podIP", "fd00::5"}, {"podIPs", {{{"ip", "fd00::5"}}, {{"ip", "10.0.0.7"}}}}}));
  EXPECT_EQ(both->ip, "10.0.0.7");
  const auto only = ViewPod(Pod({{"podIP", "fd00::5"}, {"podIPs", {{{"ip", "fd00::5"}}}}}));
  EXPECT_EQ(only->ip, "fd00::5");
}

TEST(ViewPod, SaysWhichPodItIsAndHowItIs) {
  const auto pod = ViewPod(Pod({{"phase", "Running"},
                                {"podIP", "10.0.0.7"},
                                {"conditions", {{{"type", "Ready"}, {"status", "True"}}}}}));
  ASSERT_TRUE(pod);
  EXPECT_EQ(pod->name, "x-1-c2t1a3-worker0");
  EXPECT_EQ(pod->role, Role::kWorker);
  EXPECT_EQ(pod->config, 2);
  EXPECT_EQ(pod->attempt, 3);
  EXPECT_EQ(pod->node, "n1");
  EXPECT_EQ(pod->ip, "10.0.0.7");
  EXPECT_EQ(pod->created_ns, 5 * kSecond);
  EXPECT_TRUE(pod->ready);
  EXPECT_FALSE(pod->deleting());
  EXPECT_FALSE(pod->exit_code);
}

TEST(ViewPod, HasNotEndedWithItsFirstContainer) {
  const auto pod =
      ViewPod(Pod({{"phase", "Pending"},
                   {"initContainerStatuses", {{{"state", {{"terminated", {{"exitCode", 0}}}}}}}},
                   {"containerStatuses", json::array()}}));
  ASSERT_TRUE(pod);
  EXPECT_FALSE(pod->exit_code);
  EXPECT_FALSE(pod->ended());
}

TEST(ViewPod, SaysWhatItWaitsForAndHowItEnded) {
  const auto waiting = ViewPod(
      Pod({{"phase", "Pending"},
           {"containerStatuses",
            {{{"state",
               {{"waiting", {{"reason", "ImagePullBackOff"}, {"message", "no such image"}}}}}}}}}));
  ASSERT_TRUE(waiting);
  EXPECT_EQ(waiting->waiting_reason, "ImagePullBackOff");
  EXPECT_EQ(waiting->waiting_message, "no such image");
  const auto ended = ViewPod(Pod({{"phase", "Failed"},
                                  {"containerStatuses",
                                   {{{"state",
                                      {{"terminated",
                                        {{"exitCode", 137},
                                         {"reason", "OOMKilled"},
                                         {"message", "last words"},
                                         {"finishedAt", "1970-01-01T00:00:07Z"}}}}}}}}}));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->phase, PodPhase::kFailed);
  EXPECT_EQ(ended->exit_code, 137);
  EXPECT_EQ(ended->terminated_reason, "OOMKilled");
  EXPECT_EQ(ended->terminated_message, "last words");
  EXPECT_EQ(ended->finished_ns, 7 * kSecond);
}

// Of several containers it is the one that has to say something.
TEST(ViewPod, ShowsTheFirstContainerThatHasNotEndedWell) {
  const json ended = {{"state", {{"terminated", {{"exitCode", 0}}}}}};
  const json failed = {{"state", {{"terminated", {{"exitCode", 1}, {"message", "no table"}}}}}};
  const json initializing = {{"state", {{"waiting", {{"reason", "PodInitializing"}}}}}};
  const json pulling = {{"state", {{"waiting", {{"reason", "ErrImagePull"}}}}}};
  const auto view = [](const json& first, const json& second) {
    return *ViewPod(Pod({{"initContainerStatuses", {first}}, {"containerStatuses", {second}}}));
  };
  EXPECT_EQ(view(failed, initializing).terminated_message, "no table");
  EXPECT_EQ(view(failed, initializing).exit_code, 1);
  EXPECT_EQ(view(ended, pulling).waiting_reason, "ErrImagePull");
  EXPECT_FALSE(view(ended, pulling).exit_code);
  EXPECT_EQ(view(pulling, initializing).waiting_reason, "ErrImagePull");
  EXPECT_EQ(view(ended, ended).exit_code, 0);
}

TEST(ViewPod, SaysWhyItHasNoNode) {
  const auto pod = ViewPod(Pod({{"phase", "Pending"},
                                {"conditions",
                                 {{{"type", "PodScheduled"},
                                   {"status", "False"},
                                   {"reason", "Unschedulable"},
                                   {"message", "0/3 nodes are available"}}}}}));
  ASSERT_TRUE(pod);
  EXPECT_EQ(pod->unscheduled_reason, "Unschedulable");
  EXPECT_EQ(pod->unscheduled_message, "0/3 nodes are available");
  EXPECT_FALSE(pod->sandbox_ready);
}

TEST(ViewPod, SaysHowFarItsNodeHasGot) {
  const auto pod = ViewPod(Pod({{"phase", "Pending"},
                                {"conditions",
                                 {{{"type", "PodScheduled"},
                                   {"status", "True"},
                                   {"lastTransitionTime", "1970-01-01T00:00:09Z"}},
                                  {{"type", "PodReadyToStartContainers"}, {"status", "False"}}}}}));
  ASSERT_TRUE(pod);
  EXPECT_EQ(pod->unscheduled_reason, "");
  EXPECT_EQ(pod->scheduled_ns, 9 * kSecond);
  EXPECT_EQ(pod->sandbox_ready, false);
}

TEST(ViewPod, SurvivesWhatIsMissingOrOfAnotherType) {
  const json odd[] = {json::object(),
                      json::array(),
                      nullptr,
                      "text",
                      {{"phase", 1}},
                      {{"phase", "Odd"}, {"conditions", "none"}, {"containerStatuses", 7}},
                      {{"containerStatuses", {nullptr}}},
                      {{"containerStatuses", {{{"state", {{"terminated", true}}}}}}},
                      {{"conditions", {1, "x", nullptr, {{"type", 5}}}}}};
  for (const json& status : odd) {
    const auto pod = ViewPod(Pod(status));
    ASSERT_TRUE(pod) << status;
    EXPECT_FALSE(pod->ready);
    EXPECT_FALSE(pod->exit_code);
  }
  EXPECT_FALSE(ViewPod(json::object())) << "not one of ours";
  EXPECT_FALSE(ViewPod(json::array()));
  json without = Pod(json::object());
  without["metadata"]["labels"].erase("clockwork.dev/trial");
  EXPECT_FALSE(ViewPod(without));
}

TEST(ViewExperiment, KeepsTheReasonOfARefusedSpec) {
  const json good = {{"apiVersion", "clockwork.dev/v1alpha1"},
                     {"kind", "ScalabilityExperiment"},
                     {"metadata",
                      {{"name", "x"},
                       {"namespace", "lab"},
                       {"uid", "u"},
                       {"generation", 4},
                       {"resourceVersion", "77"},
                       {"managedFields", json::array()}}},
                     {"spec", json::object()}};
  const auto view = ViewExperiment(good);
  EXPECT_TRUE(view.experiment) << view.spec_error;
  EXPECT_EQ(view.generation, 4);
  EXPECT_EQ(view.name_space, "lab");
  EXPECT_FALSE(view.deleting);
  json bad = good;
  bad["spec"]["load"]["factorStep"] = "1";
  bad["status"] = {{"startTime", "2026-01-01T00:00:00Z"}};
  bad["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  const auto refused = ViewExperiment(bad);
  EXPECT_FALSE(refused.experiment);
  EXPECT_THAT(refused.spec_error, HasSubstr("spec.load.factorStep"));
  EXPECT_EQ(refused.uid, "u");
  EXPECT_TRUE(refused.status.start_ns) << "what was measured is not forgotten";
  EXPECT_TRUE(refused.deleting);
}

TEST(ViewClaim, DistinguishesMissingFromPending) {
  EXPECT_FALSE(ViewClaim(nullptr, "u").exists);
  const json claim = {{"metadata", json::object()}, {"status", {{"phase", "Pending"}}}};
  EXPECT_TRUE(ViewClaim(&claim, "u").exists);
  EXPECT_EQ(ViewClaim(&claim, "u").phase, "Pending");
}

TEST(ViewClaim, SaysWhoseItIs) {
  const json claim = {{"metadata", {{"ownerReferences", {{{"uid", "u"}, {"controller", true}}}}}}};
  EXPECT_TRUE(ViewClaim(&claim, "u").owned);
  EXPECT_FALSE(ViewClaim(&claim, "v").owned);
}

TEST(ViewNode, KnowsReadyAndCordoned) {
  const json node = {{"metadata", {{"name", "n"}, {"labels", {{"a", "b"}, {"odd", 1}}}}},
                     {"spec", {{"unschedulable", true}}},
                     {"status", {{"conditions", {{{"type", "Ready"}, {"status", "Unknown"}}}}}}};
  const auto view = ViewNode(node);
  EXPECT_EQ(view.labels, (api::TextMap{{"a", "b"}}));
  EXPECT_TRUE(view.unschedulable);
  EXPECT_FALSE(view.ready) << "unknown is not ready";
}

TEST(IsOwnedBy, TheControllerCounts) {
  const auto owned = [](const json& owner) {
    return json{{"metadata", {{"ownerReferences", json::array({owner})}}}};
  };
  EXPECT_TRUE(IsOwnedBy(owned({{"uid", "u"}, {"controller", true}}), "u"));
  EXPECT_FALSE(IsOwnedBy(owned({{"uid", "u"}, {"controller", false}}), "u"));
  EXPECT_FALSE(IsOwnedBy(owned({{"uid", "v"}, {"controller", true}}), "u"));
  EXPECT_FALSE(IsOwnedBy(owned("odd"), "u"));
  EXPECT_FALSE(IsOwnedBy(json::object(), "u"));
}

}  // namespace
}  // namespace clockwork::reconcile
