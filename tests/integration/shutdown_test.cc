// SIGTERM and SIGINT end every program in order, whatever it is doing, and nothing of it stays
// behind.

#include <gtest/gtest.h>
#include <signal.h>

#include <string>

#include "images/common/wire/client_messages.h"
#include "tests/integration/deployment.h"
#include "tests/integration/frames.h"
#include "tests/support/tcp_client.h"

namespace clockwork::testing {
namespace {

constexpr Load kLongLoad{.workers = 1,
                         .factor_min = 0.2,
                         .factor_max = 0.2,
                         .factor_step = 2,
                         .period_seconds = 600,
                         .memory_load_factor = 1};

class Shutdown : public ::testing::TestWithParam<int> {
 protected:
  static void ExpectEnds(Process& process) {
    process.Signal(GetParam());
    ExpectCleanEnd(process);
  }

  Deployment deployment_;
};

TEST_P(Shutdown, OfAWorkerThatIsIdle) {
  const Server worker = deployment_.StartWorker();
  ASSERT_TRUE(worker);
  ExpectEnds(*worker.process);
}

TEST_P(Shutdown, OfAWorkerWithAController) {
  const Server worker = deployment_.StartWorker();
  ASSERT_TRUE(worker);
  const Server controller = deployment_.StartController(worker.port);
  ASSERT_TRUE(controller);
  ExpectEnds(*worker.process);
}

TEST_P(Shutdown, OfAControllerThatCannotReachItsWorker) {
  ProcessOptions options = deployment_.Controller(UnusedPort());
  options.command.insert(options.command.end(), {"--worker-connect-timeout-ms", "600000"});
  Process controller(options);
  ASSERT_TRUE(controller.WaitForFile(deployment_.RequestLog())) << controller.err();
  ExpectEnds(controller);
}

TEST_P(Shutdown, OfAControllerWhoseWorkerIsSilent) {
  const TcpListener silent;
  Process controller(deployment_.Controller(silent.port()));
  const auto connection = silent.Accept();
  ASSERT_TRUE(connection) << controller.err();
  ExpectEnds(controller);
}

TEST_P(Shutdown, OfAControllerThatAwaitsModels) {
  const Server worker = deployment_.StartWorker();
  ASSERT_TRUE(worker);
  const Server controller = deployment_.StartController(worker.port);
  ASSERT_TRUE(controller);
  ExpectEnds(*controller.process);
}

TEST_P(Shutdown, OfAControllerInItsLoadPhase) {
  const Server worker = deployment_.StartWorker();
  ASSERT_TRUE(worker);
  const Server controller = deployment_.StartController(worker.port);
  ASSERT_TRUE(controller);
  auto client = TcpClient::Connect(controller.port);
  ASSERT_TRUE(client);
  ASSERT_TRUE(client->Send(
      FrameOf(wire::ClientMessage::kLoadModel, 0,
              wire::LoadModelRequest{
                  .header = {}, .remote_path = "builtin:v100-osdi20/resnet50_v2", .copies = 1})));
  ASSERT_EQ(Receive(&*client).type, 103U);
  ExpectEnds(*controller.process);
}

TEST_P(Shutdown, OfAClientThatCannotReachItsController) {
  ProcessOptions options = deployment_.Client(UnusedPort(), kLongLoad);
  options.command.insert(options.command.end(), {"--connect-timeout-ms", "600000"});
  Process client(options);
  ASSERT_TRUE(client.WaitForOutput("client")) << "its first line of log";
  ExpectEnds(client);
}

TEST_P(Shutdown, OfAClientThatLoadsModels) {
  const TcpListener silent;
  Process client(deployment_.Client(silent.port(), kLongLoad));
  auto connection = silent.Accept();
  ASSERT_TRUE(connection) << client.err();
  ASSERT_EQ(Receive(&*connection).type, 3U);
  ExpectEnds(client);
}

// All three while they serve requests, each being the first to go.
class ShutdownWhileServing : public Shutdown {
 protected:
  void SetUp() override {
    worker_ = deployment_.StartWorker();
    ASSERT_TRUE(worker_);
    controller_ = deployment_.StartController(worker_.port);
    ASSERT_TRUE(controller_);
    client_ = deployment_.StartClient(controller_.port, kLongLoad, "running");
    ASSERT_NE(client_, nullptr);
  }

  Server worker_;
  Server controller_;
  std::unique_ptr<Process> client_;
};

TEST_P(ShutdownWhileServing, OfTheWorker) { ExpectEnds(*worker_.process); }

TEST_P(ShutdownWhileServing, OfTheController) {
  ExpectEnds(*controller_.process);
  ExpectCompleteLogs(deployment_);
  EXPECT_EQ(client_->Wait(), ExitedWith(1)) << "its controller is gone";
}

TEST_P(ShutdownWhileServing, OfTheClient) {
  ExpectEnds(*client_);
  ExpectEnds(*controller_.process);
  ExpectCompleteLogs(deployment_);
}

TEST_P(Shutdown, CanBeReportedByTheControllerAsTheOriginalDoes) {
  const Server worker = deployment_.StartWorker();
  ASSERT_TRUE(worker);
  ProcessOptions options = deployment_.Controller(worker.port);
  options.command.emplace_back("--exit-with-signal");
  const Server controller = Deployment::StartUntilReady(options);
  ASSERT_TRUE(controller);
  controller.process->Signal(GetParam());
  ExpectCleanEnd(*controller.process, GetParam());
}

std::string NameOf(const ::testing::TestParamInfo<int>& info) {
  return info.param == SIGTERM ? "SIGTERM" : "SIGINT";
}

INSTANTIATE_TEST_SUITE_P(Signals, Shutdown, ::testing::Values(SIGTERM, SIGINT), NameOf);
INSTANTIATE_TEST_SUITE_P(Signals, ShutdownWhileServing, ::testing::Values(SIGTERM, SIGINT), NameOf);

}  // namespace
}  // namespace clockwork::testing
