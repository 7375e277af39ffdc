#include "operator/kube/client.h"

#include <gtest/gtest.h>

#include <functional>

#include "operator/kube/throttle.h"
#include "tests/unit/kube/fake_transport.h"

namespace clockwork::kube {
namespace {

using Strings = std::vector<std::string>;

const ResourceType kPods{"", "v1", "pods", "Pod", true};
const ResourceType kNodes{"", "v1", "nodes", "Node", false};
const ResourceType kLeases{"coordination.k8s.io", "v1", "leases", "Lease", true};

class ClientTest : public ::testing::Test {
 protected:
  Client Make() {
    return Client(
        &transport_, nullptr, [this](const RequestRecord& record) { records_.push_back(record); },
        [this](Nanos span_ns) {
          waits_.push_back(span_ns);
          return !stopping_;
        },
        [this] { return may_write_; });
  }

  FakeTransport transport_;
  std::vector<RequestRecord> records_;
  std::vector<Nanos> waits_;
  bool stopping_ = false;
  bool may_write_ = true;
};

TEST(ResourcePathTest, PartsThatAreEmptyAreLeftOut) {
  struct Case {
    const ResourceType& type;
    const char* name_space;
    const char* name;
    const char* subresource;
    const char* path;
  };
  const Case cases[] = {
      {kPods, "ns", "", "", "/api/v1/namespaces/ns/pods"},
      {kPods, "", "", "", "/api/v1/pods"},
      {kPods, "ns", "x", "status", "/api/v1/namespaces/ns/pods/x/status"},
      {kNodes, "ns", "n1", "", "/api/v1/nodes/n1"},
      {kLeases, "ns", "l", "", "/apis/coordination.k8s.io/v1/namespaces/ns/leases/l"},
      {kPods, "ns", "a b/c", "", "/api/v1/namespaces/ns/pods/a%20b%2Fc"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(ResourcePath(c.type, c.name_space, c.name, c.subresource), c.path);
}

struct VerbCase {
  const char* what;
  std::function<bool(Client&)> call;
  std::string method_and_target;
  std::string content_type;
  Json body;
  std::string label;
};

std::vector<VerbCase> VerbCases() {
  const Json pod = {{"metadata", {{"name", "x"}, {"namespace", "ns"}}}};
  const Json whole = {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", pod["metadata"]}};
  const std::string path = "/api/v1/namespaces/ns/pods";
  return {
      {"get", [](Client& c) { return c.Get(kPods, "ns", "x").ok(); }, "GET " + path + "/x", "",
       nullptr, "pods"},
      {"create", [=](Client& c) { return c.Create(kPods, "ns", whole).ok(); }, "POST " + path,
       "application/json", whole, "pods"},
      {"update", [=](Client& c) { return c.Update(kPods, whole).ok(); }, "PUT " + path + "/x",
       "application/json", whole, "pods"},
      {"update of a subresource", [=](Client& c) { return c.Update(kPods, whole, "status").ok(); },
       "PUT " + path + "/x/status", "application/json", whole, "pods/status"},
      {"merge patch",
       [](Client& c) {
         return c.MergePatch(kPods, "ns", "x", {{"a", nullptr}}, "status").ok();
       },
       "PATCH " + path + "/x/status",
       "application/merge-patch+json",
       {{"a", nullptr}},
       "pods/status"},
      {"apply, with kind and version filled in",
       [=](Client& c) { return c.Apply(kPods, pod, "clockwork operator").ok(); },
       "PATCH " + path + "/x?fieldManager=clockwork%20operator&force=true",
       "application/apply-patch+yaml", whole, "pods"},
      {"delete",
       [](Client& c) { return c.Delete(kPods, "ns", "x").ok(); },
       "DELETE " + path + "/x",
       "application/json",
       {{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"propagationPolicy", "Background"}},
       "pods"},
      {"delete of one uid, at once",
       [](Client& c) {
         return c
             .Delete(kPods, "ns", "x",
                     {.uid = "u-1", .grace_seconds = 0, .propagation = "Foreground"})
             .ok();
       },
       "DELETE " + path + "/x",
       "application/json",
       {{"apiVersion", "v1"},
        {"kind", "DeleteOptions"},
        {"propagationPolicy", "Foreground"},
        {"gracePeriodSeconds", 0},
        {"preconditions", {{"uid", "u-1"}}}},
       "pods"},
  };
}

TEST_F(ClientTest, EachVerbIsOneRequest) {
  for (const VerbCase& c : VerbCases()) {
    SCOPED_TRACE(c.what);
    transport_.sent.clear();
    records_.clear();
    transport_.Answer(200, "{}");
    Client client = Make();
    EXPECT_TRUE(c.call(client));
    EXPECT_EQ(transport_.Calls(), Strings{c.method_and_target});
    EXPECT_EQ(transport_.sent[0].content_type, c.content_type);
    EXPECT_EQ(transport_.sent[0].body.empty() ? Json() : Json::parse(transport_.sent[0].body),
              c.body);
    ASSERT_EQ(records_.size(), 1U);
    EXPECT_EQ(records_[0].method, transport_.sent[0].method);
    EXPECT_EQ(records_[0].type, c.label);
    EXPECT_EQ(records_[0].code, 200);
  }
}

TEST_F(ClientTest, WhatWouldAddressSomethingElseIsNotSent) {
  const Json nameless = {{"metadata", {{"namespace", "ns"}}}};
  const std::vector<std::function<Failure(Client&)>> calls = {
      [](Client& c) { return c.Get(kPods, "ns", "").error().failure; },
      [](Client& c) { return c.Delete(kPods, "ns", "").error().failure; },
      [](Client& c) { return c.Delete(kPods, "", "x").error().failure; },
      [](Client& c) { return c.Delete(kPods, "ns", "..").error().failure; },
      [](Client& c) { return c.Delete(kPods, "../kube-system", "x").error().failure; },
      [](Client& c) {
        return c.MergePatch(kNodes, "", "a/status", Json::object()).error().failure;
      },
      [](Client& c) { return c.Create(kPods, "", Json::object()).error().failure; },
      [](Client& c) { return c.List(kPods, "..", {}).error().failure; },
      [](Client& c) { return c.Watch(kPods, "..", {}, "1", 10).error().failure; },
      [&](Client& c) { return c.Update(kPods, nameless).error().failure; },
      [](Client& c) { return c.Apply(kPods, Json::array(), "m").error().failure; },
  };
  Client client = Make();
  for (std::size_t i = 0; i < calls.size(); ++i)
    EXPECT_EQ(calls[i](client), Failure::kInvalid) << "call " << i;
  EXPECT_EQ(transport_.Calls(), Strings{});
}

TEST_F(ClientTest, AListIsReadPageByPage) {
  transport_.Answer(200, R"({"kind":"PodList","metadata":{"resourceVersion":"7","continue":"a/b"},
    "items":[{"metadata":{"name":"p1"}},null]})");
  transport_.Answer(200, R"({"metadata":{"resourceVersion":"7","continue":"c"},"items":null})");
  transport_.Answer(200, R"({"metadata":{"resourceVersion":"7"},
    "items":[{"apiVersion":"v2","kind":"Other","metadata":{"name":"p2"}}]})");
  auto list = Make().List(kPods, "ns", {.labels = "a in (b,c)", .fields = "x=y"});
  ASSERT_TRUE(list.ok()) << Describe(list.error());
  const std::string first =
      "GET /api/v1/namespaces/ns/pods?labelSelector=a%20in%20%28b%2Cc%29&fieldSelector=x%3Dy"
      "&limit=500";
  EXPECT_EQ(transport_.Calls(), (Strings{first, first + "&continue=a%2Fb", first + "&continue=c"}));
  EXPECT_EQ(list->resource_version, "7");
  ASSERT_EQ(list->items.size(), 2U);
  EXPECT_EQ(list->items[0],
            Json::parse(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"p1"}})"));
  EXPECT_EQ(list->items[1]["kind"], "Other");
}

TEST_F(ClientTest, AListThatIsTooLongIsRefused) {
  Json page = {{"metadata", {{"resourceVersion", "7"}, {"continue", "c"}}},
               {"items", Json::array()}};
  for (std::size_t i = 0; i < kMaxListedObjects / 2; ++i)
    page["items"].push_back({{"metadata", {{"name", "x"}}}});
  for (int i = 0; i < 2; ++i) transport_.Answer(200, page.dump());
  page["items"] = Json::array({{{"metadata", {{"name", "one too many"}}}}});
  transport_.Answer(200, page.dump());
  const auto list = Make().List(kPods, "", {});
  ASSERT_FALSE(list.ok());
  EXPECT_EQ(list.error().failure, Failure::kMalformed);
  EXPECT_NE(list.error().message.find("more than 20000 pods"), std::string::npos)
      << list.error().message;
  EXPECT_TRUE(transport_.AllAnswered());
}

TEST_F(ClientTest, AListWhosePagesExpiredIsBegunAgainOnce) {
  const std::string page = R"({"metadata":{"resourceVersion":"7","continue":"c"},
    "items":[{"metadata":{"name":"p1"}}]})";
  const std::string gone = R"({"kind":"Status","reason":"Expired","code":410})";
  transport_.Answer(200, page);
  transport_.Answer(410, gone);
  transport_.Answer(200, R"({"metadata":{"resourceVersion":"9"},"items":[]})");
  auto list = Make().List(kPods, "", {});
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(list->resource_version, "9");
  EXPECT_TRUE(list->items.empty()) << "nothing of the expired pages is kept";
  EXPECT_EQ(transport_.sent.size(), 3U);

