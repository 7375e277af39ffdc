// The server over real loopback sockets; both ends live in one event loop.

#include "images/worker_dummy/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "images/common/base/clock.h"
#include "images/common/model/zoo.h"
#include "images/common/net/connect.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/zoo_builder.h"

namespace clockwork::worker {
namespace {

using ::testing::HasSubstr;
using wire::WorkerMessage;

// A controller that keeps what it is told.
class Controller : public net::ConnectionHandler {
 public:
  struct Received {
    WorkerMessage type;
    std::string header;
    std::string body;
  };

  void OnFrame(net::Connection&, const net::Frame& frame) override {
    received.push_back({static_cast<WorkerMessage>(frame.type), std::string(frame.header),
                        std::string(frame.body)});
  }
  void OnClosed(net::Connection&, const std::string& reason) override {
    connection = nullptr;
    closed.push_back(reason);
  }

  template <typename Message>
  void Send(WorkerMessage type, const Message& message, std::string_view body = {}) {
    connection->Send(static_cast<std::uint64_t>(type), 0, message, body);
  }

  net::Connection* connection = nullptr;
  std::vector<Received> received;
  std::vector<std::string> closed;
};

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto created = net::EventLoop::Create();
    ASSERT_TRUE(created.ok());
    loop_ = std::move(*created);
    WorkerConfig config;
    config.gpus = 2;
    server_ = std::make_unique<Server>(config, loop_.get());
    auto port = loop_->Listen("127.0.0.1", 0, [this](int fd) { server_->Accept(fd); });
    ASSERT_TRUE(port.ok());
    port_ = *port;
    Connect(&controller_);
  }

  void Connect(Controller* controller) {
    auto fd = net::ConnectWithRetry({"127.0.0.1", port_}, 10 * kSecond, nullptr);
    ASSERT_TRUE(fd.ok());
    controller->connection = loop_->AddConnection(*fd, {}, controller);
  }

  // Turns until the condition holds; fails the test after ten seconds.
  void RunUntil(const std::function<bool()>& done) {
    const Nanos deadline_ns = NowNs() + 10 * kSecond;
    while (!done()) {
      ASSERT_LT(NowNs(), deadline_ns) << "nothing happened within 10 s";
      server_->RunOnce();
    }
  }
  void RunUntilReceived(const Controller& controller, std::size_t count) {
    RunUntil([&] { return controller.received.size() >= count || !controller.closed.empty(); });
    ASSERT_EQ(controller.received.size(), count);
  }

  template <typename Message>
  Message Last(WorkerMessage type) {
    Message message;
    EXPECT_EQ(controller_.received.back().type, type);
    EXPECT_TRUE(wire::Decode(controller_.received.back().header, &message).ok());
    return message;
  }

  void LoadModel(std::string_view path, std::size_t count) {
    controller_.Send(WorkerMessage::kLoadModel, wire::LoadModelAction{.action_id = 1,
                                                                      .model_id = 0,
                                                                      .model_path = path,
                                                                      .earliest_ns = 0,
                                                                      .latest_ns = UINT64_MAX,
                                                                      .copies = 2,
                                                                      .max_batch_size = 8,
                                                                      .max_exec_ns = kSecond});
    RunUntilReceived(controller_, count);
  }

  std::unique_ptr<net::EventLoop> loop_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  Controller controller_;
};

constexpr char kGooglenet[] = "builtin:v100-osdi20/googlenet";

