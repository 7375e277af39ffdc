// Status bodies and lines of watches, as servers and what stands before them send them.

#include <gtest/gtest.h>

#include "operator/kube/client.h"
#include "operator/kube/json_text.h"
#include "operator/kube/status_decode.h"

namespace clockwork::kube {
namespace {

TEST(DecodeStatus, TheServersWordsAndWhatTheyMean) {
  struct Case {
    const char* what;
    int status;
    const char* body;
    Failure failure;
    const char* reason;
    const char* message;
  };
  const Case cases[] = {
      {"not found", 404,
       R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",
           "message":"pods \"x\" not found","reason":"NotFound",
           "details":{"name":"x","kind":"pods"},"code":404})",
       Failure::kNotFound, "NotFound", "pods \"x\" not found"},
      {"already there", 409,
       R"({"kind":"Status","message":"pods \"x\" already exists","reason":"AlreadyExists"})",
       Failure::kAlreadyExists, "AlreadyExists", "pods \"x\" already exists"},
      {"changed meanwhile", 409,
       R"({"kind":"Status","message":"Operation cannot be fulfilled on leases","reason":"Conflict"})",
       Failure::kConflict, "Conflict", "Operation cannot be fulfilled on leases"},
      {"a conflict without a reason", 409, "{}", Failure::kConflict, "", "{}"},
      {"expired", 410, R"({"kind":"Status","message":"too old","reason":"Expired"})",
       Failure::kGone, "Expired", "too old"},
      {"gone without a reason", 410, R"({"kind":"Status","message":"m"})", Failure::kGone, "", "m"},
      {"no token", 401, R"({"kind":"Status","message":"Unauthorized","reason":"Unauthorized"})",
       Failure::kUnauthorized, "Unauthorized", "Unauthorized"},
      {"quota", 403,
       R"({"kind":"Status","message":"pods \"x\" is forbidden: exceeded quota: q",
           "reason":"Forbidden"})",
       Failure::kForbidden, "Forbidden", "pods \"x\" is forbidden: exceeded quota: q"},
      {"invalid", 422, R"({"kind":"Status","message":"spec: Required value","reason":"Invalid"})",
       Failure::kInvalid, "Invalid", "spec: Required value"},
      {"bad request", 400, R"({"kind":"Status","message":"m","reason":"BadRequest"})",
       Failure::kInvalid, "BadRequest", "m"},
      {"too large", 413, R"({"kind":"Status","message":"m"})", Failure::kInvalid, "", "m"},
      {"too many", 429, "Too many requests, please try again later.\n", Failure::kTooManyRequests,
       "", "Too many requests, please try again later."},
      {"a time-out of the server", 504, R"({"kind":"Status","message":"m","reason":"Timeout"})",
       Failure::kServer, "Timeout", "m"},
      {"a proxy's page", 502, "<html>\r\n<h1>502 Bad Gateway</h1>\r\n</html>\r\n", Failure::kServer,
       "", "<html>  <h1>502 Bad Gateway</h1>  </html>"},
      {"another kind of object", 404, R"({"kind":"Pod","message":"m"})", Failure::kNotFound, "",
       R"({"kind":"Pod","message":"m"})"},
      {"fields of the wrong type", 404, R"({"kind":"Status","message":7,"reason":[],"details":1})",
       Failure::kNotFound, "", ""},
      {"no body", 503, "", Failure::kServer, "", "the server gave no explanation"},
      {"a redirect", 302, "", Failure::kMalformed, "",
       "the server redirects, which is not followed; give its final address"},
      {"control characters and broken UTF-8", 500, "a\x1b[31m\xff\xc3", Failure::kServer, "",
       "a [31m??"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const ApiError error = DecodeStatus({c.status, c.body, 0});
    EXPECT_EQ(error.failure, c.failure);
    EXPECT_EQ(error.code, c.status);
    EXPECT_EQ(error.reason, c.reason);
    EXPECT_EQ(error.message, c.message);
    EXPECT_EQ(error.retry_after_ns, 0);
  }
}

TEST(DecodeStatus, TheHeaderSaysWhenBeforeTheBodyDoes) {
  const std::string body =
      R"({"kind":"Status","reason":"ServerTimeout","details":{"retryAfterSeconds":5}})";
  EXPECT_EQ(DecodeStatus({500, body, 0}).retry_after_ns, 5 * kSecond);
  EXPECT_EQ(DecodeStatus({500, body, 2 * kSecond}).retry_after_ns, 2 * kSecond);
  for (const char* seconds : {"-5", "\"5\"", "1e99", "null"}) {
    const std::string odd =
        std::string(R"({"kind":"Status","details":{"retryAfterSeconds":)") + seconds + "}}";
    EXPECT_EQ(DecodeStatus({500, odd, 0}).retry_after_ns, 0) << seconds;
  }
}

TEST(DecodeStatus, WhatIsLongIsCut) {
  const std::string body =
      R"({"kind":"Status","message":")" + std::string(5000, 'x') + R"(","reason":"r"})";
  EXPECT_EQ(DecodeStatus({500, body, 0}).message, std::string(kMaxMessageBytes, 'x') + "...");
  EXPECT_EQ(OneLine(std::string(kMaxMessageBytes - 1, 'x') + "\xE2\x82\xAC"),
            std::string(kMaxMessageBytes - 1, 'x') + "...")
      << "not in the middle of a character";
}