  for (int i = 0; i < 2; ++i) {
    transport_.Answer(200, page);
    transport_.Answer(410, gone);
  }
  list = Make().List(kPods, "", {});
  ASSERT_FALSE(list.ok());
  EXPECT_EQ(list.error().failure, Failure::kGone);
  EXPECT_TRUE(transport_.AllAnswered());
}

TEST_F(ClientTest, AnswersThatAreNotWhatTheyShouldBe) {
  std::string deep = R"({"a":)";
  for (int i = 0; i < 300; ++i) deep += '[';
  for (int i = 0; i < 300; ++i) deep += ']';
  deep += '}';
  for (const std::string& body : Strings{"", "[]", "null", "{\"a\":", "<html>", deep}) {
    transport_.Answer(200, body);
    const auto got = Make().Get(kPods, "ns", "x");
    ASSERT_FALSE(got.ok()) << body;
    EXPECT_EQ(got.error().failure, Failure::kMalformed);
    EXPECT_EQ(got.error().code, 200);
  }
  for (const std::string& body : Strings{R"({"items":{}})", R"({"items":[1]})"}) {
    transport_.Answer(200, body);
    const auto list = Make().List(kPods, "ns", {});
    ASSERT_FALSE(list.ok()) << body;
    EXPECT_EQ(list.error().failure, Failure::kMalformed);
  }
}

