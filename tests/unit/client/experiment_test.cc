#include "images/client/experiment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include <nlohmann/json.hpp>

#include "images/common/base/file.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/client/fake_controller.h"

namespace clockwork::client {
namespace {

using ::testing::HasSubstr;

// A run of one step of one second against a fake controller on a thread of its own.
class ExperimentTest : public ::testing::Test {
 protected:
  void Run(const Behaviour& behaviour) {
    auto loop = net::EventLoop::Create().value();
    FakeController controller(loop.get(), behaviour);
    options_.controller = {"127.0.0.1", controller.port()};
    std::atomic<bool> done = false;
    std::thread thread([&] {
      // As the client's thread does, which looks for the signal by itself.
      sigset_t signals;
      sigemptyset(&signals);
      sigaddset(&signals, SIGTERM);
      ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
      constexpr Nanos kLookNs = 10 * kMillisecond;
      while (!done) {
        if (controller.inferences() < hang_after_) {
          loop->RunOnce(loop->RefreshNow() + kLookNs);
        } else {
          done.wait(false);
        }
        if (controller.inferences() >= signal_after_) {
          ::kill(::getpid(), SIGTERM);
          signal_after_ = UINT64_MAX;
        }
      }
    });
    status_ = RunExperiment(options_);
    done = true;
    done.notify_all();
    thread.join();
    inferences_ = controller.inferences();
    body_bytes_ = controller.body_bytes();
    users_ = controller.users();
    loads_ = controller.loads().size();
    const auto text = ReadFile(options_.summary_file);
    ASSERT_TRUE(text.ok()) << text.error().message;
    summary_ = nlohmann::json::parse(*text);
  }

  static Options SmallRun(const std::string& directory) {
    Options options;
    options.workers = 1;
    options.schedule = *MakeStepSchedule(1, {0.5, 0.5, 2}, 1);
    options.copies_per_entry = 3;
    options.zoo = "v100-osdi20";
    options.send_inputs = false;
    options.real_time = false;
    options.summary_file = directory + "/summary.json";
    options.progress_file = directory + "/progress.json";
    options.drain_ns = 20 * kSecond;  // over when all is answered
    options.connect_timeout_ns = kSecond;
    return options;
  }

