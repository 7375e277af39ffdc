// Connections over real loopback sockets: two connections of one event loop talk to each other, or
// a raw socket sends bytes that no program would.

#include "images/common/net/connection.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "images/common/base/clock.h"
#include "images/common/net/connect.h"
#include "images/common/net/event_loop.h"
#include "images/common/wire/worker_messages.h"

namespace clockwork::net {
namespace {

using ::testing::HasSubstr;

class Recorder : public ConnectionHandler {
 public:
  void OnFrame(Connection& connection, const Frame& frame) override {
    types.push_back(frame.type);
    last_header = std::string(frame.header);
    last_body = std::string(frame.body);
    if (on_frame) on_frame(connection, frame);
  }
  void OnClosed(Connection&, const std::string& reason) override { closed.push_back(reason); }

  std::function<void(Connection&, const Frame&)> on_frame;
  std::vector<std::uint64_t> types;
  std::string last_header;
  std::string last_body;
  std::vector<std::string> closed;
};

class ConnectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto created = EventLoop::Create();
    ASSERT_TRUE(created.ok());
    loop = std::move(*created);
    auto listening = loop->Listen("127.0.0.1", 0, [this](int fd) {
      server = loop->AddConnection(fd, server_options, &server_side);
    });
    ASSERT_TRUE(listening.ok()) << listening.error().message;
    port = *listening;
  }

  int RawSocket() {
    auto fd = ConnectWithRetry({"127.0.0.1", port}, kSecond, nullptr);
    EXPECT_TRUE(fd.ok());
    return *fd;
  }

  Connection* ConnectClient() {
    Connection* client = loop->AddConnection(RawSocket(), {}, &client_side);
    RunUntil([this] { return server != nullptr; });
    return client;
  }

  // Turns until the condition holds; fails the test after ten seconds.
  void RunUntil(const std::function<bool()>& done) {
    const Nanos deadline_ns = NowNs() + 10 * kSecond;
    while (!done()) {
      ASSERT_LT(NowNs(), deadline_ns) << "nothing happened within 10 s";
      loop->RunOnce(NowNs() + 10 * kMillisecond);
    }
  }

  std::unique_ptr<EventLoop> loop;
  ConnectionOptions server_options;
  Recorder server_side;
  Recorder client_side;
  Connection* server = nullptr;
  std::uint16_t port = 0;
};

std::string PreHeaderBytes(std::uint64_t header_bytes, std::uint64_t body_bytes) {
  wire::PreHeader pre_header;
  pre_header.header_bytes = header_bytes;
  pre_header.body_bytes = body_bytes;
  pre_header.type = 2;
  std::string bytes(wire::kPreHeaderBytes, '\0');
  wire::EncodePreHeader(pre_header, bytes.data());
  return bytes;
}

