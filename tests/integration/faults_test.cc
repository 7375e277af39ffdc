// What happens to the others when one program dies, and to the rows when the disk is full.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <string>
#include <tuple>

#include "images/common/wire/client_messages.h"
#include "tests/integration/deployment.h"
#include "tests/integration/frames.h"
#include "tests/support/tcp_client.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

// Long enough for whatever a test does to it: no test waits for its end.
constexpr Load kLongLoad{.workers = 1,
                         .factor_min = 0.2,
                         .factor_max = 0.2,
                         .factor_step = 2,
                         .period_seconds = 600,
                         .memory_load_factor = 1};

// All three programs, the client sending requests.
class Faults : public ::testing::Test {
 protected:
  void SetUp() override {
    worker_ = deployment_.StartWorker();
    ASSERT_TRUE(worker_);
    controller_ = deployment_.StartController(worker_.port);
    ASSERT_TRUE(controller_);
    client_ = deployment_.StartClient(controller_.port, kLongLoad, "running");
    ASSERT_NE(client_, nullptr);
    // The controller flushes its rows every second: wait for the first.
    ASSERT_TRUE(controller_.process->WaitForFile(deployment_.RequestLog(), "\t100000000\t1\t"))
        << controller_.process->err();
  }

  Deployment deployment_;
  Server worker_;
  Server controller_;
  std::unique_ptr<Process> client_;
};

TEST_F(Faults, AWorkerThatDiesLeavesTheControllerAndItsRows) {
  worker_.process->Signal(SIGKILL);
  ASSERT_TRUE(controller_.process->WaitForOutput("its GPUs are used no more"))
      << controller_.process->err();
  // The end of a killed peer shows as a closed or as a reset connection.
  EXPECT_THAT(controller_.process->err(), ContainsRegex("worker 0 is lost: [^\n]*127\\.0\\.0\\.1:" +
                                                        std::to_string(worker_.port)));
  EXPECT_TRUE(client_->Running()) << client_->err();
  client_->Signal(SIGTERM);
  ExpectCleanEnd(*client_);
  controller_.process->Signal(SIGTERM);
  ExpectCleanEnd(*controller_.process);
  ExpectCompleteLogs(deployment_);
  EXPECT_FALSE(ReadTable(deployment_.RequestLog()).rows.empty());
}

TEST_F(Faults, ARequestWhoseSloIsNoNumberGetsTheDefaultAndAWholeRow) {
  auto stranger = TcpClient::Connect(controller_.port);
  ASSERT_TRUE(stranger);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  // On a busy machine one alone may be too late.
  constexpr int kRequests = 50;
  for (int i = 0; i < kRequests; ++i) {
    ASSERT_TRUE(stranger->Send(FrameOf(wire::ClientMessage::kInference, 0,
                                       wire::InferenceRequest{{1, 424242}, 0, 1, nan})));
  }
  // request_id, result, user_id, model_id, slo_factor
  EXPECT_TRUE(controller_.process->WaitForFile(deployment_.RequestLog(), "\t424242\t0\t1\t0\t0\t"))
      << controller_.process->err();
}

// What its socket holds alone takes longer to decide on than a controller may be behind. Answers
// are not read: they fit into what may wait for a client.
TEST_F(Faults, WhatAStrangerSendsTooFastIsShedAndCounted) {
  auto stranger = TcpClient::Connect(controller_.port);
  ASSERT_TRUE(stranger);
  constexpr int kRequests = 500'000;
  const std::string request =
      FrameOf(wire::ClientMessage::kInference, 0, wire::InferenceRequest{{1, 424242}, 0, 1, 0});
  std::string burst;
  for (int i = 0; i < kRequests; ++i) burst += request;
  ASSERT_TRUE(stranger->Send(burst, 4 * kPatience));
  controller_.process->Signal(SIGTERM);
  ExpectCleanEnd(*controller_.process);
  ExpectCompleteLogs(deployment_);
  const Table log = ReadTable(deployment_.RequestLog());
  const std::string timeout = std::to_string(wire::kStatusTimeout);
  // Of what is shed the latency is 0, of what times out the SLO.
  const auto shed = std::count_if(log.rows.begin(), log.rows.end(), [&](const auto& row) {
    return row[2] == timeout && row[6] == "0";
  });
  EXPECT_GT(shed, 0);
  EXPECT_EQ(ReadJson(deployment_.Manifest()).value("shedRequests", -1), shed);
}

