// The thread around ElectionState.

#include "operator/kube/lease_election.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/kube/gate.h"

namespace clockwork::kube {
namespace {

using ::testing::ElementsAre;
using testing::KeptLog;
using testing::Shared;

// A lease that candidates share; it can hang and be out of reach.
class SharedLease {
 public:
  struct Content {
    int version = 0;
    LeaseRecord record;
    bool hang = false;
    bool out = false;
    Failure refuses_writes = Failure::kConnect;  // any other value does
    int refused = 0;
    int calls = 0;
    int hanging = 0;
  };

  Outcome<LeaseRecord> Do(bool read, bool create, LeaseRecord record) {
    content.Change([](Content& c) { ++c.calls, ++c.hanging; });
    content.WaitFor([](const Content& c) { return !c.hang; });
    Outcome<LeaseRecord> answer = LocalError(Failure::kConnect, "out of reach");
    content.Change([&](Content& c) {
      --c.hanging;
      if (c.out) return;
      if (!read && c.refuses_writes != Failure::kConnect) {
        ++c.refused;
        answer = LocalError(c.refuses_writes, "no");
      } else if (read) {
        answer = c.version == 0 ? Outcome<LeaseRecord>(LocalError(Failure::kNotFound, ""))
                                : Outcome<LeaseRecord>(c.record);
      } else if (create ? c.version != 0 : record.resource_version != c.record.resource_version) {
        answer = LocalError(create ? Failure::kAlreadyExists : Failure::kConflict, "");
      } else {
        record.resource_version = std::to_string(++c.version);
        c.record = record;
        answer = record;
      }
    });
    return answer;
  }
  bool WaitFor(const std::function<bool(const Content&)>& holds) { return content.WaitFor(holds); }

  Shared<Content> content;
};

class SharedLeaseStore : public LeaseStore {
 public:
  explicit SharedLeaseStore(SharedLease* lease) : lease_(lease) {}
  Outcome<LeaseRecord> Get() override { return lease_->Do(true, false, {}); }
  Outcome<LeaseRecord> Create(const LeaseRecord& record) override {
    return lease_->Do(false, true, record);
  }
  Outcome<LeaseRecord> Update(const LeaseRecord& record) override {
    return lease_->Do(false, false, record);
  }

 private:
  SharedLease* lease_;
};

struct Replica {
  explicit Replica(SharedLease* lease, const std::string& identity, bool shares_outages = false)
      : store(lease) {
    // Quick tries; the clock is the test's.
    ElectionOptions options{.identity = identity, .retry_ns = kMillisecond};
    election = std::make_unique<LeaseElection>(
        options, &store,
        ElectionEvents{[this] { told.Change([](auto& t) { t.emplace_back("acquired"); }); },
                       [this] { told.Change([](auto& t) { t.emplace_back("lost"); }); }},
        &log, shares_outages ? &outages : nullptr, SeededRandom(1),
        [this] { return BootTimeNs() + skip_ns.load(); });
    election->Start();
  }
  bool WaitTold(std::size_t count) {
    return told.WaitFor([&](const auto& t) { return t.size() >= count; });
  }

