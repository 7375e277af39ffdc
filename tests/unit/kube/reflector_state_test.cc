#include "operator/kube/reflector_state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace clockwork::kube {
namespace {

using Do = ReflectorStep::Action;

ApiError Failed(Failure failure, Nanos retry_after_ns = 0) {
  return {failure, 0, {}, "for the test", retry_after_ns};
}

// A reflector whose waits are never shortened, at a clock of its own.
class ReflectorStateTest : public ::testing::Test {
 protected:
  // Lets time pass until the next step may be done; returns how long that was, in ms.
  Nanos WaitMs() {
    const Nanos wait_ns = std::max(Nanos{0}, state.next().not_before_ns - now_ns);
    now_ns += wait_ns;
    return wait_ns / kMillisecond;
  }
  // As far as a watch that has been opened.
  void Watching(const std::string& version = "10") {
    state.OnListed(now_ns, version);
    state.OnWatchOpened(now_ns);
  }
  // One failed opening; returns the wait that follows.
  Nanos RefuseMs(Failure failure = Failure::kConnect) {
    state.OnWatchNotOpened(now_ns, Failed(failure));
    return WaitMs();
  }
  // "+" for an outage that begins, "-" for one that ends, "" for neither.
  std::string Notice() {
    const auto notice = state.TakeNotice();
    return !notice ? "" : notice->began ? "+" : "-";
  }

  Nanos now_ns = 1000 * kSecond;
  ReflectorState state{[] { return 0.0; }};
};

TEST_F(ReflectorStateTest, ListsFirstThenWatchesFromThere) {
  EXPECT_EQ(state.next().action, Do::kList);
  EXPECT_EQ(WaitMs(), 0);
  state.OnListed(now_ns, "10");
  EXPECT_EQ(state.next().action, Do::kWatch);
  EXPECT_EQ(state.next().resource_version, "10");
  EXPECT_EQ(WaitMs(), 0);
}

TEST_F(ReflectorStateTest, LetsTheServerEndWatchesAtDifferentTimes) {
  ReflectorState random(SeededRandom(3));
  std::set<std::int64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    random.OnListed(now_ns, "1");
    seen.insert(random.next().timeout_seconds);
  }
  EXPECT_GE(*seen.begin(), kMinWatchSeconds);
  EXPECT_LE(*seen.rbegin(), kMaxWatchSeconds);
  EXPECT_GT(seen.size(), 100U);
}

TEST_F(ReflectorStateTest, ResumesFromTheLastEventOrBookmark) {
  Watching();
  state.OnEvent(now_ns, false, "11");
  state.OnEvent(now_ns, true, "15");
  state.OnEvent(now_ns, false, "");  // an object without a version moves nothing
  now_ns += 300 * kSecond;
  state.OnWatchEnded(now_ns, std::nullopt);
  EXPECT_EQ(state.next().action, Do::kWatch);
  EXPECT_EQ(state.next().resource_version, "15");
  EXPECT_EQ(WaitMs(), 0);
  EXPECT_EQ(state.counters().events, 2U);
  EXPECT_EQ(state.counters().watch_errors, 0U);
  EXPECT_EQ(Notice(), "");
}

