// Whole answers over real sockets, against a server that speaks scripted bytes.

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "images/common/base/file.h"
#include "tests/integration/kube_transport_setup.h"
#include "tests/support/tcp_client.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::kube {
namespace {

TEST(KubeTransport, AnswersComeWhole) {
  struct Case {
    const char* what;
    std::string bytes;
    int status;
    std::string body;
    Nanos retry_after_ns;
  };
  const std::string big(3'000'000, 'x');
  const std::vector<Case> cases = {
      {"with a length", HttpAnswer(200, R"({"a":1})"), 200, R"({"a":1})", 0},
      {"in chunks", std::string(kChunkedHead) + Chunk("{\"a\"") + Chunk(":1}") + "0\r\n\r\n", 200,
       R"({"a":1})", 0},
      {"UTF-8, byte for byte", HttpAnswer(200, "{\"a\":\"\xC3\xA9\xE2\x82\xAC\"}"), 200,
       "{\"a\":\"\xC3\xA9\xE2\x82\xAC\"}", 0},
      {"large", HttpAnswer(200, big), 200, big, 0},
      {"empty", HttpAnswer(201, ""), 201, "", 0},
      {"an error", HttpAnswer(404, R"({"kind":"Status"})"), 404, R"({"kind":"Status"})", 0},
      {"Retry-After in seconds", HttpAnswer(429, "slow", "Retry-After: 3\r\n"), 429, "slow",
       3 * kSecond},
      {"Retry-After with a date", HttpAnswer(503, "x", "Retry-After: Fri, 31 Dec 1999\r\n"), 503,
       "x", 0},
      {"Retry-After without end", HttpAnswer(503, "x", "Retry-After: 99999999999\r\n"), 503, "x",
       3600 * kSecond},
      {"a redirect, not followed",
       HttpAnswer(302, "", "Location: http://127.0.0.1:1/elsewhere\r\n"), 302, "", 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    ScriptedHttpServer server(Always(c.bytes));
    const auto answer = Transport(At(server.url()))->Send(Get("/api/v1/pods"));
    ASSERT_TRUE(answer.ok()) << Describe(answer.error());
    EXPECT_EQ(answer->status, c.status);
    EXPECT_EQ(answer->body, c.body);
    EXPECT_EQ(answer->retry_after_ns, c.retry_after_ns);
    EXPECT_EQ(server.requests().size(), 1U);
  }
}

TEST(KubeTransport, SendsExactlyWhatItIsAskedTo) {
  ScriptedHttpServer server(Always(HttpAnswer(200, "{}")));
  ClientConfig config = At(server.url() + "/k8s/clusters/c-1");
  config.token = "secret";
  config.tls_server_name = "apiserver.test";
  TransportOptions options;
  options.user_agent = "clockwork-operator/1.0";
  const auto transport = Transport(config, options);
  ASSERT_TRUE(transport->Send(Get("/api/v1/pods?labelSelector=a%20in%20%28b%2Cc%29")).ok());
  ASSERT_TRUE(
      transport->Send({"PATCH", "/api/v1/pods/x", "application/merge-patch+json", R"({"a":"é"})"})
          .ok());
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_TRUE(requests[0].starts_with(
      "GET /k8s/clusters/c-1/api/v1/pods?labelSelector=a%20in%20%28b%2Cc%29 HTTP/1.1\r\n"))
      << requests[0];
  EXPECT_EQ(HeaderOf(requests[0], "Authorization"), "Bearer secret");
  EXPECT_EQ(HeaderOf(requests[0], "User-Agent"), "clockwork-operator/1.0");
  EXPECT_EQ(HeaderOf(requests[0], "Accept"), "application/json");
  EXPECT_EQ(HeaderOf(requests[0], "Host"), "apiserver.test");
  EXPECT_TRUE(requests[1].starts_with("PATCH /k8s/clusters/c-1/api/v1/pods/x HTTP/1.1\r\n"));
  EXPECT_EQ(HeaderOf(requests[1], "Content-Type"), "application/merge-patch+json");
  EXPECT_TRUE(requests[1].ends_with("\r\n\r\n{\"a\":\"é\"}")) << requests[1];
}

// One request to a server with the script ends in the failure.
struct FailureCase {
  const char* what;
  ScriptedHttpServer::Script script;
  Failure failure;
};

void ExpectFailure(const FailureCase& c, const TransportOptions& options) {
  SCOPED_TRACE(c.what);
  ScriptedHttpServer server(c.script);
  const auto answer = Transport(At(server.url()), options)->Send(Get("/"));
  ASSERT_FALSE(answer.ok()) << answer->status << " " << answer->body;
  EXPECT_EQ(answer.error().failure, c.failure) << Describe(answer.error());
  EXPECT_EQ(answer.error().code, 0);
  EXPECT_FALSE(answer.error().message.empty());
}

TEST(KubeTransport, AnswersThatAreCutOrTooLong) {
  const std::vector<FailureCase> cases = {
      {"closed without an answer", Once(""), Failure::kCut},
      {"closed in the head", Once("HTTP/1.1 200 OK\r\nContent-"), Failure::kCut},
      {"no HTTP", Once("SSH-2.0-OpenSSH_9.2\r\n"), Failure::kCut},
      {"closed in the body", Once("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\""),
       Failure::kCut},
      {"closed in a chunk", Once(std::string(kChunkedHead) + "20\r\n{\"a\""), Failure::kCut},
      {"closed between chunks", Once(std::string(kChunkedHead) + Chunk("{\"a\"")), Failure::kCut},
      {"reset",
       [](ScriptedConnection& connection) {
         connection.ReadRequest();
         connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
         connection.Reset();
       },
       Failure::kCut},
      {"a body over the limit", Always(HttpAnswer(200, std::string(200'000, 'x'))),
       Failure::kMalformed},
      {"chunks over the limit",
       [](ScriptedConnection& connection) {
         connection.ReadRequest();
         connection.Send(kChunkedHead);
         while (connection.Send(Chunk(std::string(10'000, 'x')))) {
         }
       },
       Failure::kMalformed},
  };
  TransportOptions options;
  options.max_answer_bytes = 100'000;
  for (const FailureCase& c : cases) ExpectFailure(c, options);
}

TEST(KubeTransport, AnswersThatDoNotComeInTime) {
  const std::vector<FailureCase> cases = {
      {"silence",
       [](ScriptedConnection& connection) {
         connection.ReadRequest();
         connection.WaitForClose();
       },
       Failure::kTimeout},
      {"a head that never ends",
       [](ScriptedConnection& connection) {
         connection.ReadRequest();
         connection.Send("HTTP/1.1 200 OK\r\n");
         connection.Drip("X", std::chrono::milliseconds(20));
       },
       Failure::kTimeout},
      {"a body byte by byte",
       [](ScriptedConnection& connection) {
         connection.ReadRequest();
         connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
         connection.Drip("X", std::chrono::milliseconds(20));
       },
       Failure::kTimeout},
      {"chunks without end, each in time",
       [](ScriptedConnection& connection) {
         connection.ReadRequest();
         connection.Send(kChunkedHead);
         connection.Drip(Chunk("X"), std::chrono::milliseconds(20));
       },
       Failure::kTimeout},
  };
  TransportOptions options;
  options.step_limit_ns = kShort;
  options.request_limit_ns = 5 * kShort;
  for (const FailureCase& c : cases) ExpectFailure(c, options);
}

TEST(KubeTransport, ARefusedConnectionSaysSo) {
  const auto transport = Transport(At("http://127.0.0.1:" + std::to_string(testing::UnusedPort())));
  const auto answer = transport->Send(Get("/"));
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().failure, Failure::kConnect) << Describe(answer.error());
  const auto stream = transport->Open(Get("/"), kLong);
  ASSERT_FALSE(stream.ok());
  EXPECT_EQ(stream.error().failure, Failure::kConnect) << Describe(stream.error());
}

TEST(KubeTransport, AConnectionIsUsedAgain) {
  ScriptedHttpServer server(Always(HttpAnswer(200, "{}")));
  const auto transport = Transport(At(server.url()));
  constexpr int kRequests = 50;
  for (int i = 0; i < kRequests; ++i) ASSERT_TRUE(transport->Send(Get("/")).ok());
  // It returns to the pool just after the answer is handed out, which a quick caller may overtake.
  EXPECT_LT(server.connections(), kRequests);
}

TEST(KubeTransport, AConnectionThatTheServerClosedIdleIsReplaced) {
  ScriptedHttpServer server(Once(HttpAnswer(200, "{}")));
  const auto transport = Transport(At(server.url()));
  for (int i = 0; i < 5; ++i) {
    const auto answer = transport->Send(Get("/"));
    ASSERT_TRUE(answer.ok()) << Describe(answer.error());
  }
  EXPECT_EQ(server.requests().size(), 5U);
}

TEST(KubeTransport, ARotatedTokenIsReadAgainAfterA401) {
  const testing::TemporaryDirectory directory;
  const std::string path = directory / "token";
  ASSERT_TRUE(WriteFileAtomically(path, "first\n").ok());
  ScriptedHttpServer server(Expect("second", HttpAnswer(200, "{}")));
  ClientConfig config = At(server.url());
  config.token_file = path;
  const auto transport = Transport(config);
  auto answer = transport->Send(Get("/"));
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 401);
  EXPECT_EQ(server.requests().size(), 1U) << "the same token is not tried twice";

  ASSERT_TRUE(WriteFileAtomically(path, "second\n").ok());
  answer = transport->Send({"POST", "/", "application/json", "{}"});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST(KubeTransport, ATokenThatAProgramPrintsIsSent) {
  ScriptedHttpServer server(Always(HttpAnswer(200, "{}")));
  ClientConfig config = At(server.url());
  config.exec.api_version = "client.authentication.k8s.io/v1";
  config.exec.command = "sh";
  config.exec.arguments = {"-c", R"(echo "$PRINTED")"};
  config.exec.environment["PRINTED"] = R"({"apiVersion":"client.authentication.k8s.io/v1",
      "kind":"ExecCredential","status":{"token":"printed"}})";
  ASSERT_TRUE(Transport(config)->Send(Get("/")).ok());
  EXPECT_EQ(HeaderOf(server.requests().at(0), "Authorization"), "Bearer printed");
  config.exec.arguments = {"-c", "exit 1"};
  const auto failed = MakeCpprestTransport(config);
  ASSERT_FALSE(failed.ok());
  EXPECT_NE(failed.error().message.find("exec program \"sh\" ends with exit code 1"),
            std::string::npos)
      << failed.error().message;
}

TEST(KubeTransport, ManyThreadsShareOne) {
  ScriptedHttpServer server([](ScriptedConnection& connection) {
    while (const auto request = connection.ReadRequest())
      connection.Send(HttpAnswer(200, request->substr(0, request->find("\r\n"))));
  });
  const auto transport = Transport(At(server.url()));
  std::vector<std::future<int>> threads;
  for (int t = 0; t < 8; ++t) {
    threads.push_back(std::async(std::launch::async, [&, t] {
      int right = 0;
      for (int i = 0; i < 20; ++i) {
        const std::string target = "/" + std::to_string(t) + "/" + std::to_string(i);
        const auto answer = transport->Send(Get(target));
        right += answer.ok() && answer->body == "GET " + target + " HTTP/1.1" ? 1 : 0;
      }
      return right;
    }));
  }
  for (auto& thread : threads) EXPECT_EQ(thread.get(), 20);
}

}  // namespace
}  // namespace clockwork::kube
