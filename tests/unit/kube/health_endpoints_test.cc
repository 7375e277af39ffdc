#include "operator/kube/health_endpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace clockwork::kube {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

HealthEndpoints Endpoints() {
  return {.healthz = {{"ping", [] { return std::string(); }}},
          .readyz = {{"informer-sync", [] { return std::string("pods are not listed"); }},
                     {"config", [] { return std::string(); }}},
          .render_metrics = [] { return std::string("metric 1\n"); }};
}

std::string Ask(const std::string& request) {
  return AnswerRequest(Endpoints(), request).value_or("(nothing yet)");
}

TEST(HealthEndpoints, AnswerWhatIsAsked) {
  struct Case {
    const char* target;
    int status;
    const char* body;
  };
  const Case cases[] = {
      {"/healthz", 200, "ok"},
      {"/healthz?verbose", 200, "[+]ping ok\nhealthz check passed\n"},
      {"/healthz?verbose=true", 200, "[+]ping ok\nhealthz check passed\n"},
      {"/healthz/ping", 200, "ok"},
      {"/healthz/", 200, "ok"},
      {"/healthz/pong", 404, "there is no such check\n"},
      {"/readyz", 500,
       "[-]informer-sync failed: pods are not listed\n[+]config ok\nreadyz check failed\n"},
      {"/readyz?exclude=informer-sync", 200, "ok"},
      {"/readyz?verbose&exclude=informer-sync&exclude=config", 200,
       "[+]informer-sync excluded: ok\n[+]config excluded: ok\nreadyz check passed\n"},
      {"/readyz/informer-sync", 500, "informer-sync failed: pods are not listed\n"},
      {"/readyz/config", 200, "ok"},
      {"/metrics", 200, "metric 1\n"},
      {"/metrics/x", 404, "there are /healthz, /readyz and /metrics\n"},
      {"/", 404, "there are /healthz, /readyz and /metrics\n"},
      {"//healthz", 404, "there are /healthz, /readyz and /metrics\n"},
      {"/healthz/../metrics", 404, "there is no such check\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.target);
    const std::string answer = Ask(std::string("GET ") + c.target + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 " + std::to_string(c.status) + " "),
                              HasSubstr("Connection: close\r\n"),
                              EndsWith(std::string("\r\n\r\n") + c.body)));
  }
}

TEST(HealthEndpoints, HeadIsGetWithoutTheBody) {
  const std::string answer = Ask("HEAD /healthz HTTP/1.1\r\n\r\n");
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Length: 2\r\n"),
                            EndsWith("\r\n\r\n")));
}

TEST(HealthEndpoints, MetricsSayTheirFormat) {
  EXPECT_THAT(Ask("GET /metrics HTTP/1.1\r\n\r\n"),
              HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
}

TEST(HealthEndpoints, WithoutChecksAllIsWell) {
  EXPECT_THAT(*AnswerRequest({}, "GET /readyz HTTP/1.1\r\n\r\n"), EndsWith("\r\n\r\nok"));
  EXPECT_THAT(*AnswerRequest({}, "GET /metrics HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
}

TEST(HealthEndpoints, WaitForAWholeHead) {
  const std::string request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  for (std::size_t i = 0; i < request.size(); ++i) {
    EXPECT_EQ(Ask(request.substr(0, i)), "(nothing yet)") << i;
  }
  EXPECT_THAT(Ask(request), StartsWith("HTTP/1.1 200 "));
}

TEST(HealthEndpoints, RefuseWhatTheyDoNotServe) {
  struct Case {
    std::string request;
    int status;
  };
  const Case cases[] = {
      {"POST /healthz HTTP/1.1\r\n\r\n", 405},
      {"BREW /healthz HTTP/1.1\r\n\r\n", 405},
      {"GET /healthz HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", 413},
      {"GET /healthz HTTP/1.1\r\ncontent-length: 0\r\n\r\n", 200},
      {"GET /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 413},
      {"GET /healthz HTTP/1.0\r\n\r\n", 200},
      {"GET /healthz HTTP/2.0\r\n\r\n", 505},
      {"GET /healthz\r\n\r\n", 400},
      {"GET http://x/healthz HTTP/1.1\r\n\r\n", 400},
      {"GET  HTTP/1.1\r\n\r\n", 400},
      {std::string("\x16\x03\x01\x02", 4), 400},
      {std::string("\0", 1), 400},
      {"get /healthz HTTP/1.1\r\n\r\n", 400},
      {"\r\n\r\n", 400},
      {std::string(17, 'A'), 400},
      {"GET /healthz HTTP/1.1\r\nX: " + std::string(kMaxProbeRequestBytes, 'x'), 431},
      {"GET /" + std::string(kMaxProbeRequestBytes, 'x') + " HTTP/1.1\r\n\r\n", 431},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Ask(c.request), StartsWith("HTTP/1.1 " + std::to_string(c.status) + " "))
        << c.request.substr(0, 60);
  }
}

}  // namespace
}  // namespace clockwork::kube