// What follows the end of a watch, by how it lived and ended.
TEST_F(ReflectorStateTest, DecidesByHowAWatchEnded) {
  struct Case {
    const char* what;
    Nanos lived_ms;
    bool event;
    std::optional<Failure> failure;
    Do next;
    Nanos wait_ms;
    const char* notice;
  };
  const Case cases[] = {
      {"in order", 300'000, false, {}, Do::kWatch, 0, ""},
      {"in order, at once", 10, false, {}, Do::kWatch, 800, "+"},
      {"in order, at once, after an event", 10, true, {}, Do::kWatch, 990, ""},
      {"cut", 5'000, false, Failure::kCut, Do::kWatch, 0, ""},
      {"cut at once", 0, false, Failure::kCut, Do::kWatch, 800, "+"},
      {"cut at once, after an event", 0, true, Failure::kCut, Do::kWatch, 1000, ""},
      {"silent for the idle limit", 90'000, false, Failure::kTimeout, Do::kWatch, 0, ""},
      {"history is gone", 5'000, true, Failure::kGone, Do::kList, 0, ""},
      {"history is gone at once", 0, false, Failure::kGone, Do::kList, 0, ""},
      {"an internal error in the stream", 5'000, false, Failure::kServer, Do::kWatch, 800, "+"},
      {"a line that cannot be read", 5'000, true, Failure::kMalformed, Do::kList, 800, "+"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    state = ReflectorState([] { return 0.0; });
    Watching();
    if (c.event) state.OnEvent(now_ns, false, "11");
    now_ns += c.lived_ms * kMillisecond;
    std::optional<ApiError> error;
    if (c.failure) error = Failed(*c.failure);
    state.OnWatchEnded(now_ns, error);
    EXPECT_EQ(state.next().action, c.next);
    EXPECT_EQ(WaitMs(), c.wait_ms);
    EXPECT_EQ(Notice(), c.notice);
    EXPECT_EQ(state.counters().watch_errors, c.failure ? 1U : 0U);
  }
}

TEST_F(ReflectorStateTest, DecidesByWhyAWatchDidNotOpen) {
  struct Case {
    Failure failure;
    Do next;
    Nanos wait_ms;
  };
  const Case cases[] = {
      {Failure::kConnect, Do::kWatch, 800},
      {Failure::kTls, Do::kWatch, 800},
      {Failure::kUnauthorized, Do::kWatch, 800},
      {Failure::kForbidden, Do::kWatch, 800},
      {Failure::kTooManyRequests, Do::kWatch, 800},
      {Failure::kServer, Do::kWatch, 800},
      {Failure::kGone, Do::kList, 0},
      {Failure::kInvalid, Do::kList, 800},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(static_cast<int>(c.failure));
    state = ReflectorState([] { return 0.0; });
    state.OnListed(now_ns, "10");
    EXPECT_EQ(RefuseMs(c.failure), c.wait_ms);
    EXPECT_EQ(state.next().action, c.next);
  }
}

TEST_F(ReflectorStateTest, WaitsLongerEachTimeUpToTheCap) {
  std::vector<Nanos> waits_ms;
  for (int i = 0; i < 7; ++i) {
    state.OnListFailed(now_ns, Failed(Failure::kConnect));
    waits_ms.push_back(WaitMs());
  }
  EXPECT_EQ(waits_ms, (std::vector<Nanos>{800, 1600, 3200, 6400, 12'800, 25'600, 30'000}));
  EXPECT_EQ(state.counters().list_errors, 7U);
}

TEST_F(ReflectorStateTest, ObeysRetryAfterWithinReason) {
  state.OnListFailed(now_ns, Failed(Failure::kTooManyRequests, 7 * kSecond));
  EXPECT_EQ(WaitMs(), 7000);
  state.OnListFailed(now_ns, Failed(Failure::kTooManyRequests, 3600 * kSecond));
  EXPECT_EQ(WaitMs(), 120'000);
  state.OnListFailed(now_ns, Failed(Failure::kTooManyRequests, kMillisecond));
  EXPECT_GE(WaitMs(), 800);
}

TEST_F(ReflectorStateTest, DoesNotTurnInCirclesWhenHistoryIsAlwaysGone) {
  state.OnListed(now_ns, "10");
  EXPECT_EQ(RefuseMs(Failure::kGone), 0);
  state.OnListed(now_ns, "11");
  EXPECT_EQ(RefuseMs(Failure::kGone), 800);
  state.OnListed(now_ns, "12");
  EXPECT_EQ(RefuseMs(Failure::kGone), 1600);
  EXPECT_EQ(Notice(), "+");
  // An event shows that it is over; the next 410 is the first again.
  state.OnListed(now_ns, "13");
  EXPECT_EQ(Notice(), "");
  state.OnWatchOpened(now_ns);
  EXPECT_EQ(Notice(), "");
  state.OnEvent(now_ns, true, "14");
  EXPECT_EQ(Notice(), "-");
  state.OnWatchEnded(now_ns, Failed(Failure::kGone));
  EXPECT_EQ(WaitMs(), 0);
}

TEST_F(ReflectorStateTest, ListsAgainWhenTheStreamGoesOnTellingErrors) {
  Watching();
  const Nanos begin_ns = now_ns;
  while (now_ns - begin_ns < kInStreamErrorNs) {
    state.OnWatchEnded(now_ns, Failed(Failure::kServer));
    ASSERT_EQ(state.next().action, Do::kWatch);
    WaitMs();
    state.OnWatchOpened(now_ns);
  }
  state.OnWatchEnded(now_ns, Failed(Failure::kServer));
  EXPECT_EQ(state.next().action, Do::kList);
}

TEST_F(ReflectorStateTest, TellsAnOutageOnceAtEachEnd) {
  Watching();
  now_ns += 10 * kSecond;
  state.OnWatchEnded(now_ns, Failed(Failure::kCut));
  EXPECT_EQ(Notice(), "");
  const Nanos begin_ns = now_ns;
  std::string told;
  while (now_ns - begin_ns < 60 * kSecond) {
    RefuseMs();
    told += Notice();
  }
  EXPECT_EQ(told, "+");
  EXPECT_TRUE(state.in_outage());
  state.OnWatchOpened(now_ns);
  const auto notice = state.TakeNotice();
  ASSERT_TRUE(notice);
  EXPECT_FALSE(notice->began);
  EXPECT_EQ(notice->duration_ns, now_ns - begin_ns);
  EXPECT_EQ(notice->failed_tries, 7U);
  EXPECT_FALSE(state.in_outage());
  EXPECT_EQ(Notice(), "");
}

TEST_F(ReflectorStateTest, WhatThisSideCancelsIsNoOutage) {
  Watching();
  state.OnWatchEnded(now_ns, Failed(Failure::kCancelled));
  EXPECT_EQ(Notice(), "");
  EXPECT_GT(WaitMs(), 0) << "it is no reason to try at once for ever";
}

TEST_F(ReflectorStateTest, AWatchThatOpensAndDiesIsOneOutage) {
  Watching();
  std::string told;
  for (int i = 0; i < 20; ++i) {
    state.OnWatchEnded(now_ns, std::nullopt);
    told += Notice();
    WaitMs();
    state.OnWatchOpened(now_ns);
    told += Notice();
  }
  EXPECT_EQ(told, "+");
  now_ns += kMinWatchNs;
  state.OnWatchEnded(now_ns, std::nullopt);
  EXPECT_EQ(Notice(), "-");
}

TEST_F(ReflectorStateTest, AWatchThatIsCutEverySecondStaysPrompt) {
  Watching();
  for (int i = 0; i < 100; ++i) {
    now_ns += kSecond;
    state.OnWatchEnded(now_ns, Failed(Failure::kCut));
    ASSERT_EQ(WaitMs(), 0);
    state.OnWatchOpened(now_ns);
  }
  EXPECT_EQ(Notice(), "");
  EXPECT_EQ(state.counters().lists, 1U);
  EXPECT_EQ(state.counters().watches, 101U);
}

}  // namespace
}  // namespace clockwork::kube
