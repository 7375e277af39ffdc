#include "images/client/load_phase.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "images/common/net/connect.h"
#include "tests/unit/client/fake_controller.h"

namespace clockwork::client {
namespace {

using ::testing::HasSubstr;

// The client's link and a fake controller, both on one event loop.
struct Wiring {
  explicit Wiring(const Behaviour& behaviour)
      : stop(net::StopSignal::Create().value()),
        loop(net::EventLoop::Create().value()),
        controller(loop.get(), behaviour),
        link(loop.get(), *net::ConnectWithRetry({"127.0.0.1", controller.port()}, kSecond, nullptr),
             stop.get()) {}

  Result<std::vector<LoadedModel>> Load(const ZooChoice& zoo) { return LoadModels(&link, zoo, 3); }
  Status Await() {
    return AwaitReady(&link, [this](Nanos) { ++waits; });
  }

  std::unique_ptr<net::StopSignal> stop;
  std::unique_ptr<net::EventLoop> loop;
  FakeController controller;
  ControllerLink link;
  int waits = 0;
};

ZooChoice TwoModels() {
  ZooChoice zoo;
  zoo.entries = {{"first", "/zoo/first/model"}, {"second", "/zoo/second/model"}};
  return zoo;
}

TEST(LoadPhaseTest, LoadsEveryEntryInOrderAndListsAllCopies) {
  Wiring wiring({});
  const auto models = wiring.Load(TwoModels());
  ASSERT_TRUE(models.ok()) << models.error().message;
  ASSERT_EQ(wiring.controller.loads().size(), 2U);
  EXPECT_EQ(wiring.controller.loads()[0].path, "/zoo/first/model");
  EXPECT_EQ(wiring.controller.loads()[0].copies, 3);
  EXPECT_EQ(wiring.controller.loads()[1].path, "/zoo/second/model");
  ASSERT_EQ(models->size(), 6U);
  for (std::uint32_t i = 0; i < 6; ++i) EXPECT_EQ((*models)[i].model_id, i);
  EXPECT_EQ((*models)[5].input_bytes, 12'288U);
}

TEST(LoadPhaseTest, AShuffledZooIsLoadedInOrderAndListedInAnother) {
  Wiring wiring({});
  ZooChoice zoo = TwoModels();
  zoo.shuffle_models = true;
  const auto models = wiring.Load(zoo);
  ASSERT_TRUE(models.ok());
  EXPECT_EQ(wiring.controller.loads()[0].path, "/zoo/first/model");
  std::set<std::uint32_t> ids;
  bool moved = false;
  for (std::uint32_t i = 0; i < 6; ++i) {
    ids.insert((*models)[i].model_id);
    moved = moved || (*models)[i].model_id != i;
  }
  EXPECT_EQ(ids.size(), 6U);
  EXPECT_TRUE(moved);
}

TEST(LoadPhaseTest, ARefusedModelIsNamed) {
  Behaviour behaviour;
  behaviour.load_status = wire::kStatusInvalidRequest;
  Wiring wiring(behaviour);
  const auto models = wiring.Load(TwoModels());
  ASSERT_FALSE(models.ok());
  EXPECT_THAT(models.error().message, HasSubstr("first (/zoo/first/model) with status 6"));
  EXPECT_THAT(models.error().message, HasSubstr("no such model"));
}

TEST(LoadPhaseTest, FewerCopiesThanAskedForAreAnError) {
  Behaviour behaviour;
  behaviour.copies_missing = 1;
  Wiring wiring(behaviour);
  const auto models = wiring.Load(TwoModels());
  ASSERT_FALSE(models.ok());
  EXPECT_THAT(models.error().message, HasSubstr("2 instead of 3 copies of model first"));
}

TEST(LoadPhaseTest, AnAbsurdInputSizeIsAnError) {
  Behaviour behaviour;
  behaviour.input_bytes = 1ULL << 50;
  Wiring wiring(behaviour);
  EXPECT_FALSE(wiring.Load(TwoModels()).ok());
}

TEST(LoadPhaseTest, WaitsWhileTheControllerIsInitialising) {
  Behaviour behaviour;
  behaviour.initialising_answers = 3;
  Wiring wiring(behaviour);
  const Status status = wiring.Await();
  EXPECT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(wiring.waits, 3);
}

TEST(LoadPhaseTest, AnyOtherStatusOfLsIsAnError) {
  Behaviour behaviour;
  behaviour.ls_status = wire::kStatusError;
  Wiring wiring(behaviour);
  const Status status = wiring.Await();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("status 1"));
  EXPECT_EQ(wiring.waits, 0);
}

}  // namespace
}  // namespace clockwork::client