TEST_F(Faults, AClientThatDiesLeavesTheControllerAndItsRows) {
  client_->Signal(SIGKILL);
  ASSERT_EQ(client_->Wait(), KilledBy(SIGKILL));
  EXPECT_TRUE(controller_.process->Running()) << controller_.process->err();
  controller_.process->Signal(SIGTERM);
  ExpectCleanEnd(*controller_.process);
  ExpectCompleteLogs(deployment_);
  EXPECT_FALSE(ReadTable(deployment_.RequestLog()).rows.empty());
  EXPECT_TRUE(worker_.process->Running());
}

TEST_F(Faults, AControllerThatDiesEndsTheClientAndLeavesTheWorkerAndWholeRows) {
  controller_.process->Signal(SIGKILL);
  EXPECT_EQ(client_->Wait(), ExitedWith(1));
  EXPECT_THAT(client_->err(), HasSubstr("127.0.0.1:" + std::to_string(controller_.port)));
  EXPECT_EQ(ReadJson(deployment_.Summary()).value("valid", true), false);
  const Table log = ReadTable(deployment_.RequestLog());
  EXPECT_TRUE(log.whole);
  EXPECT_FALSE(log.rows.empty());
  EXPECT_NE(::access(deployment_.Manifest().c_str(), F_OK), 0) << "the end was not a clean one";
  // The worker serves the next controller.
  ASSERT_EQ(controller_.process->Wait(), KilledBy(SIGKILL));
  Server next = deployment_.StartController(worker_.port);
  ASSERT_TRUE(next);
  next.process->Signal(SIGTERM);
  ExpectCleanEnd(*next.process);
}

TEST(FaultsOfTheDisk, AFullDiskIsNamedAndKeepsWholeRows) {
  const Deployment deployment;
  const Server worker = deployment.StartWorker();
  ASSERT_TRUE(worker);
  ProcessOptions options = deployment.Controller(worker.port);
  options.file_size_limit_bytes = 16384;
  Server controller = Deployment::StartUntilReady(options);
  ASSERT_TRUE(controller);
  Process client(deployment.Client(controller.port, kLongLoad));
  EXPECT_EQ(controller.process->Wait(), ExitedWith(1)) << controller.process->err();
  EXPECT_THAT(controller.process->err(), HasSubstr("_log.tsv"));
  EXPECT_THAT(controller.process->err(), HasSubstr("File too large"));
  const json manifest = ReadJson(deployment.Manifest());
  std::size_t dropped = 0;
  const std::tuple<std::string, std::string, std::string> logs[] = {
      {deployment.RequestLog(), "requestRows", "droppedRequestRows"},
      {deployment.ActionLog(), "actionRows", "droppedActionRows"}};
  for (const auto& [path, kept, missing] : logs) {
    const Table log = ReadTable(path);
    EXPECT_TRUE(log.whole) << path;
    EXPECT_GT(log.rows.size(), 10U) << path;
    EXPECT_EQ(manifest.value(kept, std::size_t{0}), log.rows.size()) << path;
    dropped += manifest.value(missing, std::size_t{0});
  }
  EXPECT_GT(dropped, 0U) << "the manifest must say that rows are missing";
  EXPECT_FALSE(manifest.value("complete", true));
  EXPECT_EQ(client.Wait(), ExitedWith(1)) << "its controller is gone";
}

TEST(FaultsOfTheDisk, ADiskThatIsFullAtTheStartIsNamed) {
  const Deployment deployment;
  const Server worker = deployment.StartWorker();
  ASSERT_TRUE(worker);
  ASSERT_EQ(::symlink("/dev/full", deployment.RequestLog().c_str()), 0);
  std::string err;
  EXPECT_EQ(RunCommand(deployment.Controller(worker.port), nullptr, &err), ExitedWith(1));
  EXPECT_THAT(err, HasSubstr(deployment.RequestLog()));
  EXPECT_THAT(err, HasSubstr("No space left on device"));
}

}  // namespace
}  // namespace clockwork::testing
