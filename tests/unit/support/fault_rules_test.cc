#include "tests/support/fake_api/fault_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace clockwork::testing {
namespace {

Call MakeCall(const std::string& verb, const std::string& resource) {
  Call call;
  call.verb = verb;
  call.method = verb == "LIST" || verb == "WATCH" ? "GET" : verb;
  call.resource = resource;
  call.name_space = "lab";
  call.name = "x";
  call.user_agent = "clockwork-operator/1 (linux/amd64)";
  return call;
}

// Which of so many equal calls the rule acts on: "..x.".
std::string Fired(OnCall on, int calls) {
  std::string fired;
  for (int i = 0; i < calls; ++i) fired += on.Fires(MakeCall("POST", "pods")) ? 'x' : '.';
  return fired;
}

TEST(OnCall, MatchesByWhatIsAsked) {
  const Call status = MakeCall("PATCH", "scalabilityexperiments/status");
  const Call list = MakeCall("LIST", "leases");
  struct Case {
    OnCall on;
    const Call& call;
    bool matches;
  };
  const std::vector<Case> cases = {
      {OnCall{"PATCH", "scalabilityexperiments/status"}, status, true},
      {OnCall{"PATCH", "scalabilityexperiments"}, status, false},
      {OnCall{"WRITE", "*"}, status, true},
      {OnCall{"WRITE", "*"}, list, false},
      {OnCall{"*", "leases"}, list, true},
      {OnCall{"GET", "leases"}, list, false},
      {OnCall{"*", "*"}.Except("leases"), list, false},
      {OnCall{"*", "*"}.Except("scalabilityexperiments"), status, false},
      {OnCall{"*", "*"}.Except("scalability"), status, true},
      {OnCall{"*", "*"}.Named("x").InNamespace("lab"), status, true},
      {OnCall{"*", "*"}.Named("y"), status, false},
      {OnCall{"*", "*"}.InNamespace("other"), status, false},
      {OnCall{"*", "*"}.By("clockwork-operator"), status, true},
      {OnCall{"*", "*"}.By("kubectl"), status, false},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(cases[i].on.Matches(cases[i].call), cases[i].matches) << i;
  }
}

TEST(OnCall, CountsItsCalls) {
  const OnCall posts{"POST", "pods"};
  EXPECT_EQ(Fired(posts, 4), "xxxx");
  EXPECT_EQ(Fired(OnCall(posts).Nth(3), 5), "..x..");
  EXPECT_EQ(Fired(OnCall(posts).From(3), 5), "..xxx");
  EXPECT_EQ(Fired(OnCall(posts).Times(2), 4), "xx..");
  EXPECT_EQ(Fired(OnCall(posts).From(2).Times(1), 4), ".x..");
  EXPECT_EQ(Fired(OnCall(posts).Every(2), 5), ".x.x.");
  EXPECT_EQ(Fired(OnCall{"POST", "nodes"}, 2), "..");
}

TEST(OnCall, DrawsFromItsSeed) {
  const OnCall posts{"POST", "pods"};
  const std::string first = Fired(OnCall(posts).Probability(0.5, 7), 64);
  EXPECT_EQ(first, Fired(OnCall(posts).Probability(0.5, 7), 64));
  EXPECT_NE(first, Fired(OnCall(posts).Probability(0.5, 8), 64));
  EXPECT_EQ(Fired(OnCall(posts).Probability(0, 1), 8), "........");
  EXPECT_EQ(Fired(OnCall(posts).Probability(1, 1), 8), "xxxxxxxx");
}

TEST(RuleBook, TheFirstRuleThatFiresDecidesAndAllCount) {
  RuleBook book;
  book.Add(OnCall{"POST", "pods"}.Nth(1), Conflict());
  const auto id = book.Add(OnCall{"POST", "pods"}.From(2), ServerError());
  book.Add(OnCall{"*", "*"}.Nth(3), Gone());
  const Call call = MakeCall("POST", "pods");
  EXPECT_EQ(book.Decide(call)->code, 409);
  EXPECT_EQ(book.Decide(call)->code, 500);
  book.Remove(id);
  EXPECT_EQ(book.Decide(call)->code, 410);
  EXPECT_FALSE(book.Decide(call));
}

TEST(Gate, TellsWhoHasComeAndLetsThemPass) {
  Gate gate;
  EXPECT_FALSE(gate.WaitUntilReached(1, std::chrono::milliseconds(1)));
  gate.Reach(std::make_shared<Waker>());
  EXPECT_TRUE(gate.WaitUntilReached());
  EXPECT_FALSE(gate.is_open());
  gate.Open();
  EXPECT_TRUE(gate.is_open());
}

}  // namespace
}  // namespace clockwork::testing
