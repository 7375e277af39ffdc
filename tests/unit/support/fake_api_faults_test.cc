// What a FakeApiServer does wrong when it is told to, over a real connection.

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "tests/support/fake_api/fake_api_server.h"
#include "tests/unit/support/http_caller.h"
#include "tests/unit/support/kube_objects.h"

namespace clockwork::testing {
namespace {

const std::string kStatusX = std::string(kExperiments) + "/x/status";
const std::string kPodOfFaults = std::string(kPods) + "/x";

class FakeApiFaults : public ::testing::Test {
 protected:
  int Code(const std::string& method, const std::string& target, const Json& body = nullptr) {
    const auto reply =
        body.is_null() ? caller_.Call(method, target) : caller_.Call(method, target, body);
    return reply ? reply->code : 0;
  }
  bool Watch() {
    const auto reply = caller_.Call("GET", std::string(kPods) + "?watch=true&resourceVersion=" +
                                               std::to_string(server_.resource_version()));
    return reply && reply->code == 200;
  }
  // The names of the next events.
  std::string Events(int count) {
    std::string names;
    for (int i = 0; i < count; ++i) {
      const Json event = caller_.NextEvent();
      names += event.is_object() ? event.at("/object/metadata/name"_json_pointer).get<std::string>()
                                 : "-";
    }
    return names;
  }
  void PutPods(const std::vector<std::string>& names) {
    for (const std::string& name : names) server_.Put(MakePod(name));
  }

  FakeApiServer server_;
  HttpCaller caller_{server_.port()};
};

TEST_F(FakeApiFaults, TheThirdStatusPatchConflicts) {
  server_.Put(MakeExperiment("x"));
  server_.Fail(OnCall{"PATCH", "scalabilityexperiments/status"}.Nth(3), Conflict());
  caller_.content_type = "application/merge-patch+json";
  std::string codes;
  for (int i = 0; i < 4; ++i) {
    codes += " " + std::to_string(Code("PATCH", kStatusX, {{"status", {{"n", i}}}}));
  }
  EXPECT_EQ(codes, " 200 200 409 200");
}

TEST_F(FakeApiFaults, AnswersOfEveryKindStandInForTheExecution) {
  const std::vector<std::pair<Effect, int>> cases = {
      {Unauthorized(), 401},  {Forbidden(), 403},   {NotFound(), 404}, {Conflict(), 409},
      {AlreadyExists(), 409}, {Gone(), 410},        {Invalid(), 422},  {TooManyRequests(7), 429},
      {ServerError(), 500},   {Unavailable(), 503},
  };
  for (const auto& [effect, code] : cases) {
    server_.Fail(OnCall{"POST", "pods"}.Times(1), effect);
    const auto reply = caller_.Call("POST", kPods, MakePod("x"));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->code, code);
    EXPECT_EQ(reply->Json().at("kind"), "Status");
    EXPECT_EQ(reply->Json().at("code"), code);
    EXPECT_EQ(reply->headers.contains("Retry-After"), code == 429);
  }
  EXPECT_TRUE(server_.List("pods").empty());
  EXPECT_EQ(Code("POST", kPods, MakePod("x")), 201);
}

TEST_F(FakeApiFaults, AHeldCallIsExecutedWhenTheGateOpens) {
  const auto gate = MakeGate();
  server_.Fail(OnCall{"POST", "pods"}.Nth(1), HoldUntil(gate));
  ASSERT_TRUE(caller_.Send("POST", kPods, MakePod("x").dump()));
  ASSERT_TRUE(gate->WaitUntilReached());
  EXPECT_TRUE(server_.List("pods").empty());
  HttpCaller other(server_.port());
  EXPECT_EQ(other.Call("GET", kPods)->code, 200) << "others are served meanwhile";
  gate->Open();
  EXPECT_EQ(caller_.Receive()->code, 201);
}

TEST_F(FakeApiFaults, AHeldCallIsExecutedThoughItsClientHasGivenUp) {
  const auto gate = MakeGate();
  server_.Fail(OnCall{"POST", "pods"}, HoldUntil(gate));
  ASSERT_TRUE(caller_.Send("POST", kPods, MakePod("x").dump()));
  ASSERT_TRUE(gate->WaitUntilReached());
  caller_.Close();
  gate->Open();
  EXPECT_TRUE(server_.WaitUntil([this] { return server_.List("pods").size() == 1; }));
}

TEST_F(FakeApiFaults, AHeldAnswerBelongsToAnExecutedCall) {
  const auto gate = MakeGate();
  server_.Fail(OnCall{"POST", "pods"}, HoldAnswerUntil(gate));
  ASSERT_TRUE(caller_.Send("POST", kPods, MakePod("x").dump()));
  ASSERT_TRUE(gate->WaitUntilReached());
  EXPECT_EQ(server_.List("pods").size(), 1U);
  gate->Open();
  EXPECT_EQ(caller_.Receive()->code, 201);
}

TEST_F(FakeApiFaults, ADropBeforeExecutesNothingADropAfterEverything) {
  server_.Fail(OnCall{"POST", "pods"}.Nth(1), DropBefore());
  server_.Fail(OnCall{"POST", "pods"}.Nth(2), DropAfter());
  EXPECT_EQ(Code("POST", kPods, MakePod("x")), 0);
  EXPECT_TRUE(server_.List("pods").empty());
  EXPECT_EQ(Code("POST", kPods, MakePod("x")), 0);
  EXPECT_EQ(server_.List("pods").size(), 1U);
  EXPECT_EQ(Code("POST", kPods, MakePod("x")), 409);
}

TEST_F(FakeApiFaults, ATruncatedBodyIsNoJson) {
  server_.Put(MakePod("x"));
  server_.Fail(OnCall{"GET", "pods"}, Truncate(20));
  const auto reply = caller_.Call("GET", kPodOfFaults);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body.size(), 20U);
  EXPECT_TRUE(reply->Json().is_discarded());
}