TEST_F(ClientTest, TextThatIsNoUtf8IsReplacedOnTheWayOut) {
  transport_.Answer(201, "{}");
  ASSERT_TRUE(Make().Create(kPods, "ns", {{"note", "a\xFF"}}).ok());
  EXPECT_EQ(transport_.sent[0].body, "{\"note\":\"a\xEF\xBF\xBD\"}");
}

TEST_F(ClientTest, RetryAfterIsObeyedWhereItMeansNotExecuted) {
  struct Case {
    const char* what;
    int status;
    Nanos retry_after_ns;
    bool again;
  };
  const Case cases[] = {
      {"too many requests", 429, 2 * kSecond, true},
      {"unavailable", 503, kSecond, true},
      {"an internal error that says when", 500, kSecond, true},
      {"too many requests, without a time", 429, 0, false},
      {"an internal error", 500, 0, false},
      {"a conflict", 409, kSecond, false},
      {"longer than anybody waits", 429, kMaxRetryWaitNs + 1, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    transport_.sent.clear();
    records_.clear();
    waits_.clear();
    transport_.Answer(c.status, "{}", c.retry_after_ns);
    if (c.again) transport_.Answer(201, "{}");
    const auto made = Make().Create(kPods, "ns", Json::object());
    EXPECT_EQ(made.ok(), c.again);
    EXPECT_EQ(transport_.sent.size(), c.again ? 2U : 1U);
    EXPECT_EQ(records_.size(), transport_.sent.size()) << "each try is told";
    EXPECT_EQ(waits_, c.again ? std::vector<Nanos>{c.retry_after_ns} : std::vector<Nanos>{});
    if (!made.ok()) {
      EXPECT_EQ(made.error().code, c.status);
      EXPECT_EQ(made.error().retry_after_ns, c.retry_after_ns);
    }
  }
}

TEST_F(ClientTest, TriesAreCounted) {
  for (int i = 0; i <= kMaxRetries; ++i) transport_.Answer(429, "{}", kSecond);
  const auto got = Make().Get(kPods, "ns", "x");
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().failure, Failure::kTooManyRequests);
  EXPECT_EQ(transport_.sent.size(), static_cast<std::size_t>(kMaxRetries) + 1);
}

TEST_F(ClientTest, AllWaitsOfOneRequestTogetherAreBounded) {
  for (int i = 0; i < 3; ++i) transport_.Answer(429, "{}", 25 * kSecond);
  const auto got = Make().Get(kPods, "ns", "x");
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().failure, Failure::kTooManyRequests);
  EXPECT_EQ(waits_, std::vector<Nanos>(2, 25 * kSecond)) << "a third would pass kMaxRetryTotalNs";
  EXPECT_TRUE(transport_.AllAnswered());
}