  const testing::TemporaryDirectory directory_;
  Options options_ = SmallRun(directory_.path());
  std::uint64_t hang_after_ = UINT64_MAX;    // inferences, after which nothing is read any more
  std::uint64_t signal_after_ = UINT64_MAX;  // inferences, after which the client gets SIGTERM
  Status status_;
  nlohmann::json summary_;
  std::uint64_t inferences_ = 0;
  std::size_t body_bytes_ = 0;
  std::size_t loads_ = 0;
  std::map<std::int32_t, int> users_;
};

TEST_F(ExperimentTest, EveryRequestOfAGoodRunIsSentAndAnswered) {
  Run({});
  EXPECT_TRUE(status_.ok()) << status_.error().message;
  EXPECT_EQ(loads_, 61U);
  EXPECT_EQ(summary_["sent"], inferences_);
  EXPECT_EQ(summary_["answered"], inferences_);
  EXPECT_EQ(summary_["unanswered"], 0);
  // Scale 0.0625 of 11,150 calls per second.
  EXPECT_NEAR(static_cast<double>(inferences_), 697, 140);
  EXPECT_EQ(summary_["durationSeconds"], 1.0);
  EXPECT_EQ(summary_["trace"], "synthetic seed 1");
  EXPECT_EQ(summary_["modelOrder"], "published");
  EXPECT_EQ(summary_["steps"].size(), 1U);
  EXPECT_EQ(body_bytes_, 0U);
  const auto progress = nlohmann::json::parse(*ReadFile(options_.progress_file));
  EXPECT_EQ(progress["steps"], 1);
}

TEST_F(ExperimentTest, RequestsCarryTheUserIdOfTheirModel) {
  Run({});
  const int busiest = std::max_element(users_.begin(), users_.end(), [](auto a, auto b) {
                        return a.second < b.second;
                      })->first;
  // 183 models: the first one stands for functions 0..253 and has 85 % of the calls.
  EXPECT_EQ(busiest, 253);
}

TEST_F(ExperimentTest, InputsAreSentUnlessDisabled) {
  options_.send_inputs = true;
  Run({});
  EXPECT_TRUE(status_.ok());
  EXPECT_GT(body_bytes_, 0U);
  EXPECT_LE(body_bytes_, 13'000U);
}

TEST_F(ExperimentTest, UnansweredRequestsMakeTheRunInvalidAndNoFailure) {
  options_.drain_ns = 200 * kMillisecond;
  Behaviour behaviour;
  behaviour.answer_inferences = false;
  Run(behaviour);
  EXPECT_TRUE(status_.ok());
  EXPECT_EQ(summary_["valid"], false);
  EXPECT_EQ(summary_["unanswered"], summary_["sent"]);
  EXPECT_THAT(summary_["invalidReason"].get<std::string>(), HasSubstr("were not answered"));
}

TEST_F(ExperimentTest, FailedRequestsAreAnsweredAndNotGood) {
  Behaviour behaviour;
  behaviour.infer_status = wire::kStatusTimeout;
  Run(behaviour);
  EXPECT_TRUE(status_.ok());
  EXPECT_EQ(summary_["answered"], summary_["sent"]);
  EXPECT_EQ(summary_["good"], 0);
}

TEST_F(ExperimentTest, AControllerThatStopsReadingShowsAsLagAndUnsentRequests) {
  // Inputs of 1 MiB fill the socket and then the send buffer in well under a second.
  options_.drain_ns = 200 * kMillisecond;
  options_.send_inputs = true;
  hang_after_ = 10;
  Behaviour behaviour;
  behaviour.input_bytes = 1 << 20;
  Run(behaviour);
  EXPECT_TRUE(status_.ok()) << status_.error().message;
  EXPECT_EQ(summary_["valid"], false);
  EXPECT_GT(summary_["lagMaxUs"].get<double>(), 500'000);
  EXPECT_THAT(summary_["invalidReason"].get<std::string>(), HasSubstr("could not be sent in time"));
  EXPECT_LT(summary_["sent"].get<int>(), 200);
}

TEST_F(ExperimentTest, ATerminationSignalEndsTheRunInOrder) {
  signal_after_ = 50;
  Run({});
  EXPECT_TRUE(status_.ok()) << status_.error().message;
  EXPECT_EQ(summary_["valid"], false);
  EXPECT_THAT(summary_["invalidReason"].get<std::string>(), HasSubstr("stopped by a signal"));
  EXPECT_LT(summary_["durationSeconds"].get<double>(), 1.0);
  EXPECT_GE(summary_["sent"].get<int>(), 50);
}

struct Misbehaviour {
  const char* name;
  Behaviour behaviour;
  const char* message;
};

class ExperimentFailureTest : public ExperimentTest,
                              public ::testing::WithParamInterface<Misbehaviour> {};

TEST_P(ExperimentFailureTest, IsARuntimeErrorAndLeavesAnInvalidSummary) {
  Run(GetParam().behaviour);
  ASSERT_FALSE(status_.ok());
  EXPECT_EQ(status_.error().kind, ErrorKind::kRuntime);
  EXPECT_THAT(status_.error().message, HasSubstr(GetParam().message));
  EXPECT_EQ(summary_["valid"], false);
  EXPECT_THAT(summary_["invalidReason"].get<std::string>(), HasSubstr(GetParam().message));
}

Misbehaviour Misbehaving(const char* name, const char* message, void (*change)(Behaviour*)) {
  Misbehaviour misbehaviour{name, {}, message};
  change(&misbehaviour.behaviour);
  return misbehaviour;
}

INSTANTIATE_TEST_SUITE_P(
    Table, ExperimentFailureTest,
    ::testing::Values(
        Misbehaving("RefusesModels", "refused to load model",
                    [](Behaviour* b) { b->load_status = wire::kStatusError; }),
        Misbehaving("RefusesLs", "refused to list",
                    [](Behaviour* b) { b->ls_status = wire::kStatusInvalidRequest; }),
        Misbehaving("GoesAway",
                    "in load step 0: ", [](Behaviour* b) { b->close_after_inferences = 50; }),
        Misbehaving("WrongType", "type 107", [](Behaviour* b) { b->answer_type = 107; }),
        Misbehaving("WrongId", "never sent", [](Behaviour* b) { b->id_offset = 1 << 30; }),
        Misbehaving("Malformed", "malformed answer", [](Behaviour* b) { b->cut_answers = true; })),
    [](const auto& test) { return test.param.name; });

TEST_F(ExperimentTest, NobodyListeningIsARuntimeErrorWithTheAddress) {
  options_.controller = {"127.0.0.1", 1};
  options_.connect_timeout_ns = 50 * kMillisecond;
  const Status status = RunExperiment(options_);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kRuntime);
  EXPECT_THAT(status.error().message, HasSubstr("127.0.0.1:1"));
  const auto summary = nlohmann::json::parse(*ReadFile(options_.summary_file));
  EXPECT_EQ(summary["valid"], false);
}

TEST_F(ExperimentTest, AnUnwritableSummaryEndsTheRunBeforeItStarts) {
  options_.summary_file = directory_ / "missing/summary.json";
  const Status status = RunExperiment(options_);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("missing/summary.json"));
}

}  // namespace
}  // namespace clockwork::client