TEST_F(FakeApiFaults, ASlowAnswerArrivesInTheEnd) {
  server_.Fail(OnCall{"*", "*"}.Times(1), Slow(std::chrono::milliseconds(1)));
  EXPECT_EQ(Code("GET", "/healthz"), 200);
  EXPECT_EQ(Code("GET", "/healthz"), 200);
}

TEST_F(FakeApiFaults, AWatchIsCutInTheMiddleOfALine) {
  server_.Fail(OnCall{"WATCH", "pods"}, CutWatch(1));
  ASSERT_TRUE(Watch());
  PutPods({"a", "b"});
  EXPECT_EQ(Events(2), "a-");
  EXPECT_FALSE(caller_.ended_in_order());
  EXPECT_TRUE(caller_.rest().starts_with("{\"object\":{")) << caller_.rest();
}

TEST_F(FakeApiFaults, AllWatchesCanBeCutAtOnce) {
  ASSERT_TRUE(Watch());
  server_.CutWatches();
  EXPECT_EQ(caller_.NextLine(), std::nullopt);
  EXPECT_FALSE(caller_.ended_in_order());
  EXPECT_NE(caller_.rest(), "");
}

TEST_F(FakeApiFaults, AWatchEndsInOrderAfterItsEvents) {
  server_.Fail(OnCall{"WATCH", "pods"}, EndWatch(2));
  ASSERT_TRUE(Watch());
  PutPods({"a", "b", "c"});
  EXPECT_EQ(Events(3), "ab-");
  EXPECT_TRUE(caller_.ended_in_order());
}

TEST_F(FakeApiFaults, AWatchExpiresInMidStream) {
  server_.Fail(OnCall{"WATCH", "pods"}, ExpireWatch(1));
  ASSERT_TRUE(Watch());
  PutPods({"a", "b"});
  EXPECT_EQ(Events(1), "a");
  EXPECT_EQ(caller_.NextEvent().at("object").at("code"), 410);
  EXPECT_TRUE(caller_.NextEvent().is_null());
}

