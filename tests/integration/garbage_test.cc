// Peers that break the protocol lose their connection; the program carries on and serves others.

#include <gtest/gtest.h>
#include <signal.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "images/common/wire/client_messages.h"
#include "images/common/wire/worker_messages.h"
#include "tests/integration/deployment.h"
#include "tests/integration/frames.h"
#include "tests/support/tcp_client.h"

namespace clockwork::testing {
namespace {

constexpr std::uint64_t kFirstType = 1;
constexpr std::uint64_t kUnknownType = 77;
constexpr std::uint64_t kLargestType = UINT64_MAX;
constexpr char kModel[] = "builtin:v100-osdi20/resnet50_v2";
// Length of a header that the pre-header promises, within the limit.
constexpr std::uint64_t kShortHeader = 16;

std::string RandomBytes(std::uint32_t seed, std::size_t count) {
  std::mt19937 random(seed);
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// What a peer sends, and whether the program must close without waiting for more.
struct Garbage {
  std::string name;
  std::string bytes;
  bool closed_at_once = true;
};

void PrintTo(const Garbage& garbage, std::ostream* out) { *out << garbage.name; }

std::vector<Garbage> AllGarbage() {
  std::vector<Garbage> all = {
      {"half_a_pre_header", PreHeaderOf(kFirstType, kShortHeader, 0).substr(0, 20), false},
      {"a_pre_header_alone", PreHeaderOf(kFirstType, kShortHeader, 0), false},
      {"half_a_header", PreHeaderOf(kFirstType, kShortHeader, 0) + "\x0a\x03", false},
      {"oversized_header", PreHeaderOf(kFirstType, wire::kMaxHeaderBytes + 1, 0)},
      {"largest_header", PreHeaderOf(kFirstType, UINT64_MAX, 0)},
      {"oversized_body", PreHeaderOf(kFirstType, kShortHeader, wire::kMaxBodyBytes + 1)},
      {"lengths_that_overflow", PreHeaderOf(kFirstType, kShortHeader, UINT64_MAX - 40)},
      {"body_where_none_belongs",
       PreHeaderOf(static_cast<std::uint64_t>(wire::ClientMessage::kLs), 0, 1) + "x"},
      {"unknown_type", PreHeaderOf(kUnknownType, 0, 0)},
      {"largest_type", PreHeaderOf(kLargestType, 0, 0)},
      {"empty_message", PreHeaderOf(kFirstType, 0, 0)},
      {"unparsable_header",
       PreHeaderOf(kFirstType, kShortHeader, 0) + std::string(kShortHeader, '\xff')},
      {"another_protocol",
       "GET / HTTP/1.1\r\nHost: localhost\r\nAccept: everything at all\r\n\r\n"},
  };
  for (std::uint32_t seed = 1; seed <= 8; ++seed) {
    all.push_back({"random_bytes_" + std::to_string(seed), RandomBytes(seed, 4096), false});
    // Random headers of a plausible length behind a pre-header of each type.
    std::string frames = PreHeaderOf(seed, 64, 0) + RandomBytes(seed, 64);
    all.push_back({"random_header_" + std::to_string(seed), frames, false});
  }
  return all;
}

std::string NameOf(const ::testing::TestParamInfo<Garbage>& info) { return info.param.name; }

// The worker answers the first question that a controller asks.
void ExpectWorkerServes(std::uint16_t port) {
  auto connection = TcpClient::Connect(port);
  ASSERT_TRUE(connection);
  ASSERT_TRUE(connection->Send(
      FrameOf(wire::WorkerMessage::kGetWorkerState, 0, wire::PlainAction{.action_id = 7})));
  const ReceivedFrame answer = Receive(&*connection);
  EXPECT_EQ(answer.type, 106U);
  wire::GetWorkerStateResult result;
  ASSERT_TRUE(Decode(answer.header, &result).ok());
  EXPECT_EQ(result.action_id, 7);
}

// The controller loads a model for a client.
void ExpectControllerServes(std::uint16_t port) {
  auto connection = TcpClient::Connect(port);
  ASSERT_TRUE(connection);
  ASSERT_TRUE(connection->Send(
      FrameOf(wire::ClientMessage::kLoadModel, 5,
              wire::LoadModelRequest{.header = {}, .remote_path = kModel, .copies = 1})));
  const ReceivedFrame answer = Receive(&*connection);
  EXPECT_EQ(answer.type, 103U);
  EXPECT_EQ(answer.id, 5U);
}

// Sends the bytes, then nothing more (in order, or with a reset), while others are served.
void SendGarbage(std::uint16_t port, const Garbage& garbage,
                 const std::function<void(std::uint16_t)>& expect_serves) {
  auto orderly = TcpClient::Connect(port);
  auto abrupt = TcpClient::Connect(port);
  ASSERT_TRUE(orderly && abrupt);
  // The program may close before it has taken everything.
  orderly->Send(garbage.bytes);
  abrupt->Send(garbage.bytes);
  expect_serves(port);
  if (!garbage.closed_at_once) orderly->FinishSending();
  EXPECT_TRUE(orderly->WaitForClose());
  abrupt->Reset();
  expect_serves(port);
}

class GarbageTo : public ::testing::TestWithParam<Garbage> {};

TEST_P(GarbageTo, TheWorkerClosesThatConnectionOnly) {
  const Deployment deployment;
  const Server worker = deployment.StartWorker();
  ASSERT_TRUE(worker);
  SendGarbage(worker.port, GetParam(), ExpectWorkerServes);
  EXPECT_TRUE(worker.process->Running());
  EXPECT_EQ(worker.process->End(SIGTERM), ExitedWith(0)) << worker.process->err();
}

TEST_P(GarbageTo, TheControllerClosesThatConnectionOnly) {
  const Deployment deployment;
  const Server worker = deployment.StartWorker();
  ASSERT_TRUE(worker);
  const Server controller = deployment.StartController(worker.port);
  ASSERT_TRUE(controller);
  SendGarbage(controller.port, GetParam(), ExpectControllerServes);
  EXPECT_TRUE(controller.process->Running());
  EXPECT_EQ(controller.process->End(SIGTERM), ExitedWith(0)) << controller.process->err();
}

INSTANTIATE_TEST_SUITE_P(Garbage, GarbageTo, ::testing::ValuesIn(AllGarbage()), NameOf);

class GarbageFrom : public ::testing::TestWithParam<Garbage> {};

// A worker that sends rubbish counts as lost: without a worker there is nothing to start with.
TEST_P(GarbageFrom, AWorkerEndsTheControllersStart) {
  const TcpListener fake_worker;
  const Deployment deployment;
  Process controller(deployment.Controller(fake_worker.port()));
  auto connection = fake_worker.Accept();
  ASSERT_TRUE(connection) << controller.err();
  connection->Send(GetParam().bytes);
  connection->FinishSending();
  EXPECT_EQ(controller.Wait(), ExitedWith(1)) << controller.err();
  EXPECT_NE(controller.err().find("127.0.0.1:" + std::to_string(fake_worker.port())),
            std::string::npos)
      << controller.err();
}

// The same for a client whose controller does.
TEST_P(GarbageFrom, AControllerEndsTheClient) {
  const TcpListener fake_controller;
  const Deployment deployment;
  Process client(deployment.Client(fake_controller.port(), {}));
  auto connection = fake_controller.Accept();
  ASSERT_TRUE(connection) << client.err();
  ASSERT_EQ(Receive(&*connection).type, 3U) << "the client begins with loading a model";
  connection->Send(GetParam().bytes);
  connection->FinishSending();
  EXPECT_EQ(client.Wait(), ExitedWith(1)) << client.err();
  EXPECT_NE(client.err().find("127.0.0.1:" + std::to_string(fake_controller.port())),
            std::string::npos)
      << client.err();
}

INSTANTIATE_TEST_SUITE_P(Garbage, GarbageFrom, ::testing::ValuesIn(AllGarbage()), NameOf);

}  // namespace
}  // namespace clockwork::testing
