#include "tests/support/pod_double/pod_double.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/fake_api/fake_api_server.h"
#include "tests/support/pod_double/fake_pod_api.h"
#include "tests/unit/support/kube_objects.h"

namespace clockwork::testing {
namespace {

using Json = nlohmann::json;
using Fault = PodScript::Fault;

Json RolePod(const std::string& name, const std::string& role) {
  Json pod = MakePod(name, {{kRoleLabel, role}, {kTrialLabel, "2"}, {kWorkersLabel, "40"}});
  pod["spec"]["nodeSelector"] = {{"clockwork.dev/role", role == "collector" ? "controller" : role}};
  return pod;
}

class PodDoubleTest : public ::testing::Test {
 protected:
  PodDoubleTest() {
    for (const char* role : {"worker", "controller", "client"}) {
      server_.Put(MakeNode(std::string("node-") + role, role));
    }
  }

  std::string At(const std::string& name, const char* pointer) {
    const auto pod = server_.Get("pods", "lab", name);
    if (!pod) return "gone";
    const Json::json_pointer place(pointer);
    return pod->contains(place) ? pod->at(place).get<std::string>() : "";
  }
  std::string Condition(const std::string& name, const std::string& type) {
    const auto pod = server_.Get("pods", "lab", name);
    if (!pod) return "gone";
    for (const Json& condition : pod->at("status").value("conditions", Json::array())) {
      if (condition.at("type") == type) return condition.at("status");
    }
    return "";
  }
  bool Becomes(const std::string& name, const char* pointer, const std::string& value) {
    return server_.WaitUntil([&] { return At(name, pointer) == value; });
  }
  bool Ready(const std::string& name, const char* value = "True") {
    return server_.WaitUntil([&] { return Condition(name, "Ready") == value; });
  }

