// Lists and watches of a FakeApiServer, over a real connection.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/fake_api/fake_api_server.h"
#include "tests/unit/support/http_caller.h"
#include "tests/unit/support/kube_objects.h"

namespace clockwork::testing {
namespace {

const std::string kWatch = std::string(kPods) + "?watch=true&resourceVersion=";

class FakeApiWatch : public ::testing::Test {
 protected:
  // "a b c": the names in a list's answer.
  static std::string Names(const Json& list) {
    std::string names;
    for (const Json& item : list.at("items")) {
      names += (names.empty() ? "" : " ") + item.at("metadata").at("name").get<std::string>();
    }
    return names;
  }
  Json List(const std::string& parameters) {
    const auto reply = caller_.Call("GET", std::string(kPods) + parameters);
    return reply ? reply->Json() : Json();
  }
  // Opens a watch of the pods from a version on.
  bool Watch(std::uint64_t version, const std::string& parameters = "") {
    const auto reply = caller_.Call("GET", kWatch + std::to_string(version) + parameters);
    return reply && reply->code == 200;
  }
  // The next event: "ADDED a", with the code for an ERROR.
  std::string Next() {
    const Json event = caller_.NextEvent();
    if (event.is_null()) return "end";
    const Json& object = event.at("object");
    last_ = object;
    const std::string type = event.at("type");
    if (type == "ERROR") return "ERROR " + object.at("code").dump();
    return type + " " + object.at("metadata").value("name", "-");
  }

