// A server for whose connections the system has no more files.

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "images/common/wire/worker_messages.h"
#include "tests/integration/deployment.h"
#include "tests/integration/frames.h"
#include "tests/support/tcp_client.h"

namespace clockwork::testing {
namespace {

constexpr int kMoreThanItHas = 40;
constexpr int kTries = 1'000;  // while it closes what has gone

// Whether the worker takes a connection and answers.
bool Answers(std::uint16_t port) {
  auto client = TcpClient::Connect(port);
  return client &&
         client->Send(FrameOf(wire::WorkerMessage::kGetWorkerState, 0, wire::PlainAction{1})) &&
         client->Read(1).has_value();
}

// Else the worker would turn for ever with a connection that it cannot take.
TEST(OpenFiles, WhoIsOneTooManyIsSentAway) {
  const Deployment deployment;
  ProcessOptions options = deployment.Worker();
  const std::vector<std::string> limited = {"bash", "-c", "ulimit -n 24; exec \"$@\"", "-"};
  options.command.insert(options.command.begin(), limited.begin(), limited.end());
  const Server worker = Deployment::StartUntilReady(options);
  ASSERT_TRUE(worker);
  std::vector<TcpClient> clients;
  for (int i = 0; i < kMoreThanItHas; ++i) {
    auto client = TcpClient::Connect(worker.port);
    ASSERT_TRUE(client);
    clients.push_back(std::move(*client));
  }
  EXPECT_TRUE(clients.back().WaitForClose());
  EXPECT_TRUE(worker.process->WaitForOutput("no more files can be opened"));
  clients.clear();
  bool answers = false;
  for (int i = 0; i < kTries && !answers; ++i) answers = Answers(worker.port);
  EXPECT_TRUE(answers) << "it has files again";
}

}  // namespace
}  // namespace clockwork::testing