TEST_F(ClientTest, AClosedGateKeepsBackWritesAlone) {
  may_write_ = false;
  for (const VerbCase& c : VerbCases()) {
    SCOPED_TRACE(c.what);
    transport_.sent.clear();
    records_.clear();
    const bool reads = c.method_and_target.starts_with("GET");
    if (reads) transport_.Answer(200, "{}");
    Client client = Make();
    EXPECT_EQ(c.call(client), reads);
    EXPECT_EQ(transport_.sent.size(), reads ? 1U : 0U);
    ASSERT_EQ(records_.size(), 1U);
    EXPECT_EQ(records_[0].fenced, !reads) << "counted apart";
  }
  EXPECT_EQ(Make().Create(kPods, "ns", Json::object()).error().failure, Failure::kFenced);
}

TEST_F(ClientTest, TheGateIsAskedAfterTheWaitThatTheServerAskedFor) {
  transport_.Answer(429, "{}", kSecond);
  Client client(
      &transport_, nullptr, {},
      [this](Nanos) {
        may_write_ = false;
        return true;
      },
      [this] { return may_write_; });
  EXPECT_EQ(client.Create(kPods, "ns", Json::object()).error().failure, Failure::kFenced);
  EXPECT_EQ(transport_.sent.size(), 1U);
}

TEST_F(ClientTest, TheGateIsAskedAfterTheWaitForTheRateLimit) {
  struct ClosingThrottle : Throttle {
    explicit ClosingThrottle(bool* open) : open_(open) {}
    Nanos Acquire() override {
      *open_ = false;
      return kSecond;
    }
    bool* open_;
  } throttle(&may_write_);
  Client client(&transport_, &throttle, {}, {}, [this] { return may_write_; });
  EXPECT_EQ(client.Create(kPods, "ns", Json::object()).error().failure, Failure::kFenced);
  EXPECT_TRUE(transport_.sent.empty());
}

TEST_F(ClientTest, TheEndOfTheProcessEndsTheWaitForATry) {
  stopping_ = true;
  transport_.Answer(429, "{}", kSecond);
  const auto got = Make().Get(kPods, "ns", "x");
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().failure, Failure::kCancelled);
  EXPECT_EQ(transport_.sent.size(), 1U);
}

TEST_F(ClientTest, WithoutAWaitNothingIsSentTwice) {
  transport_.Answer(429, "{}", kSecond);
  const auto got = Client(&transport_, nullptr, {}).Get(kPods, "ns", "x");
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().failure, Failure::kTooManyRequests);
}

TEST_F(ClientTest, FailuresOfTheTransportAreNotTriedAgain) {
  for (const Failure failure : {Failure::kCut, Failure::kTimeout, Failure::kConnect}) {
    transport_.sent.clear();
    records_.clear();
    transport_.Fail(LocalError(failure, "x"));
    const auto made = Make().Create(kPods, "ns", Json::object());
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().failure, failure);
    EXPECT_EQ(transport_.sent.size(), 1U);
    ASSERT_EQ(records_.size(), 1U);
    EXPECT_EQ(records_[0].code, 0);
  }
}

TEST_F(ClientTest, AWatchAsksForBookmarksAndWaitsLongerThanTheServer) {
  auto stream = Make().Watch(kPods, "", {.labels = "a=b", .fields = ""}, "12", 300);
  ASSERT_TRUE(stream.ok());
  EXPECT_EQ(transport_.Calls(),
            Strings{"GET /api/v1/pods?labelSelector=a%3Db&watch=true&allowWatchBookmarks=true"
                    "&resourceVersion=12&timeoutSeconds=300"});
  EXPECT_EQ(transport_.idle_limit, 330 * kSecond);
  transport_.Fail({Failure::kGone, 410, "Expired", "too old", 0});
  stream = Make().Watch(kPods, "", {}, "12", 300);
  ASSERT_FALSE(stream.ok());
  EXPECT_EQ(stream.error().failure, Failure::kGone);
  ASSERT_EQ(records_.size(), 2U);
  EXPECT_EQ(records_[0].method, "WATCH");
  EXPECT_EQ(records_[0].code, 200);
  EXPECT_EQ(records_[1].code, 410);
}

TEST_F(ClientTest, TheTimeBehindTheRateLimitIsTold) {
  Nanos now_ns = 0;
  BucketThrottle throttle(
      {.requests_per_second = 10, .burst = 1}, [&now_ns] { return now_ns; },
      [&now_ns](Nanos span_ns) {
        now_ns += span_ns;
        return true;
      });
  Client client(&transport_, &throttle,
                [this](const RequestRecord& record) { records_.push_back(record); });
  for (int i = 0; i < 2; ++i) {
    transport_.Answer(200, "{}");
    ASSERT_TRUE(client.Get(kPods, "ns", "x").ok());
  }
  ASSERT_EQ(records_.size(), 2U);
  EXPECT_EQ(records_[0].throttled_ns, 0);
  EXPECT_EQ(records_[1].throttled_ns, 100 * kMillisecond);
}

}  // namespace
}  // namespace clockwork::kube
