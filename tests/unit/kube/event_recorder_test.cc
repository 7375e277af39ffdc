#include "operator/kube/event_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/unit/kube/gate.h"

namespace clockwork::kube {
namespace {

using ::testing::ElementsAre;
using testing::Shared;

HappenedEvent About(const std::string& object, const std::string& note = "lost") {
  return {{"v1", "Pod", "ns", object, "uid-" + object}, true, "TrialFailed", note};
}

struct Server {
  std::map<std::string, Json> events;
  std::vector<std::string> calls;
  // Errors of the next calls, of any kind; `executed` ones change the server all the same.
  std::deque<std::pair<ApiError, bool>> errors;
  bool hang = false;
  int hanging = 0;
};

class FakeSink : public EventSink {
 public:
  Outcome<Json> Get(std::string_view, std::string_view name) override {
    return Call("get", [&](Server& s) { return Find(s, name); });
  }
  Outcome<Json> Create(std::string_view, const Json& event) override {
    return Call("create", [&](Server& s) -> Outcome<Json> {
      const auto [entry, is_new] = s.events.try_emplace(event["metadata"]["name"], event);
      if (!is_new) return LocalError(Failure::kAlreadyExists, "");
      return entry->second;
    });
  }
  Outcome<Json> Patch(std::string_view, std::string_view name, const Json& patch) override {
    return Call("patch", [&](Server& s) {
      Outcome<Json> found = Find(s, name);
      if (found.ok()) s.events[std::string(name)].merge_patch(patch);
      return found;
    });
  }

  Shared<Server> server;

 private:
  static Outcome<Json> Find(Server& s, std::string_view name) {
    const auto found = s.events.find(std::string(name));
    if (found == s.events.end()) return LocalError(Failure::kNotFound, "");
    return found->second;
  }
  Outcome<Json> Call(const char* name, const std::function<Outcome<Json>(Server&)>& execute) {
    server.Change([](Server& s) { ++s.hanging; });
    server.WaitFor([](const Server& s) { return !s.hang; });
    Outcome<Json> answer = Json();
    server.Change([&](Server& s) {
      --s.hanging;
      s.calls.emplace_back(name);
      if (s.errors.empty()) {
        answer = execute(s);
        return;
      }
      const auto [error, executed] = s.errors.front();
      s.errors.pop_front();
      if (executed) (void)execute(s);
      answer = error;
    });
    return answer;
  }
};

EventWrite WriteOf(std::int64_t count) {
  return {.name_space = "ns",
          .name = "a.1",
          .event = About("a"),
          .count = count,
          .first_ns = kSecond,
          .last_ns = count * kSecond};
}

class WriteEventTest : public ::testing::Test {
 protected:
  std::int64_t Write(const EventWrite& write, const char* instance = "me") {
    const auto count = WriteEvent(&sink, write, "component", instance);
    return count.ok() ? *count : -1;
  }
  std::int64_t Count() { return sink.server.Get().events.at("a.1").at("count"); }
  std::vector<std::string> Calls() { return sink.server.Get().calls; }

  FakeSink sink;
};

TEST_F(WriteEventTest, CreatesThenCountsUp) {
  EXPECT_EQ(Write(WriteOf(1)), 1);
  EXPECT_EQ(Write(WriteOf(2)), 2);
  EXPECT_EQ(Count(), 2);
  EXPECT_EQ(sink.server.Get().events.at("a.1").at("lastTimestamp"), "1970-01-01T00:00:02Z");
  EXPECT_THAT(Calls(), ElementsAre("create", "patch"));
}

TEST_F(WriteEventTest, ACreateThatWasExecutedTwiceIsOne) {
  EXPECT_EQ(Write(WriteOf(1)), 1);
  EXPECT_EQ(Write(WriteOf(1)), 1);
  EXPECT_EQ(Count(), 1);
  EXPECT_THAT(Calls(), ElementsAre("create", "create", "get"));
}

TEST_F(WriteEventTest, GoesOnFromAnotherProcess) {
  sink.server.Change([](Server& s) {
    s.events["a.1"] = {{"count", 7}, {"reportingInstance", "before"}};
  });
  EXPECT_EQ(Write(WriteOf(1)), 8);
  EXPECT_EQ(Count(), 8);
}

TEST_F(WriteEventTest, MakesAnewWhatTheServerForgot) {
  EXPECT_EQ(Write(WriteOf(5)), 5);
  EXPECT_EQ(Count(), 5);
  EXPECT_THAT(Calls(), ElementsAre("patch", "create"));
}

TEST_F(WriteEventTest, TellsErrors) {
  for (int good = 0; good < 3; ++good) {
    sink.server.Change([&](Server& s) {
      s.events = {{"a.1", {{"count", 7}}}};
      s.errors.clear();
      if (good > 0) s.errors.emplace_back(LocalError(Failure::kAlreadyExists, ""), false);
      if (good == 2) s.errors.emplace_back(LocalError(Failure::kServer, ""), false);
      if (good != 1) s.errors.emplace_back(LocalError(Failure::kServer, ""), false);
    });
    EXPECT_EQ(Write(WriteOf(1)), good == 1 ? 8 : -1) << good;
  }
}

class EventRecorderTest : public ::testing::Test {
 protected:
  bool WaitCalls(std::size_t count) {
    return sink.server.WaitFor([&](const Server& s) { return s.calls.size() >= count; });
  }

