// What an API server can do to the operator, and that the result is the same.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "tests/integration/operator/operator_rig.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

std::size_t CountOf(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

// The undisturbed result of SmallExperiment: every trial measured, at the first attempt.
void ExpectWholeResult(const json& status) {
  EXPECT_EQ(status.value("progress", ""), "4/4");
  EXPECT_EQ(status.value("failures", -1), 0);
  EXPECT_EQ(status.value("peakGoodputRps", 0), (GoodputOf(2, 1) + GoodputOf(2, 2) + 1) / 2);
  for (const json& result : status.value("results", json::array())) {
    EXPECT_EQ(result.at("attempts"), json::array({1, 1}));
  }
}

struct Fault {
  const char* name;
  std::function<void(FakeApiServer*)> inject;
  bool tls = false;
};
void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

class ApiFaults : public ::testing::TestWithParam<Fault> {};

TEST_P(ApiFaults, LeaveTheResultAsItIs) {
  FakeApiOptions options = OperatorRig::DefaultOptions();
  options.tls = GetParam().tls;
  OperatorRig rig(options);
  GetParam().inject(&rig.server());
  auto op = rig.StartOperator({"--look-again-ms", "500"});
  ASSERT_NE(op, nullptr);
  rig.Apply(SmallExperiment("x"));
  ASSERT_TRUE(rig.WaitForPhase("x", "Complete", 2 * kPatience)) << rig.Describe("x") << op->err();
  ExpectWholeResult(rig.StatusOf("x"));
  EXPECT_TRUE(rig.WaitForNoPods()) << rig.Describe("x");
  EXPECT_EQ(op->End(SIGTERM), ExitedWith(0)) << op->err();
}

const Fault kFaults[] = {
    {"EveryThirdWriteIsRefusedWithAServerError",
     [](FakeApiServer* server) {
       server->Fail(OnCall{"WRITE", "*"}.Every(3), ServerError());
     }},
    {"EverySecondStatusWriteConflicts",
     [](FakeApiServer* server) {
       server->Fail(OnCall{"PUT", "scalabilityexperiments/status"}.Every(2), Conflict());
     }},
    {"EveryFourthWriteIsExecutedAndItsAnswerLost",
     [](FakeApiServer* server) {
       server->Fail(OnCall{"WRITE", "*"}.Every(4), DropAfter());
     }},
    {"EveryFourthWriteIsDroppedUnexecuted",
     [](FakeApiServer* server) {
       server->Fail(OnCall{"WRITE", "*"}.Every(4), DropBefore());
     }},
    {"SomeWritesAreToBeSentLater",
     [](FakeApiServer* server) {
       server->Fail(OnCall{"WRITE", "*"}.Every(9).Times(2), TooManyRequests(1));
     }},
    {"WatchesEndInTheMiddleOfALine",
     [](FakeApiServer* server) {
       server->Fail(OnCall{"WATCH", "*"}.Times(40), CutWatch(2));
     }},
    {"WatchesExpire",
     [](FakeApiServer* server) {
       server->Fail(OnCall{"WATCH", "*"}.Times(8), ExpireWatch(3));
     }},
    {"EventsComeTwice",
     [](FakeApiServer* server) {
       server->Fail(OnCall{"WATCH", "*"}, DuplicateEvents());
     }},
    {"EventsComeInAnotherOrder",
     [](FakeApiServer* server) {
       server->Fail(OnCall{"WATCH", "pods"}, ReorderEvents());
     }},
    {"AnswersAreCut",
     [](FakeApiServer* server) {
       server->Fail(OnCall{"GET", "*"}.Every(3), Truncate(40));
     }},
    {"AnswersComeByteByByte",
     [](FakeApiServer* server) {
       server->Fail(OnCall{"GET", "*"}.Every(5).Times(2), Slow(std::chrono::milliseconds(1)));
     }},
    {"ListsAndObjectsAreOld",
     [](FakeApiServer* server) {
       server->Fail(OnCall{"LIST", "*"}.Every(4), Stale(3));
       server->Fail(OnCall{"GET", "scalabilityexperiments"}.Every(3), Stale(2));
     }},
    {"TheFirstListsAreRefused",
     [](FakeApiServer* server) {
       server->Fail(OnCall{"LIST", "*"}.Times(3), Unavailable());
     }},
    {"ItsCertificateIsOfAnotherAuthorityForAWhile",
     [](FakeApiServer* server) {
       server->AddHook(Moment::kAfter, OnCall{"POST", "pods"}.Nth(5), [server](const Call&) {
         server->PresentCertificate(ServerCertificate::kOfAnotherAuthority, 6);
         return Then::kProceed;
       });
     },
     true},
    {"EventsCannotBeWritten",
     [](FakeApiServer* server) {
       server->Fail(OnCall{"WRITE", "events"}, Forbidden());
     }},
};
INSTANTIATE_TEST_SUITE_P(All, ApiFaults, ::testing::ValuesIn(kFaults),
                         [](const auto& fault) { return std::string(fault.param.name); });

// Over in seconds, and not because a busy machine answers a renewal seconds late.
const std::vector<std::string> kShortElection = {"--leader-elect",
                                                 "--lease-namespace",
                                                 "lab",
                                                 "--lease-duration-ms",
                                                 "9000",
                                                 "--renew-deadline-ms",
                                                 "7000",
                                                 "--retry-period-ms",
                                                 "200"};

// The API server goes while the client of a trial ends, and comes back when the operator has said
// that it noticed.
class ApiOutage : public ::testing::Test {
 protected:
  void EndureUntil(const char* noticed, const std::vector<std::string>& arguments = {}) {
    rig_.pods().Hold("client", PodStep::kEnd);
    op_ = rig_.StartOperator(arguments);
    ASSERT_NE(op_, nullptr);
    rig_.Apply(SmallExperiment("x"));
    ASSERT_TRUE(rig_.pods().WaitUntilHeld("client", PodStep::kEnd)) << rig_.Describe("x");
    rig_.server().StopListening();
    rig_.pods().Release("client", PodStep::kEnd);
    ASSERT_TRUE(op_->WaitForOutput(noticed)) << op_->err();
    rig_.server().StartListening();
    ASSERT_TRUE(rig_.WaitForPhase("x", "Complete", 2 * kPatience))
        << rig_.Describe("x") << op_->err();
    ExpectWholeResult(rig_.StatusOf("x"));
    ASSERT_TRUE(op_->WaitForOutput("the API server answers again")) << op_->err();
    // What it still has to do would be cut short by its end, which it tells.
    ASSERT_TRUE(rig_.WaitForNoPods()) << rig_.Describe("x") << op_->err();
  }

  OperatorRig rig_;
  std::unique_ptr<Process> op_;
};

TEST_F(ApiOutage, InMidTrialChangesNothingAndIsToldOnce) {
  ASSERT_NO_FATAL_FAILURE(EndureUntil("the API server does not answer as it should"));
  EXPECT_EQ(CountOf(op_->err(), " W "), 1U) << "told once:\n" << op_->err();
}

TEST_F(ApiOutage, ThatOutlastsTheLeaseIsToldOnceAndTheLeaderLeadsAgain) {
  ASSERT_NO_FATAL_FAILURE(EndureUntil("this process leads no more", kShortElection));
  EXPECT_EQ(op_->End(SIGTERM), ExitedWith(0)) << op_->err();
  EXPECT_EQ(CountOf(op_->err(), " W "), 1U) << "told once:\n" << op_->err();
  EXPECT_EQ(CountOf(op_->err(), "the API server answers again"), 1U) << op_->err();
  EXPECT_EQ(CountOf(op_->err(), "this process leads id"), 2U) << op_->err();
}

TEST(ApiTls, ACertificateThatIsRefusedIsNamedWithTheReason) {
  const struct {
    ServerCertificate certificate;
    const char* reason;
  } cases[] = {{ServerCertificate::kExpired, "certificate has expired"},
               {ServerCertificate::kForAnotherAddress, "IP address mismatch"},
               {ServerCertificate::kOfAnotherAuthority, "unable to get local issuer certificate"}};
  for (const auto& [certificate, reason] : cases) {
    FakeApiOptions options = OperatorRig::DefaultOptions();
    options.tls = true;
    OperatorRig rig(options);
    rig.server().PresentCertificate(certificate);
    auto op = rig.LaunchOperator();
    ASSERT_TRUE(op->WaitForOutput(reason)) << op->err();
    rig.Apply(SmallExperiment("x", {1}, 1));
    const std::size_t refused = rig.server().refused_handshakes();
    ASSERT_TRUE(rig.server().WaitUntil([&] {
      return rig.server().refused_handshakes() >= refused + 5;
    })) << op->err();
    EXPECT_EQ(rig.PhaseOf("x"), "") << "nothing is written to a server that is not trusted";
    rig.server().PresentCertificate(ServerCertificate::kGood);
    ASSERT_TRUE(rig.WaitForPhase("x", "Complete", 2 * kPatience)) << rig.Describe("x") << op->err();
    ASSERT_TRUE(rig.WaitForNoPods()) << rig.Describe("x") << op->err();
    EXPECT_EQ(op->End(SIGTERM), ExitedWith(0)) << op->err();
    EXPECT_EQ(CountOf(op->err(), " W "), 1U) << "told once:\n" << op->err();
  }
}

TEST(ApiToken, ThatIsReplacedIsReadAgain) {
  FakeApiOptions options = OperatorRig::DefaultOptions();
  options.token = "first";
  OperatorRig rig(options);
  auto op = rig.StartOperator();
  ASSERT_NE(op, nullptr);
  // The kubeconfig holds the old token: from now on everything is refused.
  rig.server().ReplaceToken("second");
  rig.server().CutWatches();
  EXPECT_TRUE(rig.server().WaitUntil([&] {
    const std::vector<Call> log = rig.server().Log();
    return std::any_of(log.begin(), log.end(), [](const Call& call) { return call.code == 401; });
  })) << op->err();
  EXPECT_TRUE(op->Running());
  rig.server().ReplaceToken("first");
  rig.Apply(SmallExperiment("x"));
  EXPECT_TRUE(rig.WaitForPhase("x", "Complete", 2 * kPatience)) << rig.Describe("x") << op->err();
}

TEST(TwoReplicas, TheOtherTakesOverWhenTheLeaderIsKilled) {
  OperatorRig rig;
  rig.pods().Hold("client", PodStep::kEnd);
  auto first = rig.StartOperator(kShortElection);
  ASSERT_NE(first, nullptr);
  rig.Apply(SmallExperiment("x"));
  ASSERT_TRUE(rig.pods().WaitUntilHeld("client", PodStep::kEnd)) << rig.Describe("x");
  auto second = rig.StartOperator(kShortElection);
  ASSERT_NE(second, nullptr);
  const std::size_t writes =
      rig.server().Count(OnCall{"WRITE", "*"}.Except("leases").Except("events"));
  first->Signal(SIGKILL);
  rig.pods().Release("client", PodStep::kEnd);
  ASSERT_TRUE(rig.WaitForPhase("x", "Complete", 2 * kPatience))
      << rig.Describe("x") << second->err();
  ExpectWholeResult(rig.StatusOf("x"));
  EXPECT_GT(rig.server().Count(OnCall{"WRITE", "*"}.Except("leases").Except("events")), writes);
  const auto lease = rig.server().Get("leases", "lab", "clockwork-operator");
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->at("spec").value("holderIdentity", ""), "replica-2");
}