TEST_F(ServerTest, ServesASessionFromStateToEviction) {
  controller_.Send(WorkerMessage::kGetWorkerState, wire::PlainAction{.action_id = 9});
  RunUntilReceived(controller_, 1);
  const auto state = Last<wire::GetWorkerStateResult>(WorkerMessage::kGetWorkerStateResult);
  EXPECT_EQ(state.action_id, 9);
  EXPECT_EQ(state.gpus.size(), 2U);

  LoadModel(kGooglenet, 2);
  const auto model = Last<wire::LoadModelResult>(WorkerMessage::kLoadModelResult);
  EXPECT_EQ(model.copies_created, 2);
  EXPECT_EQ(model.weights_pages, 2U);
  EXPECT_EQ(model.batch_exec_ns[0], 1'540'000U);

  controller_.Send(
      WorkerMessage::kLoadWeights,
      wire::LoadWeightsAction{.action_id = 3, .model_id = 1, .gpu_id = 1, .latest_ns = UINT64_MAX});
  RunUntilReceived(controller_, 3);
  const auto load = Last<wire::WeightsResult>(WorkerMessage::kLoadWeightsResult);
  EXPECT_EQ(load.action_id, 3);
  EXPECT_EQ(load.timing.duration_ns, 2'160'000U);
  EXPECT_GE(load.result_sent_ns, load.timing.end_ns);

  controller_.Send(WorkerMessage::kInfer,
                   wire::InferAction{.action_id = 4,
                                     .model_id = 1,
                                     .gpu_id = 1,
                                     .latest_ns = UINT64_MAX,
                                     .batch_size = 2,
                                     .input_sizes = {3, 4}},
                   "seven b");
  RunUntilReceived(controller_, 4);
  const auto infer = Last<wire::InferResult>(WorkerMessage::kInferResult);
  EXPECT_EQ(infer.exec.duration_ns, 1'940'000U);
  EXPECT_EQ(controller_.received.back().body, std::string(8'000, '\0'));

  controller_.Send(WorkerMessage::kEvictWeights,
                   wire::EvictWeightsAction{
                       .action_id = 5, .model_id = 1, .gpu_id = 1, .latest_ns = UINT64_MAX});
  RunUntilReceived(controller_, 5);
  EXPECT_EQ(Last<wire::WeightsResult>(WorkerMessage::kEvictWeightsResult).action_id, 5);

  controller_.Send(WorkerMessage::kClearCache, wire::PlainAction{.action_id = 6});
  RunUntilReceived(controller_, 6);
  EXPECT_EQ(Last<wire::ClearCacheResult>(WorkerMessage::kClearCacheResult).action_id, 6);
}

TEST_F(ServerTest, AnInferHasNothingOfTheOneBeforeIt) {
  LoadModel(kGooglenet, 1);
  controller_.Send(WorkerMessage::kLoadWeights,
                   wire::LoadWeightsAction{.action_id = 3, .latest_ns = UINT64_MAX});
  RunUntilReceived(controller_, 2);
  // Where the sizes are listed a body may have any length, else that of the model's input.
  wire::InferAction infer{
      .action_id = 4, .latest_ns = UINT64_MAX, .batch_size = 1, .input_sizes = {5}};
  controller_.Send(WorkerMessage::kInfer, infer, "bytes");
  RunUntilReceived(controller_, 3);
  EXPECT_EQ(Last<wire::InferResult>(WorkerMessage::kInferResult).action_id, 4);
  infer.action_id = 5;
  infer.input_sizes.clear();
  controller_.Send(WorkerMessage::kInfer, infer, "bytes");
  RunUntilReceived(controller_, 4);
  const auto error = Last<wire::ErrorResult>(WorkerMessage::kErrorResult);
  EXPECT_EQ(error.action_id, 5);
  EXPECT_EQ(error.status, wire::kInferBadInput);
}

TEST_F(ServerTest, LoadsAModelFromFiles) {
  testing::TemporaryDirectory zoo;
  const ModelSpec spec = *FindBuiltinModel(kGooglenet);
  LoadModel(testing::WriteStandInModel(zoo.path(), spec), 1);
  const auto model = Last<wire::LoadModelResult>(WorkerMessage::kLoadModelResult);
  EXPECT_EQ(model.input_bytes, spec.input_bytes);
  EXPECT_EQ(model.weights_load_ns, 2'160'000U);
  EXPECT_EQ(model.supported_batch_sizes.size(), 4U);
}

TEST_F(ServerTest, AnAbsentModelIsAnErrorWithItsPath) {
  LoadModel("/nothing/here/model", 1);
  const auto error = Last<wire::ErrorResult>(WorkerMessage::kErrorResult);
  EXPECT_EQ(error.status, 41);
  EXPECT_THAT(error.message, HasSubstr("/nothing/here/model"));
}

TEST_F(ServerTest, AMalformedMessageCostsThatConnectionOnly) {
  Controller other;
  Connect(&other);
  controller_.connection->Send(static_cast<std::uint64_t>(WorkerMessage::kInfer), 0,
                               wire::PlainAction{.action_id = 1});
  RunUntil([this] { return !controller_.closed.empty(); });
  EXPECT_TRUE(controller_.received.empty());
  other.Send(WorkerMessage::kGetWorkerState, wire::PlainAction{});
  RunUntilReceived(other, 1);
}

TEST_F(ServerTest, AnUnknownMessageTypeClosesTheConnection) {
  controller_.connection->Send(99, 0, wire::PlainAction{});
  RunUntil([this] { return !controller_.closed.empty(); });
  EXPECT_EQ(controller_.closed.size(), 1U);
}

TEST_F(ServerTest, ABodyWhereNoneBelongsClosesTheConnection) {
  controller_.Send(WorkerMessage::kGetWorkerState, wire::PlainAction{}, "body");
  RunUntil([this] { return !controller_.closed.empty(); });
  EXPECT_TRUE(controller_.received.empty());
}

TEST_F(ServerTest, ResultsGoToTheConnectionOfTheirActionAndModelsOutliveIt) {
  LoadModel(kGooglenet, 1);
  controller_.Send(WorkerMessage::kLoadWeights,
                   wire::LoadWeightsAction{.action_id = 3, .latest_ns = UINT64_MAX});
  loop_->FlushAll();
  controller_.connection->Close("the test says so");
  Controller other;
  Connect(&other);
  // The load of the first controller ends before this one's reload, which is answered to the
  // second.
  other.Send(WorkerMessage::kLoadWeights,
             wire::LoadWeightsAction{.action_id = 7, .latest_ns = UINT64_MAX});
  RunUntilReceived(other, 1);
  wire::WeightsResult result;
  ASSERT_TRUE(wire::Decode(other.received[0].header, &result).ok());
  EXPECT_EQ(result.action_id, 7);
  EXPECT_EQ(controller_.received.size(), 1U);
}

TEST_F(ServerTest, RefusesConnectionsBeyondItsLimit) {
  std::vector<std::unique_ptr<Controller>> others;
  for (std::size_t i = 1; i < kMaxConnections; ++i) {
    others.push_back(std::make_unique<Controller>());
    Connect(others.back().get());
  }
  Controller refused;
  Connect(&refused);
  RunUntil([&] { return !refused.closed.empty(); });
  others.back()->Send(WorkerMessage::kGetWorkerState, wire::PlainAction{});
  RunUntilReceived(*others.back(), 1);
}

}  // namespace
}  // namespace clockwork::worker
