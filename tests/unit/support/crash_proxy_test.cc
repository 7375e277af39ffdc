// A CrashProxy between a plain caller and the API server stand-in.

#include "tests/support/crash_proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/support/http_caller.h"
#include "tests/unit/support/kube_objects.h"

namespace clockwork::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kWatchPods = std::string(kPods) + "?watch=true&resourceVersion=0";
constexpr const char* kEvents = "/api/v1/namespaces/lab/events";

class CrashProxyTest : public ::testing::Test {
 protected:
  // The answer's code; 0 when there is none.
  int Create(const std::string& name) {
    const auto reply = caller_.Call("POST", kPods, MakePod(name));
    return reply ? reply->code : 0;
  }
  std::vector<std::string> Stored() const {
    std::vector<std::string> names;
    for (const Json& pod : server_.List("pods")) names.push_back(pod.at("metadata").at("name"));
    return names;
  }

  FakeApiServer server_;
  CrashProxy proxy_{server_.port()};
  HttpCaller caller_{proxy_.port()};
};

TEST_F(CrashProxyTest, PassesCallsAndAnswersOnAndCountsWhatWorks) {
  EXPECT_EQ(Create("a"), 201);
  EXPECT_EQ(Create("a"), 409);
  const auto got = caller_.Call("GET", std::string(kPods) + "/a");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->Json().at("metadata").at("name"), "a");
  const Json event = {{"apiVersion", "v1"}, {"kind", "Event"}, {"metadata", {{"name", "e"}}}};
  ASSERT_TRUE(caller_.Call("POST", kEvents, event));
  EXPECT_EQ(caller_.Call("DELETE", std::string(kPods) + "/a")->code, 200);
  EXPECT_EQ(proxy_.writes(), 3U);

  std::vector<std::string> told;
  for (const ProxiedCall& each : proxy_.Log()) {
    told.push_back(RbacVerb(each.call) + " " + each.call.resource + " " +
                   std::to_string(each.call.code) + " " + std::to_string(each.write));
    EXPECT_LT(each.forwarded, each.answered);
    EXPECT_EQ(each.call.user_agent, "test");
  }
  EXPECT_THAT(told, ElementsAre("create pods 201 1", "create pods 409 2", "get pods 200 0",
                                "create events 201 0", "delete pods 200 3"));
}

TEST_F(CrashProxyTest, BeforeAWriteTheServerNeverHearsOfIt) {
  int crashes = 0;
  proxy_.CrashAt(2, Moment::kBefore, [&] { ++crashes; });
  EXPECT_EQ(Create("a"), 201);
  EXPECT_EQ(Create("b"), 0);
  EXPECT_TRUE(proxy_.WaitUntil([&] { return proxy_.crashed(); }));
  EXPECT_THAT(Stored(), ElementsAre("a"));
  // Only once.
  EXPECT_EQ(Create("c"), 201);
  EXPECT_EQ(Create("d"), 201);
  EXPECT_EQ(crashes, 1);
}

TEST_F(CrashProxyTest, AfterAWriteOnlyTheClientDoesNotHearOfIt) {
  std::vector<std::string> then;
  proxy_.CrashAt(2, Moment::kAfter, [&] { then = Stored(); });
  EXPECT_EQ(Create("a"), 201);
  EXPECT_FALSE(proxy_.crashed());
  EXPECT_EQ(Create("b"), 0);
  EXPECT_TRUE(proxy_.WaitUntil([&] { return proxy_.crashed(); }));
  EXPECT_THAT(then, ElementsAre("a", "b"));
  EXPECT_EQ(Create("c"), 201);
}

TEST_F(CrashProxyTest, ADisarmedOneOnlyCounts) {
  proxy_.CrashAt(1, Moment::kBefore, [] { ADD_FAILURE() << "disarmed"; });
  proxy_.Disarm();
  EXPECT_EQ(Create("a"), 201);
  EXPECT_EQ(proxy_.writes(), 1U);
  EXPECT_FALSE(proxy_.crashed());
}

TEST_F(CrashProxyTest, PassesTheEventsOfAWatchOnAsTheyCome) {
  ASSERT_TRUE(caller_.Call("GET", kWatchPods));
  for (const char* name : {"a", "b"}) {
    server_.Put(MakePod(name));
    const Json event = caller_.NextEvent();
    ASSERT_TRUE(event.is_object());
    EXPECT_EQ(event.at("object").at("metadata").at("name"), name);
  }
  caller_.Close();
  EXPECT_TRUE(server_.WaitUntil([&] { return server_.open_watches() == 0; }));
}

TEST_F(CrashProxyTest, RefusesEveryConnectionUntilItResumes) {
  ASSERT_TRUE(caller_.Call("GET", kWatchPods));
  proxy_.Refuse();
  EXPECT_FALSE(caller_.NextLine()) << "a watch is cut";
  EXPECT_FALSE(caller_.ended_in_order());
  caller_.Close();
  EXPECT_EQ(Create("a"), 0);
  caller_.Close();
  EXPECT_EQ(Create("a"), 0);
  EXPECT_TRUE(proxy_.WaitUntil([&] { return proxy_.turned_away() == 2; }));
  proxy_.Resume();
  caller_.Close();
  EXPECT_EQ(Create("a"), 201);
  EXPECT_EQ(proxy_.Log().size(), 2U);
}

TEST_F(CrashProxyTest, StallsAndThenForwardsWhatIsStillWaitedFor) {
  proxy_.Stall();
  HttpCaller impatient(proxy_.port());
  ASSERT_TRUE(impatient.Send("DELETE", std::string(kPods) + "/a"));
  ASSERT_TRUE(caller_.Send("POST", kPods, MakePod("a").dump()));
  ASSERT_TRUE(proxy_.WaitUntil([&] { return proxy_.turned_away() == 2; }));
  impatient.Close();
  EXPECT_TRUE(proxy_.Log().empty());
  proxy_.Resume();
  const auto reply = caller_.Receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->code, 201);
  EXPECT_EQ(proxy_.Log().size(), 1U) << "nobody waits for the other any more";
}

TEST_F(CrashProxyTest, ItsKubeconfigLeadsToIt) {
  EXPECT_THAT(proxy_.KubeconfigText("here"),
              HasSubstr("http://127.0.0.1:" + std::to_string(proxy_.port())));
}

}  // namespace
}  // namespace clockwork::testing
