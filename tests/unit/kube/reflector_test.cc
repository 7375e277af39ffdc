// The thread around ReflectorState, against a scripted API server.

#include "operator/kube/reflector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <memory>
#include <utility>

#include "tests/unit/kube/gate.h"
#include "tests/unit/kube/kube_objects.h"

namespace clockwork::kube {
namespace {

using ::testing::ElementsAre;
using testing::KeptLog;
using testing::Pod;
using testing::Shared;
using ::testing::StartsWith;

using Line = Outcome<std::optional<std::string>>;

// What a stream will say; it waits when there is nothing more.
struct Script {
  std::deque<Line> lines;
  bool cancelled = false;
};

class ScriptedStream : public LineStream {
 public:
  explicit ScriptedStream(std::shared_ptr<Shared<Script>> script) : script_(std::move(script)) {}

  Line Next() override {
    script_->WaitFor([](const Script& s) { return s.cancelled || !s.lines.empty(); });
    Line next = LocalError(Failure::kCancelled, "");
    script_->Change([&](Script& s) {
      if (s.cancelled || s.lines.empty()) return;
      next = std::move(s.lines.front());
      s.lines.pop_front();
    });
    return next;
  }
  void Cancel() override {
    script_->Change([](Script& s) { s.cancelled = true; });
  }

 private:
  std::shared_ptr<Shared<Script>> script_;
};

// Answers in order; when they are used up, an empty list and a watch that says nothing.
class ScriptedSource : public ListWatcher {
 public:
  Outcome<ObjectList> List() override {
    asked.Change([](auto& calls) { calls.emplace_back("list"); });
    if (lists.empty()) return ObjectList{{}, "0"};
    Outcome<ObjectList> next = std::move(lists.front());
    lists.pop_front();
    return next;
  }
  Outcome<std::unique_ptr<LineStream>> Watch(std::string_view version, std::int64_t) override {
    asked.Change([&](auto& calls) { calls.push_back("watch " + std::string(version)); });
    if (!watch_errors.empty()) {
      ApiError error = watch_errors.front();
      watch_errors.pop_front();
      return error;
    }
    auto script = std::make_shared<Shared<Script>>();
    if (!watches.empty()) {
      script = watches.front();
      watches.pop_front();
    }
    return std::unique_ptr<LineStream>(std::make_unique<ScriptedStream>(script));
  }

  // Filled before the start.
  std::deque<Outcome<ObjectList>> lists;
  std::deque<ApiError> watch_errors;
  std::deque<std::shared_ptr<Shared<Script>>> watches;
  Shared<std::vector<std::string>> asked;
};

std::string Event(const char* type, const Json& object) {
  return Json({{"type", type}, {"object", object}}).dump();
}

class ReflectorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options.name = "pods";
    options.backoff = {.first_ns = kMillisecond, .cap_ns = kMillisecond};
  }
  // A stream of the next watch.
  std::shared_ptr<Shared<Script>> AddWatch() {
    source.watches.push_back(std::make_shared<Shared<Script>>());
    return source.watches.back();
  }
  static void Say(const std::shared_ptr<Shared<Script>>& stream, const std::string& line) {
    stream->Change([&](Script& s) { s.lines.emplace_back(std::optional<std::string>(line)); });
  }
  static void Break(const std::shared_ptr<Shared<Script>>& stream, const ApiError& error) {
    stream->Change([&](Script& s) { s.lines.emplace_back(error); });
  }
  void Begin() {
    reflector = std::make_unique<Reflector>(
        options, &source, &store,
        [this](const Change& change) {
          const char* sign = change.before == nullptr ? "+" : change.after == nullptr ? "-" : "~";
          told.Change([&](auto& keys) { keys.push_back(sign + change.key); });
        },
        &log);
    reflector->Start();
  }
  bool WaitTold(std::size_t count) {
    return told.WaitFor([&](const auto& keys) { return keys.size() >= count; });
  }
  bool WaitAsked(std::size_t count) {
    return source.asked.WaitFor([&](const auto& calls) { return calls.size() >= count; });
  }

  ReflectorOptions options;
  ScriptedSource source;
  Store store;
  KeptLog log;
  Shared<std::vector<std::string>> told;
  std::unique_ptr<Reflector> reflector;
};