TEST(TwoReplicas, ALeaderThatCannotRenewWritesNothingUntilItLeadsAgain) {
  OperatorRig rig;
  rig.pods().Hold("client", PodStep::kEnd);
  auto op = rig.StartOperator(kShortElection);
  ASSERT_NE(op, nullptr);
  rig.Apply(SmallExperiment("x"));
  ASSERT_TRUE(rig.pods().WaitUntilHeld("client", PodStep::kEnd)) << rig.Describe("x");
  const OnCall work = OnCall{"WRITE", "*"}.Except("leases").Except("events");
  const OnCall renewal{"PUT", "leases"};
  const auto rule = rig.server().Fail(renewal, Forbidden());
  ASSERT_TRUE(op->WaitForOutput("this process leads no more")) << op->err();
  const std::size_t writes = rig.server().Count(work);
  const std::size_t tries = rig.server().Count(renewal);
  rig.pods().Release("client", PodStep::kEnd);  // now there is something to do
  ASSERT_TRUE(rig.server().WaitUntil([&] { return rig.server().Count(renewal) >= tries + 5; }));
  EXPECT_EQ(rig.server().Count(work), writes);
  EXPECT_TRUE(op->Running());
  rig.server().Forget(rule);
  ASSERT_TRUE(rig.WaitForPhase("x", "Complete", 2 * kPatience)) << rig.Describe("x") << op->err();
  ExpectWholeResult(rig.StatusOf("x"));
  ASSERT_TRUE(rig.WaitForNoPods()) << rig.Describe("x") << op->err();
  EXPECT_EQ(op->End(SIGTERM), ExitedWith(0)) << op->err();
  EXPECT_EQ(CountOf(op->err(), " W "), 1U) << "the refused lease is told once:\n" << op->err();
}

}  // namespace
}  // namespace clockwork::testing
