#include "tests/support/tcp_client.h"

#include <gtest/gtest.h>

#include <string>

namespace clockwork::testing {
namespace {

TEST(TcpClient, ExchangesBytes) {
  TcpListener listener;
  auto client = TcpClient::Connect(listener.port());
  ASSERT_TRUE(client);
  auto peer = listener.Accept();
  ASSERT_TRUE(peer);
  EXPECT_TRUE(client->Send("question"));
  EXPECT_EQ(peer->Read(8), "question");
  EXPECT_TRUE(peer->Send("answer"));
  peer->FinishSending();
  std::string received;
  EXPECT_TRUE(client->WaitForClose(&received));
  EXPECT_EQ(received, "answer");
}

TEST(TcpClient, AResetCountsAsClosed) {
  TcpListener listener;
  auto client = TcpClient::Connect(listener.port());
  auto peer = listener.Accept();
  ASSERT_TRUE(client && peer);
  peer->Reset();
  EXPECT_TRUE(client->WaitForClose());
}

TEST(TcpClient, AnEarlyEndIsNotEnoughBytes) {
  TcpListener listener;
  auto client = TcpClient::Connect(listener.port());
  auto peer = listener.Accept();
  ASSERT_TRUE(client && peer);
  EXPECT_TRUE(peer->Send("abc"));
  peer->FinishSending();
  EXPECT_EQ(client->Read(4), std::nullopt);
}

TEST(TcpClient, ASilentPeerIsNotWaitedForBeyondTheDeadline) {
  TcpListener listener;
  auto client = TcpClient::Connect(listener.port());
  ASSERT_TRUE(client);
  EXPECT_FALSE(client->WaitForClose(nullptr, std::chrono::milliseconds(1)));
}

TEST(TcpClient, RefusedIsNothing) { EXPECT_FALSE(TcpClient::Connect(UnusedPort())); }

}  // namespace
}  // namespace clockwork::testing