TEST_F(FakeApiFaults, EventsComeTwiceOrSwapped) {
  server_.Fail(OnCall{"WATCH", "pods"}.Nth(1), DuplicateEvents());
  server_.Fail(OnCall{"WATCH", "pods"}.Nth(2), ReorderEvents());
  ASSERT_TRUE(Watch());
  PutPods({"a", "b"});
  EXPECT_EQ(Events(4), "aabb");
  caller_.Close();
  ASSERT_TRUE(Watch());
  PutPods({"c", "d", "e", "f"});
  EXPECT_EQ(Events(4), "dcfe");
}

TEST_F(FakeApiFaults, StaleReadsShowThePast) {
  PutPods({"a", "x"});
  server_.Remove("pods", "lab", "a");
  server_.Fail(OnCall{"LIST", "pods"}.Times(1), Stale(2));
  server_.Fail(OnCall{"GET", "pods"}.Times(1), Stale(2));
  const Json list = caller_.Call("GET", kPods)->Json();
  ASSERT_EQ(list.at("items").size(), 1U);
  EXPECT_EQ(list.at("items")[0].at("metadata").at("name"), "a");
  EXPECT_EQ(list.at("metadata").at("resourceVersion"), "2");
  EXPECT_EQ(Code("GET", kPodOfFaults), 404);
  EXPECT_EQ(Code("GET", kPodOfFaults), 200);
}

TEST_F(FakeApiFaults, AnExpiredTokenIsRefusedUntilTheNewOneIsUsed) {
  server_.ReplaceToken("old");
  EXPECT_EQ(Code("GET", kPods), 401);
  caller_.token = "old";
  EXPECT_EQ(Code("GET", kPods), 200);
  EXPECT_NE(server_.KubeconfigText().find("\"token\": \"old\""), std::string::npos);
  ASSERT_TRUE(Watch());
  server_.ReplaceToken("new");
  PutPods({"a"});
  EXPECT_EQ(Events(1), "a") << "an open watch goes on";
  caller_.Close();
  EXPECT_EQ(Code("GET", kPods), 401);
  caller_.token = "new";
  EXPECT_EQ(Code("GET", kPods), 200);
}

TEST_F(FakeApiFaults, APausedServerAnswersWhenItIsResumed) {
  server_.Pause();
  ASSERT_TRUE(caller_.Send("GET", kPods)) << "connecting works, as with a stopped process";
  EXPECT_FALSE(caller_.connection()->WaitForClose(nullptr, std::chrono::milliseconds(1)));
  EXPECT_TRUE(server_.Log().empty());
  server_.Resume();
  EXPECT_EQ(caller_.Receive()->code, 200);
}

TEST_F(FakeApiFaults, AServerThatIsGoneComesBackOnItsPort) {
  ASSERT_TRUE(Watch());
  server_.StopListening();
  EXPECT_EQ(caller_.NextLine(), std::nullopt);
  EXPECT_FALSE(TcpClient::Connect(server_.port()));
  EXPECT_EQ(server_.open_connections(), 0U);
  server_.StartListening();
  caller_.Close();
  EXPECT_EQ(Code("GET", kPods), 200);
}

TEST_F(FakeApiFaults, HooksSeeTheWorldBeforeAndAfterTheKthWrite) {
  const auto writes = OnCall{"WRITE", "*"}.Except("leases").Nth(2);
  std::atomic<int> before = -1;
  std::atomic<int> after = -1;
  server_.AddHook(Moment::kBefore, writes, [&](const Call&) {
    before = static_cast<int>(server_.List("pods").size());
    return Then::kProceed;
  });
  server_.AddHook(Moment::kAfter, writes, [&](const Call& call) {
    after = static_cast<int>(server_.List("pods").size());
    EXPECT_EQ(call.code, 201);
    return Then::kDrop;
  });
  EXPECT_EQ(Code("POST", kPods, MakePod("a")), 201);
  EXPECT_EQ(before, -1);
  EXPECT_EQ(Code("POST", kPods, MakePod("b")), 0) << "the answer is lost";
  EXPECT_EQ(before, 1);
  EXPECT_EQ(after, 2);
}

