// What a FakeApiServer answers to each verb, over a real connection.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/fake_api/fake_api_server.h"
#include "tests/unit/support/http_caller.h"
#include "tests/unit/support/kube_objects.h"

namespace clockwork::testing {
namespace {

const std::string kPodX = std::string(kPods) + "/x";
const std::string kExperimentX = std::string(kExperiments) + "/x";

class FakeApiVerbs : public ::testing::Test {
 protected:
  // The answer's code and, of an error, its reason: "409 AlreadyExists".
  std::string Outcome(const std::string& method, const std::string& target,
                      const Json& body = nullptr) {
    const auto reply =
        body.is_null() ? caller_.Call(method, target) : caller_.Call(method, target, body);
    if (!reply) return "no answer";
    last_ = reply->Json();
    const std::string code = std::to_string(reply->code);
    return reply->code < 400 ? code : code + " " + last_.value("reason", "");
  }
  std::string Patch(const std::string& target, const Json& patch,
                    const std::string& type = "application/merge-patch+json") {
    caller_.content_type = type;
    return Outcome("PATCH", target, patch);
  }
  std::string Field(const char* pointer) { return last_.at(Json::json_pointer(pointer)).dump(); }

  FakeApiServer server_;
  HttpCaller caller_{server_.port()};
  Json last_;
};

TEST_F(FakeApiVerbs, ACreatedObjectGetsItsMetadata) {
  EXPECT_EQ(Outcome("POST", kPods, MakePod("x")), "201");
  EXPECT_EQ(Field("/metadata/uid"), "\"00000000-0000-4000-8000-000000000001\"");
  EXPECT_EQ(Field("/metadata/resourceVersion"), "\"2\"");
  EXPECT_EQ(Field("/metadata/namespace"), "\"lab\"");
  EXPECT_EQ(Field("/status/phase"), "\"Pending\"");
  EXPECT_TRUE(last_.at("metadata").contains("creationTimestamp"));
  EXPECT_EQ(Outcome("GET", kPodX), "200");
  EXPECT_EQ(Field("/kind"), "\"Pod\"");
}

TEST_F(FakeApiVerbs, WhatCannotBeIsRefused) {
  server_.Put(MakePod("x"));
  Json generated = MakePod("a");
  generated["metadata"].erase("name");
  generated["metadata"]["generateName"] = "a-";
  Json elsewhere = MakePod("a");
  elsewhere["metadata"]["namespace"] = "other";
  Json bare = MakePod("a");
  bare["spec"].erase("containers");
  Json versioned = MakePod("a");
  versioned["metadata"]["resourceVersion"] = "1";
  Json owned = MakePod("a");
  owned["metadata"]["ownerReferences"] = {{{"kind", "ScalabilityExperiment"}, {"name", "e"}}};
  struct Case {
    std::string method, target;
    Json body;
    std::string outcome;
  };
  const std::vector<Case> cases = {
      {"POST", kPods, MakePod("x"), "409 AlreadyExists"},
      {"POST", kPods, generated, "422 Invalid"},
      {"POST", kPods, elsewhere, "400 BadRequest"},
      {"POST", kPods, versioned, "400 BadRequest"},
      {"POST", kPods, bare, "422 Invalid"},
      {"POST", kPods, owned, "422 Invalid"},
      {"POST", kPods, MakePod("Upper"), "422 Invalid"},
      {"POST", kPods, MakePod("a", {{"l", std::string(64, 'a')}}), "422 Invalid"},
      {"POST", kPods, MakePod("a", {{"l", 7}}), "400 BadRequest"},
      {"POST", kPods, MakeExperiment("a"), "400 BadRequest"},
      {"POST", kPods, Json::array(), "400 BadRequest"},
      {"POST", "/api/v1/pods", MakePod("a"), "405 MethodNotAllowed"},
      {"GET", std::string(kPods) + "/absent", nullptr, "404 NotFound"},
      {"GET", "/api/v1/namespaces/lab/secrets", nullptr, "404 NotFound"},
      {"GET", "/apis/apps/v1/deployments", nullptr, "404 NotFound"},
      {"PUT", std::string(kPods) + "/absent", MakePod("absent"), "404 NotFound"},
      {"PUT", kPodX, MakePod("y"), "400 BadRequest"},
      {"PUT", kPodX + "/scale", MakePod("x"), "404 NotFound"},
      {"DELETE", std::string(kPods) + "/absent", nullptr, "404 NotFound"},
  };
  for (const Case& refused : cases) {
    EXPECT_EQ(Outcome(refused.method, refused.target, refused.body), refused.outcome)
        << refused.method << " " << refused.target << " " << refused.body;
  }
  EXPECT_EQ(server_.List("pods").size(), 1U);
}

TEST_F(FakeApiVerbs, AStatusObjectSaysWhatIsMeant) {
  EXPECT_EQ(Outcome("GET", kExperimentX), "404 NotFound");
  EXPECT_EQ(last_.at("message"), "scalabilityexperiments.clockwork.dev \"x\" not found");
  EXPECT_EQ(last_.at("kind"), "Status");
  EXPECT_EQ(last_.at("code"), 404);
  EXPECT_EQ(Field("/details/name"), "\"x\"");
}

TEST_F(FakeApiVerbs, AnUpdateComparesVersions) {
  Json experiment = server_.Put(MakeExperiment("x"));
  Json blind = experiment;
  blind["metadata"].erase("resourceVersion");
  EXPECT_EQ(Outcome("PUT", kExperimentX, blind), "422 Invalid");
  experiment["spec"]["trials"] = 4;
  EXPECT_EQ(Outcome("PUT", kExperimentX, experiment), "200");
  EXPECT_EQ(Outcome("PUT", kExperimentX, experiment), "409 Conflict") << "the version is used up";
  EXPECT_EQ(server_.Get("scalabilityexperiments", "lab", "x")->at("spec").at("trials"), 4);
}

TEST_F(FakeApiVerbs, SpecAndStatusAreWrittenApart) {
  server_.Put(MakeExperiment("x"));
  EXPECT_EQ(Patch(kExperimentX, {{"spec", {{"trials", 5}}}, {"status", {{"phase", "Lost"}}}}),
            "200");
  EXPECT_FALSE(last_.contains("status"));
  EXPECT_EQ(Field("/metadata/generation"), "2");
  EXPECT_EQ(Patch(kExperimentX + "/status",
                  {{"spec", {{"trials", 6}}}, {"status", {{"phase", "Running"}}}}),
            "200");
  EXPECT_EQ(Field("/spec/trials"), "5");
  EXPECT_EQ(Field("/status/phase"), "\"Running\"");
  EXPECT_EQ(Field("/metadata/generation"), "2");
  EXPECT_EQ(Patch(kExperimentX, {{"metadata", {{"labels", {{"a", "b"}}}}}}), "200");
  EXPECT_EQ(Field("/metadata/generation"), "2") << "labels are not the specification";
}

TEST_F(FakeApiVerbs, APatchThatChangesNothingMakesNoVersion) {
  server_.Put(MakeExperiment("x"));
  const auto version = server_.resource_version();
  EXPECT_EQ(Patch(kExperimentX, {{"spec", {{"trials", 3}}}}), "200");
  EXPECT_EQ(server_.resource_version(), version);
}

TEST_F(FakeApiVerbs, APatchHonoursItsPreconditions) {
  const Json stored = server_.Put(MakeExperiment("x"));
  const Json uid = stored.at("metadata").at("uid");
  EXPECT_EQ(Patch(kExperimentX, {{"metadata", {{"uid", uid}}}, {"spec", {{"trials", 4}}}}), "200");
  EXPECT_EQ(Patch(kExperimentX, {{"metadata", {{"uid", "other"}}}}), "409 Conflict");
  EXPECT_EQ(Patch(kExperimentX, {{"metadata", {{"resourceVersion", "1"}}}}), "409 Conflict");
}

TEST_F(FakeApiVerbs, PatchTypes) {
  server_.Put(MakeExperiment("x"));
  EXPECT_EQ(Patch(kExperimentX, {{{"op", "replace"}, {"path", "/spec/trials"}, {"value", 9}}},
                  "application/json-patch+json"),
            "200");
  EXPECT_EQ(Field("/spec/trials"), "9");
  EXPECT_EQ(Patch(kExperimentX, {{{"op", "test"}, {"path", "/spec/trials"}, {"value", 1}}},
                  "application/json-patch+json"),
            "422 Invalid");
  EXPECT_EQ(Patch(kExperimentX, {{"spec", {{"trials", nullptr}}}}), "200");
  EXPECT_FALSE(last_.at("spec").contains("trials"));
  EXPECT_EQ(Patch(kExperimentX, Json::object(), "application/strategic-merge-patch+json"),
            "415 UnsupportedMediaType");
}

TEST_F(FakeApiVerbs, ApplyCreatesWhatIsMissing) {
  const std::string type = "application/apply-patch+yaml";
  const std::string target = kPodX + "?fieldManager=test&force=true";
  EXPECT_EQ(Patch(kPodX, MakePod("x"), type), "422 Invalid") << "without a field manager";
  EXPECT_EQ(Patch(target, MakePod("x"), type), "201");
  EXPECT_EQ(Patch(target, MakePod("x", {{"a", "b"}}), type), "200");
  EXPECT_EQ(Field("/metadata/labels/a"), "\"b\"");
  EXPECT_EQ(Patch(kExperimentX + "/status?fieldManager=test", MakeExperiment("x"), type),
            "404 NotFound");
}

TEST_F(FakeApiVerbs, APodsSpecificationIsFixed) {
  Json pod = server_.Put(MakePod("x"));
  pod["spec"]["nodeSelector"] = {{"a", "b"}};
  EXPECT_EQ(Outcome("PUT", kPodX, pod), "422 Invalid");
}

TEST_F(FakeApiVerbs, BindingPutsAPodOnANodeOnce) {
  server_.Put(MakePod("x"));
  const Json binding = {{"apiVersion", "v1"}, {"kind", "Binding"}, {"target", {{"name", "n"}}}};
  EXPECT_EQ(Outcome("POST", kPodX + "/binding", binding), "201");
  EXPECT_EQ(Outcome("POST", kPodX + "/binding", binding), "409 Conflict");
  server_.Put(MakePod("y"));
  Json by_name = binding;
  by_name["metadata"] = {{"name", "y"}};
  EXPECT_EQ(Outcome("POST", "/api/v1/namespaces/lab/bindings", by_name), "201");
  EXPECT_EQ(server_.Get("pods", "lab", "y")->at("spec").at("nodeName"), "n");
  EXPECT_EQ(server_.Get("pods", "lab", "x")->at("spec").at("nodeName"), "n");
}

TEST_F(FakeApiVerbs, DeletingWhatDoesNotRunTakesItAwayAtOnce) {
  server_.Put(MakePod("x"));
  server_.Put(MakeExperiment("x"));
  EXPECT_EQ(Outcome("DELETE", kPodX), "200");
  EXPECT_EQ(Outcome("DELETE", kExperimentX), "200");
  EXPECT_EQ(last_.at("status"), "Success");
  EXPECT_TRUE(server_.List("pods").empty());
  EXPECT_TRUE(server_.List("scalabilityexperiments").empty());
}

TEST_F(FakeApiVerbs, ARunningPodIsMarkedAndRemovedWithoutGrace) {
  Json pod = MakePod("x");
  pod["spec"]["nodeName"] = "n";
  server_.Put(pod);
  EXPECT_EQ(Outcome("DELETE", kPodX, {{"gracePeriodSeconds", 5}}), "200");
  EXPECT_TRUE(last_.at("metadata").contains("deletionTimestamp"));
  EXPECT_EQ(Field("/metadata/deletionGracePeriodSeconds"), "5");
  EXPECT_EQ(Outcome("DELETE", kPodX), "200");
  EXPECT_EQ(Field("/metadata/deletionGracePeriodSeconds"), "5") << "the grace only gets shorter";
  EXPECT_EQ(server_.List("pods").size(), 1U);
  EXPECT_EQ(Outcome("DELETE", kPodX + "?gracePeriodSeconds=0"), "200");
  EXPECT_TRUE(server_.List("pods").empty());
}

TEST_F(FakeApiVerbs, ADeleteHonoursItsPreconditions) {
  const Json pod = server_.Put(MakePod("x"));
  EXPECT_EQ(Outcome("DELETE", kPodX, {{"preconditions", {{"uid", "other"}}}}), "409 Conflict");
  EXPECT_EQ(Outcome("DELETE", kPodX, {{"preconditions", {{"resourceVersion", "1"}}}}),
            "409 Conflict");
  EXPECT_EQ(Outcome("DELETE", kPodX, {{"preconditions", {{"uid", pod.at("metadata").at("uid")}}}}),
            "200");
}

TEST_F(FakeApiVerbs, FinalizersKeepAnObjectUntilTheyAreGone) {
  Json experiment = MakeExperiment("x");
  experiment["metadata"]["finalizers"] = {"clockwork.dev/keep"};
  server_.Put(experiment);
  EXPECT_EQ(Outcome("DELETE", kExperimentX), "200");
  EXPECT_TRUE(last_.at("metadata").contains("deletionTimestamp"));
  EXPECT_EQ(Patch(kExperimentX, {{"metadata", {{"finalizers", nullptr}}}}), "200");
  EXPECT_TRUE(server_.List("scalabilityexperiments").empty());
}

TEST_F(FakeApiVerbs, ACollectionIsDeletedBySelector) {
  server_.Put(MakePod("a", {{"k", "1"}}));
  server_.Put(MakePod("b", {{"k", "2"}}));
  EXPECT_EQ(Outcome("DELETE", std::string(kPods) + "?labelSelector=k%3D1"), "200");
  ASSERT_EQ(server_.List("pods").size(), 1U);
  EXPECT_EQ(server_.List("pods")[0].at("metadata").at("name"), "b");
}

TEST(FakeApiGarbage, WhatLosesItsLastOwnerIsDeleted) {
  FakeApiOptions options;
  options.collect_garbage = true;
  FakeApiServer server(options);
  const Json owner = server.Put(MakeExperiment("x"));
  const Json reference = {{"apiVersion", "clockwork.dev/v1alpha1"},
                          {"kind", "ScalabilityExperiment"},
                          {"name", "x"},
                          {"uid", owner.at("metadata").at("uid")}};
  Json child = MakePod("child");
  child["metadata"]["ownerReferences"] = {reference};
  const Json stored = server.Put(child);
  Json grandchild = MakePod("grandchild");
  grandchild["metadata"]["ownerReferences"] = {{{"apiVersion", "v1"},
                                                {"kind", "Pod"},
                                                {"name", "child"},
                                                {"uid", stored.at("metadata").at("uid")}}};
  server.Put(grandchild);
  server.Put(MakePod("free"));
  EXPECT_EQ(server.List("pods").size(), 3U);
  server.Delete("scalabilityexperiments", "lab", "x");
  ASSERT_EQ(server.List("pods").size(), 1U);
  EXPECT_EQ(server.List("pods")[0].at("metadata").at("name"), "free");
}

}  // namespace
}  // namespace clockwork::testing