TEST(DescribeError, SaysCodeReasonAndMessage) {
  EXPECT_EQ(Describe({Failure::kForbidden, 403, "Forbidden", "pods is forbidden", 0}),
            "403 Forbidden: pods is forbidden");
  EXPECT_EQ(Describe({Failure::kConflict, 409, "", "", 0}), "409 Conflict");
  EXPECT_EQ(Describe(LocalError(Failure::kTls, "certificate has expired")),
            "no trusted connection: certificate has expired");
}

TEST(IsTransientFailure, OnlyWhatHelpsItself) {
  for (const Failure failure : {Failure::kConnect, Failure::kTimeout, Failure::kCut,
                                Failure::kTooManyRequests, Failure::kServer}) {
    EXPECT_TRUE(IsTransient(failure)) << static_cast<int>(failure);
  }
  for (const Failure failure :
       {Failure::kTls, Failure::kCancelled, Failure::kFenced, Failure::kUnauthorized,
        Failure::kForbidden, Failure::kNotFound, Failure::kAlreadyExists, Failure::kConflict,
        Failure::kGone, Failure::kInvalid, Failure::kMalformed}) {
    EXPECT_FALSE(IsTransient(failure)) << static_cast<int>(failure);
  }
}

TEST(DecodeWatchLine, EventsOfEachType) {
  struct Case {
    const char* type;
    WatchEventType expected;
  };
  const Case cases[] = {{"ADDED", WatchEventType::kAdded},
                        {"MODIFIED", WatchEventType::kModified},
                        {"DELETED", WatchEventType::kDeleted},
                        {"BOOKMARK", WatchEventType::kBookmark}};
  for (const Case& c : cases) {
    const std::string line =
        std::string(R"({"type":")") + c.type +
        R"(","object":{"kind":"Pod","metadata":{"name":"x","resourceVersion":"9"}}})";
    const auto event = DecodeWatchLine(line);
    ASSERT_TRUE(event.ok()) << Describe(event.error());
    ASSERT_TRUE(event->has_value());
    EXPECT_EQ((*event)->type, c.expected);
    EXPECT_EQ((*event)->object["metadata"]["resourceVersion"], "9");
  }
}

TEST(DecodeWatchLine, WhatIsNoNewsIsPassedOver) {
  for (const char* line : {"", "\r", R"({"type":"SOMETHING","object":{}})", R"({"type":"NEW"})"}) {
    const auto event = DecodeWatchLine(line);
    ASSERT_TRUE(event.ok()) << line;
    EXPECT_FALSE(event->has_value()) << line;
  }
}

TEST(DecodeWatchLine, AnErrorEventIsTheErrorThatItsStatusSays) {
  struct Case {
    const char* object;
    Failure failure;
    int code;
  };
  const Case cases[] = {
      {R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",
        "message":"too old resource version: 1 [9]","reason":"Expired","code":410})",
       Failure::kGone, 410},
      {R"({"kind":"Status","reason":"Gone","message":"m"})", Failure::kGone, 0},
      {R"({"kind":"Status","reason":"InternalError","code":500,"message":"etcd event received with PrevKv=nil"})",
       Failure::kServer, 500},
      {R"({"kind":"Status"})", Failure::kServer, 0},
      {R"({"kind":"Status","code":-7})", Failure::kServer, 0},
      {R"({"kind":"Status","code":429})", Failure::kTooManyRequests, 429},
  };
  for (const Case& c : cases) {
    std::string line = std::string(R"({"type":"ERROR","object":)") + c.object + "}";
    const auto event = DecodeWatchLine(line);
    ASSERT_FALSE(event.ok()) << c.object;
    EXPECT_EQ(event.error().failure, c.failure) << c.object;
    EXPECT_EQ(event.error().code, c.code) << c.object;
  }
}

TEST(DecodeWatchLine, BrokenLinesAreRefused) {
  const std::string deep = R"({"type":"ADDED","object":{"a":)" + std::string(100'000, '[') + "1" +
                           std::string(100'000, ']') + "}}";
  const std::string lines[] = {"{",
                               "[]",
                               "7",
                               "null",
                               "{}",
                               R"({"type":7,"object":{}})",
                               R"({"type":"ADDED"})",
                               R"({"type":"ADDED","object":null})",
                               R"({"type":"ADDED","object":[]})",
                               R"({"type":"ERROR"})",
                               R"({"type":"ADDED","object":{}}{"type":"ADDED","object":{}})",
                               R"({"type":"ADDED","object":{"a)",
                               "{\"type\":\"ADDED\",\"object\":{\"a\":\"\xff\"}}",
                               deep};
  for (const std::string& line : lines) {
    const auto event = DecodeWatchLine(line);
    ASSERT_FALSE(event.ok()) << line.substr(0, 60);
    EXPECT_EQ(event.error().failure, Failure::kMalformed) << line.substr(0, 60);
    EXPECT_LT(event.error().message.size(), 400U);
  }
}

TEST(ParseJsonObject, BracketsInTextsDoNotCount) {
  const std::string text = R"({"a":")" + std::string(1000, '[') + R"(\"[[[\\"})";
  const auto object = ParseJsonObject(text);
  ASSERT_TRUE(object.has_value());
  EXPECT_EQ((*object)["a"].get<std::string>().size(), 1005U);
}

TEST(ParseJsonObject, DepthHasALimit) {
  const auto nested = [](int depth) {
    return R"({"a":)" + std::string(static_cast<std::size_t>(depth - 1), '[') +
           std::string(static_cast<std::size_t>(depth - 1), ']') + "}";
  };
  EXPECT_TRUE(ParseJsonObject(nested(kMaxJsonDepth)).has_value());
  EXPECT_FALSE(ParseJsonObject(nested(kMaxJsonDepth + 1)).has_value());
}

}  // namespace
}  // namespace clockwork::kube