  FakeSink sink;
  EventRecorder recorder{{.component = "component",
                          .instance = "me",
                          .retry = {.first_ns = kMillisecond, .cap_ns = kMillisecond}},
                         &sink};
};

TEST_F(EventRecorderTest, WritesWhatIsRecorded) {
  recorder.Start();
  recorder.Record(About("a"));
  recorder.Record(About("b"));
  ASSERT_TRUE(WaitCalls(2));
  recorder.Stop(30 * kSecond);
  EXPECT_EQ(sink.server.Get().events.size(), 2U);
  EXPECT_EQ(recorder.counters().recorded, 2U);
  EXPECT_EQ(recorder.counters().written, 2U);
}

TEST_F(EventRecorderTest, StopWritesWhatWaits) {
  sink.server.Change([](Server& s) { s.hang = true; });
  recorder.Start();
  for (const char* object : {"a", "b", "c"}) recorder.Record(About(object));
  std::thread release([this] {
    sink.server.WaitFor([](const Server& s) { return s.hanging > 0; });
    sink.server.Change([](Server& s) { s.hang = false; });
  });
  recorder.Stop(30 * kSecond);
  release.join();
  EXPECT_EQ(recorder.counters().written, 3U);
  recorder.Record(About("d"));
  EXPECT_EQ(recorder.counters().dropped, 1U);
}

TEST_F(EventRecorderTest, NeverBlocksAndCountsWhatItDrops) {
  sink.server.Change([](Server& s) { s.hang = true; });
  recorder.Start();
  recorder.Record(About("first"));
  ASSERT_TRUE(sink.server.WaitFor([](const Server& s) { return s.hanging == 1; }));
  for (std::size_t i = 0; i < kMaxQueuedEvents + 5; ++i) recorder.Record(About(std::to_string(i)));
  EXPECT_EQ(recorder.counters().dropped, 5U);
  sink.server.Change([](Server& s) { s.hang = false; });
  recorder.Stop(0);
  const EventCounters counters = recorder.counters();
  EXPECT_EQ(counters.written + counters.dropped, counters.recorded);
}

TEST_F(EventRecorderTest, TriesAgainWhatMaySucceedLater) {
  sink.server.Change([](Server& s) {
    s.errors.emplace_back(LocalError(Failure::kConnect, ""), false);
    s.errors.emplace_back(LocalError(Failure::kTimeout, ""), true);  // executed, the answer lost
  });
  recorder.Start();
  recorder.Record(About("a"));
  ASSERT_TRUE(WaitCalls(4));
  recorder.Stop(30 * kSecond);
  EXPECT_THAT(sink.server.Get().calls, ElementsAre("create", "create", "create", "get"));
  EXPECT_EQ(sink.server.Get().events.begin()->second.at("count"), 1);
  EXPECT_EQ(recorder.counters().written, 1U);
}

TEST_F(EventRecorderTest, GivesUp) {
  sink.server.Change([](Server& s) {
    s.errors.emplace_back(LocalError(Failure::kForbidden, ""), false);
    for (int i = 0; i < kEventTries; ++i) {
      s.errors.emplace_back(LocalError(Failure::kConnect, ""), false);
    }
  });
  recorder.Start();
  recorder.Record(About("refused"));
  recorder.Record(About("unlucky"));
  recorder.Record(About("c"));
  ASSERT_TRUE(WaitCalls(1 + kEventTries + 1));
  recorder.Stop(30 * kSecond);
  EXPECT_EQ(recorder.counters().failed, 2U);
  EXPECT_EQ(recorder.counters().written, 1U);
}

TEST_F(EventRecorderTest, StopEndsAWaitBetweenTries) {
  sink.server.Change([](Server& s) {
    s.errors.emplace_back(ApiError{Failure::kTooManyRequests, 429, {}, {}, 3600 * kSecond}, false);
  });
  recorder.Start();
  recorder.Record(About("a"));
  ASSERT_TRUE(WaitCalls(1));
  recorder.Stop(0);
  EXPECT_EQ(recorder.counters().dropped, 1U);
}

TEST_F(EventRecorderTest, CutsFloods) {
  recorder.Start();
  for (int i = 0; i < 100; ++i) recorder.Record(About("a"));
  recorder.Stop(30 * kSecond);
  EXPECT_EQ(recorder.counters().written, 25U);
  EXPECT_EQ(recorder.counters().suppressed, 75U);
}

}  // namespace
}  // namespace clockwork::kube