TEST_F(ConnectionTest, ManyFramesAndBodiesArriveWholeAndInOrder) {
  Connection* client = ConnectClient();
  const std::string body(100'000, 'x');
  constexpr std::uint64_t kFrames = 200;
  for (std::uint64_t i = 0; i < kFrames; ++i) {
    client->Send(i, 0, wire::PlainAction{static_cast<std::int32_t>(i)}, i % 2 == 0 ? body : "");
  }
  RunUntil([&] { return server_side.types.size() == kFrames; });
  for (std::uint64_t i = 0; i < kFrames; ++i) EXPECT_EQ(server_side.types[i], i);
  EXPECT_EQ(server_side.last_body, "");
  EXPECT_EQ(client->pending_output_bytes(), 0U);
}

TEST_F(ConnectionTest, AFrameArrivingByteByByteIsDeliveredOnce) {
  const int fd = RawSocket();
  std::string bytes = PreHeaderBytes(3, 2) + "abcde";
  for (const char byte : bytes) {
    ASSERT_EQ(::send(fd, &byte, 1, 0), 1);
    loop->RunOnce(NowNs() + kMillisecond);
  }
  RunUntil([&] { return server_side.types.size() == 1; });
  EXPECT_EQ(server_side.last_header, "abc");
  EXPECT_EQ(server_side.last_body, "de");
  ::close(fd);
}

// A full socket takes several reads; a read tells for how long it has not been emptied.
TEST_F(ConnectionTest, FramesTellForHowLongReadingHasNotCaughtUp) {
  std::vector<Nanos> behind_ns;
  server_side.on_frame = [&](Connection&, const Frame& frame) {
    behind_ns.push_back(frame.behind_ns);
  };
  Connection* client = ConnectClient();
  client->Send(1, 0, wire::PlainAction{});
  RunUntil([&] { return behind_ns.size() == 1; });
  EXPECT_EQ(behind_ns.back(), 0) << "a short read has caught up";

  constexpr std::size_t kFrames = 100;
  const std::string body(kReadChunkBytes / 8, 'x');
  for (std::size_t i = 0; i < kFrames; ++i) client->Send(2, i, wire::PlainAction{}, body);
  RunUntil([&] { return behind_ns.size() == 1 + kFrames; });
  const auto most = std::max_element(behind_ns.begin(), behind_ns.end());
  EXPECT_GT(*most, 0);
  EXPECT_TRUE(std::is_sorted(behind_ns.begin(), most)) << "it grows from read to read";

  client->Send(3, 0, wire::PlainAction{});
  RunUntil([&] { return behind_ns.size() == 2 + kFrames; });
  EXPECT_EQ(behind_ns.back(), 0);
}

TEST_F(ConnectionTest, PacedTurnsBeginApartAndLoseNothing) {
  constexpr Nanos kApartNs = 2 * kMillisecond;
  Connection* client = ConnectClient();
  loop->PaceTurns(kApartNs);
  const Nanos begin_ns = NowNs();
  loop->RunOnce(0);
  for (std::uint64_t sent = 1; sent <= 3; ++sent) {
    client->Send(sent, sent, wire::PlainAction{});
    loop->RunOnce(0);
  }
  EXPECT_GE(NowNs() - begin_ns, 3 * kApartNs);
  RunUntil([this] { return server_side.types.size() == 3; });
  EXPECT_EQ(server_side.types, (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST_F(ConnectionTest, AnOversizedHeaderClosesTheConnectionWithAReason) {
  const int fd = RawSocket();
  const std::string bytes = PreHeaderBytes(wire::kMaxHeaderBytes + 1, 0);
  ASSERT_EQ(::send(fd, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  RunUntil([&] { return server_side.closed.size() == 1; });
  EXPECT_THAT(server_side.closed[0], HasSubstr("header of 10485761 bytes"));
  ::close(fd);
}

TEST_F(ConnectionTest, ABodyWhereNoneMayBeClosesTheConnection) {
  server_options.max_body_bytes = [](std::uint64_t) { return std::uint64_t{0}; };
  const int fd = RawSocket();
  const std::string bytes = PreHeaderBytes(0, 1);
  ASSERT_EQ(::send(fd, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  RunUntil([&] { return server_side.closed.size() == 1; });
  EXPECT_THAT(server_side.closed[0], HasSubstr("body of 1 bytes"));
  ::close(fd);
}

TEST_F(ConnectionTest, APeerThatLeavesWithinAFrameIsReportedAsSuch) {
  const int fd = RawSocket();
  const std::string bytes = PreHeaderBytes(10, 0) + "half";
  ASSERT_EQ(::send(fd, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  ::close(fd);
  RunUntil([&] { return server_side.closed.size() == 1; });
  EXPECT_THAT(server_side.closed[0], HasSubstr("within a message"));
  EXPECT_TRUE(server_side.types.empty());
}

TEST_F(ConnectionTest, ClosingInsideAHandlerStopsDeliveryAndNotifiesOnce) {
  Connection* client = ConnectClient();
  server_side.on_frame = [](Connection& connection, const Frame&) {
    connection.Close("enough");
    connection.Close("again");
    connection.Send(1, 0, wire::PlainAction{1});
  };
  for (int i = 0; i < 5; ++i) client->Send(1, 0, wire::PlainAction{i});
  RunUntil([&] { return !server_side.closed.empty() && !client_side.closed.empty(); });
  EXPECT_EQ(server_side.types.size(), 1U);
  EXPECT_THAT(server_side.closed, ::testing::ElementsAre("enough"));
}

TEST_F(ConnectionTest, AServerWhosePeerDoesNotReadPausesAndResumes) {
  server_options.pause_reading_above_bytes = 1 << 20;
  const std::string body(1 << 20, 'y');
  server_side.on_frame = [&](Connection& connection, const Frame&) {
    connection.Send(7, 0, wire::PlainAction{0}, body);
  };
  const int fd = RawSocket();
  constexpr int kRequests = 40;
  const std::string request = PreHeaderBytes(0, 0);
  for (int i = 0; i < kRequests; ++i) {
    ASSERT_EQ(::send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    for (int turn = 0; turn < 5; ++turn) loop->RunOnce(0);
  }
  ASSERT_NE(server, nullptr);
  EXPECT_GE(server->pauses(), 1U);
  EXPECT_LT(server_side.types.size(), static_cast<std::size_t>(kRequests));
  // Reading everything lets the rest through.
  std::size_t received = 0;
  std::vector<char> sink(1 << 20);
  const std::size_t expected = kRequests * (wire::kPreHeaderBytes + 2 + body.size());
  RunUntil([&] {
    const ssize_t count = ::recv(fd, sink.data(), sink.size(), MSG_DONTWAIT);
    if (count > 0) received += static_cast<std::size_t>(count);
    return received == expected;
  });
  EXPECT_EQ(server_side.types.size(), static_cast<std::size_t>(kRequests));
  ::close(fd);
}

TEST_F(ConnectionTest, BothEndsLearnTheClockOffset) {
  Connection* client = ConnectClient();
  server_side.on_frame = [](Connection& connection, const Frame&) {
    connection.Send(1, 0, wire::PlainAction{0});
  };
  for (int i = 0; i < 3; ++i) {
    const std::size_t before = client_side.types.size();
    client->Send(1, 0, wire::PlainAction{0});
    RunUntil([&] { return client_side.types.size() > before; });
  }
  // The same clock on both ends: the estimate is bounded by the round trip.
  EXPECT_GT(client->clock().RoundTripNs(), 0);
  EXPECT_LE(std::abs(client->clock().OffsetNs()), client->clock().RoundTripNs());
}

TEST(Connect, ARefusedConnectionNamesTheAddressAndTheRemedy) {
  auto loop = EventLoop::Create();
  ASSERT_TRUE(loop.ok());
  // A port that was free a moment ago: bound, not listening.
  const int holder = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(name);
  ASSERT_EQ(::bind(holder, reinterpret_cast<sockaddr*>(&name), size), 0);
  ASSERT_EQ(::getsockname(holder, reinterpret_cast<sockaddr*>(&name), &size), 0);
  const auto fd = ConnectWithRetry({"127.0.0.1", ntohs(name.sin_port)}, 50 * kMillisecond, nullptr);
  ASSERT_FALSE(fd.ok());
  EXPECT_THAT(fd.error().message, HasSubstr("is it running and listening?"));
  ::close(holder);
}

TEST(Listen, APortInUseIsOneSentence) {
  auto loop = EventLoop::Create();
  ASSERT_TRUE(loop.ok());
  const auto first = (*loop)->Listen("127.0.0.1", 0, [](int fd) { ::close(fd); });
  ASSERT_TRUE(first.ok());
  const auto second = (*loop)->Listen("127.0.0.1", *first, [](int fd) { ::close(fd); });
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message, HasSubstr("Address already in use"));
  EXPECT_EQ(second.error().kind, ErrorKind::kRuntime);
}

TEST(Listen, AnAddressThatIsNoneIsAUsageError) {
  auto loop = EventLoop::Create();
  ASSERT_TRUE(loop.ok());
  const auto port = (*loop)->Listen("localhost", 0, [](int fd) { ::close(fd); });
  ASSERT_FALSE(port.ok());
  EXPECT_EQ(port.error().kind, ErrorKind::kUsage);
}

}  // namespace
}  // namespace clockwork::net