  FakeApiServer server_;
  HttpCaller caller_{server_.port()};
  Json last_;
};

TEST_F(FakeApiWatch, ListsAreSelectedByLabelsAndFields) {
  server_.Put(MakePod("a", {{"role", "worker"}, {"trial", "1"}}));
  server_.Put(MakePod("b", {{"role", "client"}, {"trial", "1"}}));
  server_.Put(MakePod("c", {{"role", "worker"}, {"trial", "2"}}));
  server_.Put(MakePod("d"));
  struct Case {
    const char* parameters;
    const char* names;
  };
  const std::vector<Case> cases = {
      {"", "a b c d"},
      {"?labelSelector=role%3Dworker", "a c"},
      {"?labelSelector=role%3D%3Dworker%2Ctrial%3D2", "c"},
      {"?labelSelector=role%20in%20(client%2Cother)", "b"},
      {"?labelSelector=role+notin+(worker)", "b d"},
      {"?labelSelector=role!%3Dworker", "b d"},
      {"?labelSelector=role", "a b c"},
      {"?labelSelector=!role", "d"},
      {"?fieldSelector=metadata.name%3Db", "b"},
      {"?fieldSelector=status.phase!%3DPending", ""},
      {"?fieldSelector=metadata.name!%3Db%2Cstatus.phase%3DPending", "a c d"},
  };
  for (const Case& selection : cases) {
    EXPECT_EQ(Names(List(selection.parameters)), selection.names) << selection.parameters;
  }
  EXPECT_EQ(List("?labelSelector=a%20in").value("code", 0), 400);
  EXPECT_EQ(List("?fieldSelector=metadata.name").value("code", 0), 400);
}

TEST_F(FakeApiWatch, ItemsOfBuiltInKindsHaveNoKindThoseOfOthersHave) {
  server_.Put(MakePod("a"));
  server_.Put(MakeExperiment("e"));
  EXPECT_FALSE(List("").at("items")[0].contains("kind"));
  EXPECT_EQ(List("").at("kind"), "PodList");
  const Json experiments = caller_.Call("GET", kExperiments)->Json();
  EXPECT_EQ(experiments.at("items")[0].at("kind"), "ScalabilityExperiment");
}

TEST_F(FakeApiWatch, AllNamespacesOrOne) {
  server_.Put(MakePod("a"));
  Json other = MakePod("b");
  other["metadata"]["namespace"] = "other";
  server_.Put(other);
  EXPECT_EQ(Names(List("")), "a");
  EXPECT_EQ(Names(caller_.Call("GET", "/api/v1/pods")->Json()), "a b");
}

TEST_F(FakeApiWatch, PagesShowOneStateUntilTheHistoryIsCompacted) {
  for (const char* name : {"a", "b", "c"}) server_.Put(MakePod(name));
  const Json first = List("?limit=2");
  EXPECT_EQ(Names(first), "a b");
  const std::string next = first.at("metadata").at("continue");
  server_.Put(MakePod("d"));
  server_.Remove("pods", "lab", "c");
  const Json second = List("?limit=2&continue=" + next);
  EXPECT_EQ(Names(second), "c") << "as it was when the first page was made";
  EXPECT_FALSE(second.at("metadata").contains("continue"));
  EXPECT_EQ(second.at("metadata").at("resourceVersion"),
            first.at("metadata").at("resourceVersion"));
  server_.CompactHistory();
  EXPECT_EQ(List("?limit=2&continue=" + next).at("code"), 410);
  EXPECT_EQ(List("?continue=rubbish").at("code"), 400);
}

TEST_F(FakeApiWatch, AListOfTheFutureIsRefused) {
  EXPECT_EQ(List("?resourceVersion=999&resourceVersionMatch=NotOlderThan").at("code"), 504);
}

TEST_F(FakeApiWatch, EventsFollowTheVersionThatWasAskedFor) {
  server_.Put(MakePod("a"));
  const auto version = server_.resource_version();
  server_.Put(MakePod("b"));
  ASSERT_TRUE(Watch(version));
  EXPECT_EQ(Next(), "ADDED b");
  server_.Edit("pods", "lab", "a", [](Json* pod) { (*pod)["status"]["phase"] = "Running"; });
  EXPECT_EQ(Next(), "MODIFIED a");
  EXPECT_EQ(last_.at("kind"), "Pod");
  server_.Remove("pods", "lab", "b");
  EXPECT_EQ(Next(), "DELETED b");
  EXPECT_EQ(last_.at("metadata").at("resourceVersion"), std::to_string(server_.resource_version()));
}

TEST_F(FakeApiWatch, WithoutAVersionWhatThereIsComesFirst) {
  server_.Put(MakePod("a"));
  ASSERT_EQ(caller_.Call("GET", std::string(kPods) + "?watch=1")->code, 200);
  EXPECT_EQ(Next(), "ADDED a");
  server_.Put(MakePod("b"));
  EXPECT_EQ(Next(), "ADDED b");
}

TEST_F(FakeApiWatch, AChangedLabelEntersAndLeavesASelection) {
  server_.Put(MakePod("a", {{"role", "client"}}));
  ASSERT_TRUE(Watch(server_.resource_version(), "&labelSelector=role%3Dworker"));
  const auto relabel = [this](const char* role) {
    server_.Edit("pods", "lab", "a",
                 [role](Json* pod) { (*pod)["metadata"]["labels"]["role"] = role; });
  };
  relabel("worker");
  EXPECT_EQ(Next(), "ADDED a");
  relabel("client");
  EXPECT_EQ(Next(), "DELETED a");
  EXPECT_EQ(last_.at("metadata").at("labels").at("role"), "worker") << "the last selected state";
  server_.Remove("pods", "lab", "a");
  server_.Put(MakePod("b", {{"role", "worker"}}));
  EXPECT_EQ(Next(), "ADDED b") << "nothing is told of what is not selected";
}

TEST_F(FakeApiWatch, AVersionBeforeTheHistoryIsGone) {
  const auto version = server_.resource_version();
  server_.Put(MakePod("a"));
  server_.CompactHistory();
  ASSERT_TRUE(Watch(version));
  EXPECT_EQ(Next(), "ERROR 410");
  EXPECT_EQ(last_.at("reason"), "Expired");
  EXPECT_EQ(Next(), "end");
  EXPECT_TRUE(caller_.ended_in_order());
}

TEST_F(FakeApiWatch, ABoundedHistoryForgetsTheOldest) {
  FakeApiOptions options;
  options.history_changes = 2;
  FakeApiServer server(options);
  const auto version = server.resource_version();
  for (const char* name : {"a", "b", "c"}) server.Put(MakePod(name));
  HttpCaller caller(server.port());
  ASSERT_TRUE(caller.Call("GET", kWatch + std::to_string(version)));
  EXPECT_EQ(caller.NextEvent().at("type"), "ERROR");
  EXPECT_TRUE(caller.NextEvent().is_null());
  ASSERT_TRUE(caller.Call("GET", kWatch + std::to_string(version + 1)));
  EXPECT_EQ(caller.NextEvent().at("type"), "ADDED");
}

TEST_F(FakeApiWatch, BookmarksComeToThoseWhoAsked) {
  ASSERT_TRUE(Watch(server_.resource_version(), "&allowWatchBookmarks=true"));
  server_.Put(MakeExperiment("e"));
  server_.SendBookmarks();
  EXPECT_EQ(Next(), "BOOKMARK -");
  EXPECT_EQ(last_.at("metadata").at("resourceVersion"), std::to_string(server_.resource_version()));
  HttpCaller other(server_.port());
  ASSERT_TRUE(other.Call("GET", kWatch + "1"));
  server_.SendBookmarks();
  server_.Put(MakePod("a"));
  EXPECT_EQ(other.NextEvent().at("type"), "ADDED");
}

TEST_F(FakeApiWatch, TheTimeOutEndsAWatchInOrderAndTheConnectionGoesOn) {
  ASSERT_TRUE(Watch(server_.resource_version(), "&timeoutSeconds=0&allowWatchBookmarks=true"));
  EXPECT_EQ(Next(), "BOOKMARK -");
  EXPECT_EQ(Next(), "end");
  EXPECT_TRUE(caller_.ended_in_order());
  EXPECT_EQ(Names(List("")), "");
  EXPECT_EQ(server_.open_connections(), 1U);
}

TEST_F(FakeApiWatch, AClientThatLeavesIsForgotten) {
  ASSERT_TRUE(Watch(server_.resource_version()));
  EXPECT_EQ(server_.open_watches(), 1U);
  caller_.Close();
  EXPECT_TRUE(server_.WaitUntil([this] { return server_.open_watches() == 0; }));
}

}  // namespace
}  // namespace clockwork::testing