TEST_F(ReflectorTest, FollowsListAndWatch) {
  source.lists.emplace_back(ObjectList{{Pod("a", "1"), Pod("b", "2")}, "10"});
  const auto stream = AddWatch();
  Begin();
  ASSERT_TRUE(reflector->WaitForSync(30 * kSecond));
  Say(stream, Event("ADDED", Pod("c", "11")));
  Say(stream, Event("MODIFIED", Pod("a", "12")));
  Say(stream, Event("BOOKMARK", Json{{"metadata", {{"resourceVersion", "13"}}}}));
  Say(stream, Event("DELETED", Pod("b", "14")));
  Say(stream, Event("MODIFIED", Pod("a", "12")));  // told twice
  Say(stream, Event("DELETED", Pod("c", "15")));
  ASSERT_TRUE(WaitTold(6));
  reflector->Stop();
  EXPECT_THAT(told.Get(), ElementsAre("+ns/a", "+ns/b", "+ns/c", "~ns/a", "-ns/b", "-ns/c"));
  EXPECT_EQ(store.size(), 1U);
  EXPECT_EQ(*store.Get("ns/a"), Pod("a", "12"));
  EXPECT_THAT(source.asked.Get(), ElementsAre("list", "watch 10"));
  EXPECT_THAT(log.lines.Get(), ElementsAre());
}

TEST_F(ReflectorTest, TooManyObjectsAreNamedOnceAndCountedUntilThereAreFewer) {
  options.max_objects = 2;
  source.lists.emplace_back(ObjectList{{Pod("a", "1"), Pod("b", "2")}, "10"});
  for (int i = 0; i < 3; ++i) {
    source.lists.emplace_back(ObjectList{{Pod("a", "1"), Pod("b", "2"), Pod("c", "11")}, "11"});
  }
  source.lists.emplace_back(ObjectList{{Pod("a", "1"), Pod("c", "11")}, "12"});
  const auto stream = AddWatch();
  Begin();
  Say(stream, Event("ADDED", Pod("c", "11")));
  ASSERT_TRUE(WaitTold(4));
  ASSERT_TRUE(WaitAsked(7));
  reflector->Stop();
  EXPECT_THAT(source.asked.Get(),
              ElementsAre("list", "watch 10", "list", "list", "list", "list", "watch 12"));
  EXPECT_THAT(told.Get(), ElementsAre("+ns/a", "+ns/b", "+ns/c", "-ns/b"));
  EXPECT_EQ(reflector->counters().list_errors, 3U);
  EXPECT_EQ(reflector->counters().watch_errors, 1U);
  EXPECT_EQ(store.size(), 2U);
  EXPECT_EQ(log.lines.Get().at(0), "watch lost, trying again");
  EXPECT_LE(log.lines.Get().size(), 2U) << "told once, and perhaps that it is back";
}

TEST_F(ReflectorTest, SyncsOnlyAfterTheFirstWholeList) {
  source.lists.emplace_back(LocalError(Failure::kForbidden, "no"));
  source.lists.emplace_back(LocalError(Failure::kForbidden, "no"));
  source.lists.emplace_back(ObjectList{{Pod("a", "1")}, "10"});
  options.backoff = {.first_ns = kMillisecond};
  Begin();
  ASSERT_TRUE(reflector->WaitForSync(30 * kSecond));
  EXPECT_TRUE(reflector->HasSynced());
  // Whoever sees the sync sees the objects.
  EXPECT_EQ(store.size(), 1U);
  EXPECT_EQ(told.Get().size(), 1U);
  reflector->Stop();
  EXPECT_THAT(log.lines.Get(),
              ElementsAre(StartsWith("not allowed to list or watch"), "watch is back"));
}

TEST_F(ReflectorTest, ListsAgainWhenHistoryIsGoneAndFindsWhatItMissed) {
  source.lists.emplace_back(ObjectList{{Pod("a", "1"), Pod("b", "2")}, "10"});
  source.lists.emplace_back(ObjectList{{Pod("b", "2"), Pod("c", "30")}, "30"});
  const auto stream = AddWatch();
  Say(stream,
      R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"x"}})");
  Begin();
  ASSERT_TRUE(WaitAsked(4));
  reflector->Stop();
  EXPECT_THAT(source.asked.Get(), ElementsAre("list", "watch 10", "list", "watch 30"));
  EXPECT_THAT(told.Get(), ElementsAre("+ns/a", "+ns/b", "-ns/a", "+ns/c"));
  EXPECT_EQ(reflector->counters().lists, 2U);
  EXPECT_EQ(reflector->counters().watch_errors, 1U);
}

