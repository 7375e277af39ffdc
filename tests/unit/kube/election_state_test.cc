#include "operator/kube/election_state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

namespace clockwork::kube {
namespace {

using Action = ElectionStep::Action;

ElectionOptions OptionsOf(const std::string& identity) { return {.identity = identity}; }

LeaseRecord Held(const std::string& holder, const std::string& version,
                 std::int64_t duration_seconds = 15) {
  return {holder, duration_seconds, 1, 2, 3, version};
}

ApiError Error(Failure failure) { return LocalError(failure, "for the test"); }

// One candidate, "me", whose waits are never jittered.
class ElectionStateTest : public ::testing::Test {
 protected:
  // Lets time pass until the next step; answers it; returns what changed.
  ElectionChange Answer(const Outcome<LeaseRecord>& answer, Nanos taken_ns = 10 * kMillisecond) {
    now_ns = std::max(now_ns, state.next().not_before_ns);
    const Nanos sent_ns = now_ns;
    now_ns += taken_ns;
    return state.OnAnswer(sent_ns, now_ns, answer);
  }
  // The step that comes next and how long from now, in ms.
  std::pair<Action, Nanos> Next() const {
    return {state.next().action,
            std::max(Nanos{0}, state.next().not_before_ns - now_ns) / kMillisecond};
  }
  void Lead() {
    ASSERT_EQ(Answer(Error(Failure::kNotFound)), ElectionChange::kNone);
    ASSERT_EQ(Next(), std::pair(Action::kCreate, Nanos{0}));
    ASSERT_EQ(Answer(Held("me", "1")), ElectionChange::kAcquired);
  }

  Nanos now_ns = 100 * kSecond;
  ElectionState state{OptionsOf("me"), [] { return 0.0; }};
};

TEST_F(ElectionStateTest, CreatesTheLeaseThatIsNotThere) {
  EXPECT_EQ(Next(), std::pair(Action::kGet, Nanos{0}));
  EXPECT_EQ(Answer(Error(Failure::kNotFound)), ElectionChange::kNone);
  EXPECT_EQ(Next(), std::pair(Action::kCreate, Nanos{0}));
  const LeaseRecord record = state.RecordToWrite(77);
  EXPECT_EQ(record, (LeaseRecord{"me", 15, 77, 77, 0, ""}));
  EXPECT_EQ(state.fence_ns(), 0);
  const Nanos sent_ns = now_ns;
  EXPECT_EQ(Answer(Held("me", "1")), ElectionChange::kAcquired);
  EXPECT_EQ(state.fence_ns(), sent_ns + 10 * kSecond);
  EXPECT_EQ(Next(), std::pair(Action::kUpdate, Nanos{1990}));
}

TEST_F(ElectionStateTest, RenewsWithTheVersionItWasGiven) {
  Lead();
  LeaseRecord record = state.RecordToWrite(99);
  EXPECT_EQ(record.resource_version, "1");
  EXPECT_EQ(record.renew_time_ns, 99);
  EXPECT_EQ(record.acquire_time_ns, 1);  // as the server has it
  EXPECT_EQ(record.transitions, 3);
  EXPECT_EQ(Answer(Held("me", "2")), ElectionChange::kNone);
  EXPECT_EQ(state.RecordToWrite(0).resource_version, "2");
  EXPECT_EQ(state.fence_ns(), now_ns - 10 * kMillisecond + 10 * kSecond);
}

TEST_F(ElectionStateTest, WaitsAWholeLeaseForAHolderThatIsSilent) {
  (void)Answer(Held("other", "5"));
  const Nanos seen_ns = now_ns;
  while (state.next().action == Action::kGet) {
    ASSERT_LE(state.next().not_before_ns, seen_ns + 15 * kSecond);
    ASSERT_EQ(Answer(Held("other", "5")), ElectionChange::kNone);
  }
  EXPECT_GE(now_ns, seen_ns + 15 * kSecond);
  EXPECT_LT(now_ns, seen_ns + 15 * kSecond + 100 * kMillisecond);
  EXPECT_EQ(state.next().action, Action::kUpdate);
  const LeaseRecord record = state.RecordToWrite(50);
  EXPECT_EQ(record, (LeaseRecord{"me", 15, 50, 50, 4, "5"}));
  EXPECT_EQ(Answer(Held("me", "6")), ElectionChange::kAcquired);
}

TEST_F(ElectionStateTest, ARenewalBeginsTheWaitAnew) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(Answer(Held("other", std::to_string(i))), ElectionChange::kNone);
    ASSERT_EQ(state.next().action, Action::kGet);
  }
  EXPECT_EQ(state.holder(), "other");
}

TEST_F(ElectionStateTest, TakesAReleasedLeaseAtOnce) {
  (void)Answer(Held("other", "5"));
  (void)Answer(Held("", "6", 1));
  EXPECT_EQ(Next(), std::pair(Action::kUpdate, Nanos{0}));
}

TEST_F(ElectionStateTest, ARecordStandsAsLongAsItSays) {
  (void)Answer(Held("other", "5", 60));
  const Nanos seen_ns = now_ns;
  while (state.next().action == Action::kGet) (void)Answer(Held("other", "5", 60));
  EXPECT_GE(now_ns, seen_ns + 60 * kSecond);
}

TEST_F(ElectionStateTest, WaitsForTheHolderOfALeaseThatSomebodyDeleted) {
  (void)Answer(Held("other", "5"));
  const Nanos seen_ns = now_ns;
  while (state.next().action == Action::kGet) (void)Answer(Error(Failure::kNotFound));
  EXPECT_EQ(state.next().action, Action::kCreate);
  EXPECT_GE(now_ns, seen_ns + 15 * kSecond);
}

