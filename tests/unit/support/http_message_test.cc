#include "tests/support/fake_api/http_message.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/fake_api/target.h"

namespace clockwork::testing {
namespace {

TEST(TakeRequest, TakesWholeRequestsAndLeavesTheRest) {
  std::string buffer =
      "POST /a?b=c HTTP/1.1\r\nContent-Length: 3\r\nX-Name:  v \r\n\r\nabcGET / HTTP/1.1\r\n";
  HttpMessage request;
  bool wants_continue = false;
  ASSERT_EQ(TakeRequest(&buffer, &request, &wants_continue), ParseState::kComplete);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/a?b=c");
  EXPECT_EQ(request.body, "abc");
  EXPECT_EQ(request.Header("x-name"), "v");
  EXPECT_TRUE(request.keep_alive);
  EXPECT_EQ(buffer, "GET / HTTP/1.1\r\n");
  EXPECT_EQ(TakeRequest(&buffer, &request, &wants_continue), ParseState::kIncomplete);
}

TEST(TakeRequest, EveryPrefixIsIncomplete) {
  const std::string whole =
      "PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
  HttpMessage request;
  bool wants_continue = false;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::string buffer = whole.substr(0, size);
    ASSERT_EQ(TakeRequest(&buffer, &request, &wants_continue), ParseState::kIncomplete) << size;
  }
  std::string buffer = whole;
  EXPECT_EQ(TakeRequest(&buffer, &request, &wants_continue), ParseState::kComplete);
  EXPECT_EQ(request.body, "abcde");
  EXPECT_EQ(buffer, "");
}

TEST(TakeRequest, SaysWhenThePeerWaitsForLeave) {
  std::string buffer = "PUT /x HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
  HttpMessage request;
  bool wants_continue = false;
  EXPECT_EQ(TakeRequest(&buffer, &request, &wants_continue), ParseState::kIncomplete);
  EXPECT_TRUE(wants_continue);
}

TEST(TakeRequest, KnowsWhenTheConnectionIsToEnd) {
  for (const char* head :
       {"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nConnection: Close\r\n\r\n"}) {
    std::string buffer = head;
    HttpMessage request;
    bool wants_continue = false;
    EXPECT_EQ(TakeRequest(&buffer, &request, &wants_continue), ParseState::kComplete);
    EXPECT_FALSE(request.keep_alive) << head;
  }
}

TEST(ParseTarget, TakesPathsApart) {
  const auto kinds = DefaultKinds();
  struct Case {
    const char* target;
    const char* parts;  // plural namespace name subresource
  };
  const std::vector<Case> cases = {
      {"/api/v1/pods", "pods - - -"},
      {"/api/v1/namespaces/lab/pods?limit=5", "pods lab - -"},
      {"/api/v1/namespaces/lab/pods/x", "pods lab x -"},
      {"/api/v1/namespaces/lab/pods/x/status", "pods lab x status"},
      {"/api/v1/nodes/n/status", "nodes - n status"},
      {"/api/v1/namespaces", "namespaces - - -"},
      {"/api/v1/namespaces/lab", "namespaces - lab -"},
      {"/apis/coordination.k8s.io/v1/namespaces/a%2Db/leases/l", "leases a-b l -"},
      {"/api/v1/pods/x", "none"},
      {"/api/v1/namespaces/lab/nodes", "none"},
      {"/api/v2/namespaces/lab/pods", "none"},
      {"/api/v1/namespaces/lab/pods/x/status/more", "none"},
      {"/", "none"},
  };
  const auto or_dash = [](const std::string& text) { return text.empty() ? "-" : text; };
  for (const Case& parsed : cases) {
    const auto target = ParseTarget(parsed.target, kinds);
    ASSERT_TRUE(target) << parsed.target;
    const std::string parts = target->kind == nullptr
                                  ? "none"
                                  : target->kind->plural + " " + or_dash(target->name_space) + " " +
                                        or_dash(target->name) + " " + or_dash(target->subresource);
    EXPECT_EQ(parts, parsed.parts) << parsed.target;
  }
}

TEST(ParseTarget, DecodesParameters) {
  const auto target = ParseTarget("/?labelSelector=a%3Db%2Cc+in+(d)&watch=1&x", {});
  ASSERT_TRUE(target);
  EXPECT_EQ(target->Parameter("labelSelector"), "a=b,c in (d)");
  EXPECT_TRUE(target->Flag("watch"));
  EXPECT_FALSE(target->Flag("x"));
  for (const char* malformed : {"/%", "/%4", "/%zz", "/?a=%", "/?%g1=a"}) {
    EXPECT_FALSE(ParseTarget(malformed, {})) << malformed;
  }
}

}  // namespace
}  // namespace clockwork::testing
