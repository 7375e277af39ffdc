// The probe port over loopback, against clients that no well-behaved prober would be.

#include "operator/kube/health_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/tcp_client.h"

namespace clockwork::kube {
namespace {

using clockwork::testing::TcpClient;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kProbe = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

class HealthServerTest : public ::testing::Test {
 protected:
  void Begin(Nanos deadline_ns) {
    auto started = HealthServer::Start(
        "127.0.0.1", 0,
        {.healthz = {{"alive", [this] { return std::string(healthy ? "" : "stuck"); }}},
         .readyz = {},
         .render_metrics = [] { return std::string(4U << 20U, 'm'); }},
        deadline_ns);
    ASSERT_TRUE(started.ok()) << started.error().message;
    server = std::move(*started);
  }
  TcpClient Connect() {
    auto client = TcpClient::Connect(server->port());
    EXPECT_TRUE(client.has_value());
    return std::move(*client);
  }
  // The whole answer to one request on a connection of its own.
  std::string Ask(const std::string& request) {
    TcpClient client = Connect();
    EXPECT_TRUE(client.Send(request));
    std::string answer;
    EXPECT_TRUE(client.WaitForClose(&answer));
    return answer;
  }

  std::atomic<bool> healthy{true};
  std::unique_ptr<HealthServer> server;
};

TEST_F(HealthServerTest, AnswersProbes) {
  Begin(30 * kSecond);
  EXPECT_THAT(Ask(kProbe), EndsWith("\r\n\r\nok"));
  healthy = false;
  EXPECT_THAT(Ask(kProbe), HasSubstr("[-]alive failed: stuck\n"));
  EXPECT_THAT(Ask("GET /nothing HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
  EXPECT_EQ(server->counters().answered, 3U);
}

TEST_F(HealthServerTest, SendsALongAnswerWhole) {
  Begin(30 * kSecond);
  const std::string answer = Ask("GET /metrics HTTP/1.1\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, 4U << 20U);
}

TEST_F(HealthServerTest, AnswersMany) {
  Begin(30 * kSecond);
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 25; ++k) {
        if (Ask(kProbe).ends_with("ok")) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 100);
}

TEST_F(HealthServerTest, TakesARequestInPieces) {
  Begin(30 * kSecond);
  TcpClient client = Connect();
  for (const char c : std::string(kProbe)) ASSERT_TRUE(client.Send(std::string(1, c)));
  std::string answer;
  EXPECT_TRUE(client.WaitForClose(&answer));
  EXPECT_THAT(answer, EndsWith("ok"));
}

TEST_F(HealthServerTest, GarbageIsRefusedAtOnce) {
  Begin(30 * kSecond);
  EXPECT_THAT(Ask(std::string("\x16\x03\x01\x02\x00\x01\x00", 7)), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Ask(std::string(kMaxProbeRequestBytes, 'A')), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Ask(kProbe), EndsWith("ok"));
}

TEST_F(HealthServerTest, AnEndlessHeadIsCutOff) {
  Begin(30 * kSecond);
  TcpClient client = Connect();
  ASSERT_TRUE(client.Send("GET /healthz HTTP/1.1\r\n" + std::string(kMaxProbeRequestBytes, 'x')));
  std::string answer;
  EXPECT_TRUE(client.WaitForClose(&answer));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 431 "));
}

TEST_F(HealthServerTest, AnEndlessBodyIsRefusedAndTheAnswerArrives) {
  Begin(30 * kSecond);
  TcpClient client = Connect();
  ASSERT_TRUE(client.Send("POST /healthz HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n"));
  for (int i = 0; i < 100; ++i) (void)client.Send(std::string(10'000, 'x'));
  std::string answer;
  EXPECT_TRUE(client.WaitForClose(&answer));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 "));
}

TEST_F(HealthServerTest, WhoNeverFinishesIsClosedAtTheDeadline) {
  Begin(20 * kMillisecond);
  TcpClient silent = Connect();
  TcpClient slow = Connect();
  (void)slow.Send("GET /hea");
  std::string answer;
  EXPECT_TRUE(silent.WaitForClose(&answer));
  EXPECT_TRUE(slow.WaitForClose(&answer));
  EXPECT_EQ(answer, "");
  EXPECT_EQ(server->counters().expired, 2U);
}

TEST_F(HealthServerTest, WhoDoesNotReadIsClosedAtTheDeadline) {
  Begin(20 * kMillisecond);
  TcpClient client = Connect();
  // The answer is larger than what the sockets hold.
  ASSERT_TRUE(client.Send("GET /metrics HTTP/1.1\r\n\r\n"));
  const auto patience = std::chrono::steady_clock::now() + clockwork::testing::kPatience;
  while (server->counters().expired == 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), patience);
    std::this_thread::yield();
  }
  EXPECT_EQ(server->counters().answered, 0U);
}

TEST_F(HealthServerTest, SlowClientsDoNotKeepTheKubeletOut) {
  Begin(3600 * kSecond);
  std::vector<TcpClient> slow;
  slow.reserve(3 * kMaxProbeConnections);
  for (std::size_t i = 0; i < 3 * kMaxProbeConnections; ++i) {
    slow.push_back(Connect());
    ASSERT_TRUE(slow.back().Send("GET /healthz HTTP/1.1\r\nX: "));
  }
  EXPECT_THAT(Ask(kProbe), EndsWith("ok"));
  EXPECT_TRUE(slow.front().WaitForClose());
  EXPECT_GE(server->counters().evicted, 2 * kMaxProbeConnections);
}

TEST_F(HealthServerTest, PeersThatVanishAreNoTrouble) {
  Begin(30 * kSecond);
  for (int i = 0; i < 50; ++i) {
    TcpClient client = Connect();
    (void)client.Send(i % 2 == 0 ? "GET /metrics HTTP/1.1\r\n\r\n" : "GET /he");
    client.Reset();
  }
  EXPECT_THAT(Ask(kProbe), EndsWith("ok"));
}

TEST_F(HealthServerTest, EndsWithConnectionsOpen) {
  Begin(3600 * kSecond);
  TcpClient client = Connect();
  ASSERT_TRUE(client.Send("GET /hea"));
  server.reset();
  EXPECT_TRUE(client.WaitForClose());
}

TEST(HealthServer, SaysWhyItCannotListen) {
  const clockwork::testing::TcpListener taken;
  const auto started = HealthServer::Start("127.0.0.1", taken.port(), {});
  ASSERT_FALSE(started.ok());
  EXPECT_THAT(started.error().message, HasSubstr("Address already in use"));
  EXPECT_THAT(HealthServer::Start("localhost", 0, {}).error().message, HasSubstr("no IP address"));
}

}  // namespace
}  // namespace clockwork::kube