TEST_F(ElectionStateTest, CandidatesComeAtJitteredTimes) {
  state = ElectionState(OptionsOf("me"), [] { return 0.5; });
  (void)Answer(Held("other", "5"));
  EXPECT_EQ(Next(), std::pair(Action::kGet, Nanos{3200}));
}

TEST_F(ElectionStateTest, ALostAnswerToAnAcquisitionIsNoLead) {
  (void)Answer(Error(Failure::kNotFound));
  EXPECT_EQ(Answer(Error(Failure::kTimeout), 5 * kSecond), ElectionChange::kNone);
  EXPECT_FALSE(state.leading());
  // It was executed. Only a write that is acknowledged makes a leader.
  EXPECT_EQ(Answer(Held("me", "1")), ElectionChange::kNone);
  EXPECT_FALSE(state.leading());
  EXPECT_EQ(Next(), std::pair(Action::kUpdate, Nanos{0}));
  EXPECT_EQ(Answer(Held("me", "2")), ElectionChange::kAcquired);
}

TEST_F(ElectionStateTest, ALostAnswerToARenewalIsFoundOut) {
  Lead();
  const Nanos fence_ns = state.fence_ns();
  EXPECT_EQ(Answer(Error(Failure::kTimeout), 5 * kSecond), ElectionChange::kNone);
  EXPECT_EQ(state.fence_ns(), fence_ns);
  EXPECT_EQ(Next(), std::pair(Action::kUpdate, Nanos{0}));
  EXPECT_EQ(Answer(Error(Failure::kConflict)), ElectionChange::kNone);
  EXPECT_EQ(Next(), std::pair(Action::kGet, Nanos{0}));
  EXPECT_EQ(Answer(Held("me", "2")), ElectionChange::kNone);
  EXPECT_EQ(state.fence_ns(), fence_ns);
  EXPECT_EQ(Answer(Held("me", "3")), ElectionChange::kNone);
  EXPECT_GT(state.fence_ns(), fence_ns);
}

TEST_F(ElectionStateTest, LosesAtTheFenceWhenNothingIsAnswered) {
  Lead();
  const Nanos fence_ns = state.fence_ns();
  EXPECT_EQ(state.OnTime(fence_ns - 1), ElectionChange::kNone);
  EXPECT_EQ(state.OnTime(fence_ns), ElectionChange::kLost);
  EXPECT_FALSE(state.leading());
  EXPECT_EQ(state.OnTime(fence_ns + 1), ElectionChange::kNone);
}

TEST_F(ElectionStateTest, AnAnswerBehindTheFenceDoesNotMoveIt) {
  Lead();
  EXPECT_EQ(Answer(Held("me", "2"), 60 * kSecond), ElectionChange::kLost);
  EXPECT_FALSE(state.leading());
  // It may stand again, and takes up its own lease.
  EXPECT_EQ(Answer(Held("me", "2")), ElectionChange::kNone);
  EXPECT_EQ(Answer(Held("me", "3")), ElectionChange::kAcquired);
}

TEST_F(ElectionStateTest, LosesToAnotherHolder) {
  Lead();
  (void)Answer(Error(Failure::kConflict));
  EXPECT_EQ(Answer(Held("other", "9")), ElectionChange::kLost);
  EXPECT_EQ(state.holder(), "other");
  EXPECT_EQ(state.next().action, Action::kGet);
}

TEST_F(ElectionStateTest, ConflictsWithoutEndDoNotMakeItHurry) {
  (void)Answer(Held("", "1"));
  const Nanos begin_ns = now_ns;
  for (int i = 0; i < 20; ++i) {
    (void)Answer(state.next().action == Action::kGet ? Outcome<LeaseRecord>(Held("", "1"))
                                                     : Error(Failure::kConflict));
  }
  EXPECT_GT(now_ns - begin_ns, 10 * kSecond);
}

TEST_F(ElectionStateTest, ReleasesOnlyWhatItHolds) {
  (void)Answer(Held("other", "5"));
  EXPECT_FALSE(state.Release(7));
  state = ElectionState(OptionsOf("me"), [] { return 0.0; });
  Lead();
  const auto record = state.Release(7);
  ASSERT_TRUE(record);
  EXPECT_EQ(*record, (LeaseRecord{"", 1, 7, 7, 3, "1"}));
  EXPECT_FALSE(state.leading());
}

TEST(ElectionOptions, AreChecked) {
  EXPECT_EQ(ValidateElection(OptionsOf("me")), "");
  struct Case {
    ElectionOptions options;
    const char* what;
  };
  const Case cases[] = {
      {OptionsOf(""), "identity"},
      {{.identity = "me", .lease_ns = 10 * kSecond}, "longer than the renew deadline"},
      {{.identity = "me", .lease_ns = 15 * kSecond + 1}, "whole number"},
      {{.identity = "me", .renew_deadline_ns = 2 * kSecond}, "1.2 times"},
      {{.identity = "me", .retry_ns = 0}, "longer than zero"},
  };
  for (const Case& c : cases) {
    EXPECT_NE(ValidateElection(c.options).find(c.what), std::string::npos) << c.what;
  }
  EXPECT_EQ(LeaseRequestTimeoutNs(OptionsOf("me")), 5 * kSecond);
  EXPECT_EQ(LeaseRequestTimeoutNs({.identity = "me", .renew_deadline_ns = kSecond}), kSecond);
}

TEST(ElectionIdentity, IsAnotherEachTime) {
  EXPECT_NE(MakeIdentity("host"), MakeIdentity("host"));
  EXPECT_EQ(MakeIdentity("host").rfind("host_", 0), 0U);
}

}  // namespace
}  // namespace clockwork::kube