  FakeApiServer server_;
  FakePodApi api_{&server_};
  PodDouble double_{&api_};
};

constexpr char kTerminated[] = "/status/containerStatuses/0/state/terminated/message";

TEST_F(PodDoubleTest, AWorkerRunsUntilItIsDeletedAndThenVanishes) {
  double_.Start();
  server_.Put(RolePod("w", "worker"));
  ASSERT_TRUE(Ready("w"));
  EXPECT_EQ(At("w", "/spec/nodeName"), "node-worker");
  EXPECT_EQ(At("w", "/status/phase"), "Running");
  EXPECT_NE(At("w", "/status/podIP"), "");
  ASSERT_TRUE(server_.Delete("pods", "lab", "w"));
  EXPECT_TRUE(Becomes("w", "/status/phase", "gone"));
  EXPECT_EQ(double_.MostAlive("worker"), 1U);
}

TEST_F(PodDoubleTest, WhatThereWasBeforeTheStartIsDrivenToo) {
  server_.Put(RolePod("w", "worker"));
  double_.Start();
  EXPECT_TRUE(Ready("w"));
  EXPECT_EQ(double_.Seen(), std::vector<std::string>{"w"});
}

TEST_F(PodDoubleTest, PodsOfOthersAreLeftAlone) {
  double_.Start();
  server_.Put(MakePod("foreign"));
  server_.Put(RolePod("w", "worker"));
  ASSERT_TRUE(Ready("w"));
  EXPECT_EQ(At("foreign", "/status/phase"), "Pending");
}

TEST_F(PodDoubleTest, ClientAndCollectorEndWithTheirMessages) {
  double_.Message("client", [](const PodFacts&) { return "sent 7"; });
  double_.Message("collector", [](const PodFacts& facts) {
    return "trial " + std::to_string(facts.trial) + " of " + std::to_string(facts.workers);
  });
  double_.Start();
  server_.Put(RolePod("c", "client"));
  server_.Put(RolePod("k", "collector"));
  EXPECT_TRUE(Becomes("c", "/status/phase", "Succeeded"));
  EXPECT_EQ(At("c", kTerminated), "sent 7");
  EXPECT_TRUE(Becomes("k", "/status/phase", "Succeeded"));
  EXPECT_EQ(At("k", kTerminated), "trial 2 of 40");
}

TEST_F(PodDoubleTest, WithoutAFittingNodeAPodIsUnschedulableUntilOneComes) {
  server_.Remove("nodes", "", "node-worker");
  double_.Start();
  server_.Put(RolePod("w", "worker"));
  ASSERT_TRUE(Becomes("w", "/status/conditions/0/reason", "Unschedulable"));
  server_.Put(MakeNode("late", "worker"));
  double_.Reschedule();
  EXPECT_TRUE(Ready("w"));
  EXPECT_EQ(At("w", "/spec/nodeName"), "late");
}

TEST_F(PodDoubleTest, ScriptsDecideHowAPodFares) {
  struct Case {
    PodScript script;
    const char* pointer;
    const char* value;
  };
  constexpr char kWaiting[] = "/status/containerStatuses/0/state/waiting/reason";
  constexpr char kReason[] = "/status/containerStatuses/0/state/terminated/reason";
  const std::vector<Case> cases = {
      {{Fault::kImagePull, 0, ""}, kWaiting, "ImagePullBackOff"},
      {{Fault::kBadConfig, 0, "no such map"}, kWaiting, "CreateContainerConfigError"},
      {{Fault::kCrash, 3, "bad trace"}, kTerminated, "bad trace"},
      {{Fault::kCrash, 3, ""}, "/status/phase", "Failed"},
      {{Fault::kOomKilled, 0, ""}, kReason, "OOMKilled"},
      {{Fault::kEvicted, 0, "disk"}, "/status/reason", "Evicted"},
      {{Fault::kVanish, 0, ""}, "/status/phase", "gone"},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    double_.Script("worker", static_cast<int>(i) + 1, cases[i].script);
  }
  double_.Start();
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::string name = "w" + std::to_string(i);
    server_.Put(RolePod(name, "worker"));
    EXPECT_TRUE(Becomes(name, cases[i].pointer, cases[i].value)) << i << ": " << cases[i].value;
  }
}

TEST_F(PodDoubleTest, ANeverReadyPodRunsAndStaysUnready) {
  double_.Script("worker", 0, {Fault::kNeverReady, 0, ""});
  double_.Start();
  server_.Put(RolePod("w", "worker"));
  ASSERT_TRUE(Becomes("w", "/status/phase", "Running"));
  server_.Delete("pods", "lab", "w");
  EXPECT_TRUE(Becomes("w", "/status/phase", "gone"));
}

TEST_F(PodDoubleTest, ADeadNodeTakesReadinessAndKeepsDeletedPods) {
  double_.Start();
  server_.Put(RolePod("w", "worker"));
  ASSERT_TRUE(Ready("w"));
  double_.KillNode("node-worker");
  EXPECT_TRUE(Ready("w", "False"));
  const auto node = server_.Get("nodes", "", "node-worker");
  EXPECT_EQ(node->at("/status/conditions/0/status"_json_pointer), "Unknown");
  server_.Delete("pods", "lab", "w");
  EXPECT_EQ(At("w", "/status/phase"), "Running");
  double_.ReviveNode("node-worker");
  EXPECT_TRUE(Becomes("w", "/status/phase", "gone"));
}

TEST_F(PodDoubleTest, HeldPodsWaitForTheirRelease) {
  double_.Hold("client", PodStep::kEnd);
  double_.Start();
  server_.Put(RolePod("c", "client"));
  ASSERT_TRUE(double_.WaitUntilHeld("client", PodStep::kEnd));
  EXPECT_EQ(At("c", "/status/phase"), "Running");
  EXPECT_EQ(Condition("c", "Ready"), "True");
  double_.Release("client", PodStep::kEnd);
  EXPECT_EQ(At("c", "/status/phase"), "Succeeded");
}

TEST_F(PodDoubleTest, ADeletedPodCanTakeItsTime) {
  double_.Hold("worker", PodStep::kVanish);
  double_.Start();
  server_.Put(RolePod("w", "worker"));
  ASSERT_TRUE(Ready("w"));
  server_.Delete("pods", "lab", "w");
  ASSERT_TRUE(double_.WaitUntilHeld("worker", PodStep::kVanish));
  EXPECT_EQ(At("w", "/status/phase"), "Running");
  double_.Release("worker", PodStep::kVanish);
  EXPECT_EQ(At("w", "/status/phase"), "gone");
}

TEST_F(PodDoubleTest, ARunningPodCanBeBroken) {
  double_.Start();
  server_.Put(RolePod("w", "worker"));
  ASSERT_TRUE(Ready("w"));
  EXPECT_TRUE(double_.Break("w", {Fault::kCrash, 9, "broken"}));
  EXPECT_EQ(At("w", "/status/phase"), "Failed");
  EXPECT_FALSE(double_.Break("w", {Fault::kCrash, 9, "again"})) << "it has ended";
}

TEST_F(PodDoubleTest, ACompactedHistoryIsListedAnew) {
  double_.Start();
  server_.CompactHistory();
  server_.Put(RolePod("w", "worker"));
  server_.CompactHistory();
  EXPECT_TRUE(Ready("w"));
}

}  // namespace
}  // namespace clockwork::testing