  SharedLeaseStore store;
  KeptLog log;
  OutageLog outages{&log};
  Shared<std::vector<std::string>> told;
  std::atomic<Nanos> skip_ns{0};
  std::unique_ptr<LeaseElection> election;
};

TEST(LeaseElection, LeadsRenewsAndReleases) {
  SharedLease lease;
  Replica one(&lease, "one");
  ASSERT_TRUE(one.WaitTold(1));
  EXPECT_TRUE(one.election->MayWrite());
  EXPECT_TRUE(one.election->Healthy());
  EXPECT_EQ(one.election->Holder(), "one");
  ASSERT_TRUE(lease.WaitFor([](const auto& c) { return c.version >= 5; }));
  one.election->Stop();
  EXPECT_FALSE(one.election->MayWrite());
  EXPECT_EQ(lease.content.Get().record.holder, "");
  EXPECT_EQ(lease.content.Get().record.duration_seconds, 1);
  EXPECT_THAT(one.told.Get(), ElementsAre("acquired"));
}

TEST(LeaseElection, TheNextOneTakesOverAfterARelease) {
  SharedLease lease;
  Replica one(&lease, "one");
  ASSERT_TRUE(one.WaitTold(1));
  Replica two(&lease, "two");
  ASSERT_TRUE(two.log.lines.WaitFor([](const auto& lines) { return !lines.empty(); }));
  EXPECT_FALSE(two.election->MayWrite());
  EXPECT_EQ(two.election->Holder(), "one");
  one.election->Stop();
  ASSERT_TRUE(two.WaitTold(1));
  EXPECT_TRUE(two.election->MayWrite());
  EXPECT_EQ(lease.content.Get().record.transitions, 1);
}

TEST(LeaseElection, TheFenceFallsWhileARequestHangs) {
  SharedLease lease;
  Replica one(&lease, "one");
  ASSERT_TRUE(one.WaitTold(1));
  lease.content.Change([](auto& c) { c.hang = true; });
  ASSERT_TRUE(lease.WaitFor([](const auto& c) { return c.hanging == 1; }));
  one.skip_ns = 10 * kSecond;
  EXPECT_FALSE(one.election->MayWrite());
  EXPECT_TRUE(one.election->Healthy());
  one.skip_ns = 36 * kSecond;
  EXPECT_FALSE(one.election->Healthy());
  lease.content.Change([](auto& c) { c.hang = false; });
  // The loss is told, and then it stands again.
  ASSERT_TRUE(one.WaitTold(3));
  EXPECT_TRUE(one.election->MayWrite());
  one.election->Stop();
  EXPECT_THAT(one.told.Get(), ElementsAre("acquired", "lost", "acquired"));
}

TEST(LeaseElection, AnOutageEndsTheLeadAndStandsInTheLogOnce) {
  SharedLease lease;
  Replica one(&lease, "one");
  ASSERT_TRUE(one.WaitTold(1));
  const int calls = lease.content.Get().calls;
  lease.content.Change([](auto& c) { c.out = true; });
  ASSERT_TRUE(lease.WaitFor([&](const auto& c) { return c.calls >= calls + 10; }));
  EXPECT_TRUE(one.election->MayWrite());
  one.skip_ns = 10 * kSecond;
  ASSERT_TRUE(one.WaitTold(2));
  EXPECT_FALSE(one.election->MayWrite());
  lease.content.Change([](auto& c) { c.out = false; });
  ASSERT_TRUE(one.WaitTold(3));
  one.election->Stop();
  EXPECT_THAT(one.log.lines.Get(),
              ElementsAre("leader", "this process leads", "the lease cannot be used, trying on",
                          "this process leads no more", "the lease can be used again",
                          "this process leads", "lease released"));
}

TEST(LeaseElection, AnOutageIsToldWhereAllOthersTellTheirs) {
  SharedLease lease;
  Replica one(&lease, "one", true);
  ASSERT_TRUE(one.WaitTold(1));
  one.outages.Began("a watch", LocalError(Failure::kConnect, ""));
  const int calls = lease.content.Get().calls;
  lease.content.Change([](auto& c) { c.out = true; });
  ASSERT_TRUE(lease.WaitFor([&](const auto& c) { return c.calls >= calls + 10; }));
  one.outages.Ended("a watch");
  one.skip_ns = 10 * kSecond;
  ASSERT_TRUE(one.WaitTold(2));
  lease.content.Change([](auto& c) { c.out = false; });
  ASSERT_TRUE(one.WaitTold(3));
  one.election->Stop();
  EXPECT_THAT(one.log.lines.Get(),
              ElementsAre("leader", "this process leads",
                          "the API server does not answer as it should; trying on",
                          "this process leads no more", "the API server answers again",
                          "this process leads", "lease released"));
}

TEST(LeaseElection, ARefusedWriteStandsInTheLogOnceAndSoDoesItsEnd) {
  for (const Failure failure : {Failure::kForbidden, Failure::kInvalid}) {
    SharedLease lease;
    // Readable and free, so that each try reads it and then is refused the write.
    lease.content.Change([&](auto& c) {
      c.version = 1;
      c.record.resource_version = "1";
      c.refuses_writes = failure;
    });
    Replica one(&lease, "one", true);
    ASSERT_TRUE(lease.WaitFor([](const auto& c) { return c.refused >= 10; }));
    lease.content.Change([](auto& c) { c.refuses_writes = Failure::kConnect; });
    ASSERT_TRUE(one.WaitTold(1));
    one.election->Stop();
    EXPECT_THAT(one.log.lines.Get(),
                ElementsAre("the lease cannot be used, trying on", "the lease can be used again",
                            "leader", "this process leads", "lease released"));
  }
}

TEST(LeaseElection, ThatSomebodyElseLeadsEndsTheTrouble) {
  SharedLease lease;
  lease.content.Change([](auto& c) {
    c.version = 1;
    c.record.resource_version = "1";
    c.refuses_writes = Failure::kForbidden;
  });
  Replica one(&lease, "one");
  ASSERT_TRUE(lease.WaitFor([](const auto& c) { return c.refused >= 1; }));
  lease.content.Change([](auto& c) {
    c.record.holder = "two";
    c.record.duration_seconds = 15;
  });
  ASSERT_TRUE(one.log.lines.WaitFor([](const auto& lines) { return lines.size() >= 3; }));
  one.election->Stop();
  EXPECT_THAT(one.log.lines.Get(), ElementsAre("the lease cannot be used, trying on",
                                               "the lease can be used again", "leader"));
}

TEST(LeaseElection, StopsAlsoWhenTheLeaseIsOutOfReach) {
  SharedLease lease;
  Replica one(&lease, "one");
  ASSERT_TRUE(one.WaitTold(1));
  lease.content.Change([](auto& c) { c.out = true; });
  one.election->Stop();
  EXPECT_EQ(one.log.lines.Get().back(), "lease not released, it runs out by itself");
  EXPECT_FALSE(one.election->MayWrite());
}

}  // namespace
}  // namespace clockwork::kube