TEST_F(ReflectorTest, ResumesAfterACutWithoutAList) {
  source.lists.emplace_back(ObjectList{{}, "10"});
  const auto stream = AddWatch();
  Say(stream, Event("ADDED", Pod("a", "11")));
  Break(stream, LocalError(Failure::kCut, "cut"));
  // A clock that jumps: the second in which a watch is not opened again is over at once.
  auto clock = std::make_shared<std::atomic<Nanos>>(0);
  options.now = [clock] { return clock->fetch_add(kSecond); };
  Begin();
  ASSERT_TRUE(WaitAsked(3));
  reflector->Stop();
  EXPECT_THAT(source.asked.Get(), ElementsAre("list", "watch 10", "watch 11"));
}

TEST_F(ReflectorTest, AnOutageStandsInTheLogOnce) {
  source.lists.emplace_back(ObjectList{{}, "10"});
  for (int i = 0; i < 50; ++i) source.watch_errors.push_back(LocalError(Failure::kConnect, "no"));
  Begin();
  ASSERT_TRUE(WaitAsked(52));
  ASSERT_TRUE(log.lines.WaitFor([](const auto& lines) { return lines.size() >= 2; }));
  reflector->Stop();
  EXPECT_THAT(log.lines.Get(), ElementsAre("watch lost, trying again", "watch is back"));
}

TEST_F(ReflectorTest, TellsWhenItsPermissionComesAndGoes) {
  source.lists.emplace_back(LocalError(Failure::kForbidden, "no list"));
  source.lists.emplace_back(LocalError(Failure::kConnect, "an outage in between"));
  source.lists.emplace_back(ObjectList{{}, "10"});
  Shared<std::vector<std::string>> permissions;
  options.on_permission = [&] {
    const auto trouble = reflector->trouble();
    permissions.Change([&](auto& all) { all.push_back(trouble ? trouble->message : "granted"); });
  };
  source.watch_errors = {LocalError(Failure::kConnect, "an outage"),
                         LocalError(Failure::kForbidden, "no watch")};
  Begin();
  ASSERT_TRUE(permissions.WaitFor([](const auto& all) { return all.size() >= 4; }));
  reflector->Stop();
  EXPECT_THAT(permissions.Get(), ElementsAre("no list", "granted", "no watch", "granted"));
}

TEST_F(ReflectorTest, GarbageInTheStreamListsAgain) {
  for (const char* line : {"{", "[]", R"({"type":"ADDED"})", R"({"type":"ADDED","object":7})"}) {
    SCOPED_TRACE(line);
    source.asked.Change([](auto& calls) { calls.clear(); });
    source.lists.emplace_back(ObjectList{{}, "10"});
    const auto stream = AddWatch();
    Say(stream, line);
    Begin();
    ASSERT_TRUE(WaitAsked(3));
    reflector->Stop();
    EXPECT_EQ(source.asked.Get()[2], "list");
  }
}

TEST_F(ReflectorTest, IgnoresWhatItDoesNotKnow) {
  source.lists.emplace_back(ObjectList{{Json::object(), Json(3), Pod("a", "1")}, "10"});
  const auto stream = AddWatch();
  Say(stream, std::string());
  Say(stream, R"({"type":"LATER","object":{}})");
  Say(stream, R"({"type":"ADDED","object":{}})");
  Say(stream, Event("ADDED", Pod("b", "2")));
  Begin();
  ASSERT_TRUE(WaitTold(2));
  reflector->Stop();
  EXPECT_THAT(told.Get(), ElementsAre("+ns/a", "+ns/b"));
}

TEST_F(ReflectorTest, StopsInEachOfItsWaits) {
  // In an open watch.
  Begin();
  ASSERT_TRUE(WaitAsked(2));
  reflector->Stop();
  // In the wait after a failure.
  source.lists.emplace_back(LocalError(Failure::kConnect, "no"));
  options.backoff = {.first_ns = 3600 * kSecond, .cap_ns = 3600 * kSecond};
  Begin();
  ASSERT_TRUE(WaitAsked(3));
  EXPECT_FALSE(reflector->HasSynced());
  reflector->Stop();
  EXPECT_FALSE(reflector->WaitForSync(3600 * kSecond));
  // Without ever having been started.
  reflector = std::make_unique<Reflector>(options, &source, &store, nullptr, &log);
}

}  // namespace
}  // namespace clockwork::kube