TEST_F(FakeApiFaults, AHookCanKeepAWriteFromHappening) {
  server_.AddHook(Moment::kBefore, OnCall{"WRITE", "*"}, [](const Call&) { return Then::kDrop; });
  EXPECT_EQ(Code("POST", kPods, MakePod("a")), 0);
  EXPECT_TRUE(server_.List("pods").empty());
  server_.ForgetAll();
  EXPECT_EQ(Code("POST", kPods, MakePod("a")), 201);
}

TEST_F(FakeApiFaults, AHookMayStopTheServer) {
  server_.AddHook(Moment::kAfter, OnCall{"POST", "pods"}, [this](const Call&) {
    server_.StopListening();
    return Then::kProceed;
  });
  Code("POST", kPods, MakePod("a"));
  server_.StartListening();
  caller_.Close();
  server_.ForgetAll();
  EXPECT_EQ(Code("GET", std::string(kPods) + "/a"), 200);
}

TEST_F(FakeApiFaults, TheLogTellsWhatWasAsked) {
  caller_.user_agent = "clockwork-operator/1";
  Code("POST", kPods, MakePod("x"));
  server_.Fail(OnCall{"DELETE", "pods"}, DropBefore());
  Code("DELETE", kPodOfFaults + "?gracePeriodSeconds=1");
  Code("GET", "/apis/coordination.k8s.io/v1/namespaces/lab/leases");
  const auto log = server_.Log();
  ASSERT_EQ(log.size(), 3U);
  EXPECT_EQ(RbacVerb(log[0]), "create");
  EXPECT_EQ(log[0].code, 201);
  EXPECT_EQ(log[0].user_agent, "clockwork-operator/1");
  EXPECT_EQ(log[1].code, 0);
  EXPECT_EQ(log[1].name, "x");
  EXPECT_EQ(log[1].query, "gracePeriodSeconds=1");
  EXPECT_EQ(RbacVerb(log[2]), "list");
  EXPECT_EQ(log[2].group, "coordination.k8s.io");
  EXPECT_EQ(server_.Count(OnCall{"*", "pods"}), 2U);
}

TEST_F(FakeApiFaults, WhatIsNoHttpIsRefusedAndOthersAreServed) {
  for (const char* text :
       {"rubbish\r\n\r\n", "GET / SPDY/1\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"}) {
    auto client = TcpClient::Connect(server_.port());
    ASSERT_TRUE(client);
    client->Send(text);
    std::string received;
    EXPECT_TRUE(client->WaitForClose(&received));
    EXPECT_TRUE(received.starts_with("HTTP/1.1 400 ")) << text;
  }
  EXPECT_EQ(Code("POST", kPods, MakePod("x")), 201);
  EXPECT_EQ(Code("GET", kPods + std::string("/%zz")), 404);
}

TEST_F(FakeApiFaults, BodiesInChunksAndPipelinedRequestsAreRead) {
  auto client = TcpClient::Connect(server_.port());
  ASSERT_TRUE(client);
  const std::string pod = MakePod("x").dump();
  std::string request = "POST " + std::string(kPods) +
                        " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n" + pod.substr(0, 1);
  char size[16];
  snprintf(size, sizeof(size), "%zx", pod.size() - 1);
  request += "\r\n" + std::string(size) + "\r\n" + pod.substr(1) + "\r\n0\r\n\r\n";
  request += "GET " + kPodOfFaults + " HTTP/1.1\r\nConnection: close\r\n\r\n";
  ASSERT_TRUE(client->Send(request));
  std::string received;
  EXPECT_TRUE(client->WaitForClose(&received));
  EXPECT_TRUE(received.starts_with("HTTP/1.1 201 "));
  EXPECT_NE(received.find("HTTP/1.1 200 OK"), std::string::npos);
}

}  // namespace
}  // namespace clockwork::testing
