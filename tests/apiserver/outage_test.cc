// The API server cannot be reached in the middle of a trial.

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <string_view>

#include "operator/kinds.h"
#include "tests/apiserver/operator_cluster.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;

// Longer than a lease lasts and than every pause between tries.
constexpr std::chrono::seconds kOutage{60};

std::size_t LinesWith(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

class OutageTest : public OperatorClusterTest {
 protected:
  // The experiment's client runs and does not end before Release.
  void BeginTrial() {
    lab_ = NewNamespace();
    pods().Hold("client", PodStep::kEnd);
    op_ = StartOperator(
        {"--namespaces", lab_, "--leader-elect", "--lease-namespace", kOperatorNamespace});
    ASSERT_NE(op_, nullptr);
    Apply(lab_, SmallExperiment("x", {1, 2}, 2));
    ASSERT_TRUE(pods().WaitUntilHeld("client", PodStep::kEnd)) << Describe(lab_, "x");
  }

  void ExpectTheSameResult() {
    ASSERT_TRUE(AwaitPhase(lab_, "x", "Complete")) << Describe(lab_, "x") << op_->err();
    EXPECT_TRUE(AwaitNoPods(lab_));
    const json status = StatusOf(lab_, "x");
    EXPECT_EQ(status.at("progress"), "4/4");
    EXPECT_EQ(status.at("failures"), 0);
    EXPECT_EQ(status.at("results")[0].at("goodputRps"), json({1001, 1002}));
    EXPECT_EQ(status.at("results")[1].at("goodputRps"), json({2001, 2002}));
    // The watches come back by themselves, the last one perhaps after the experiment's end. One
    // that was cut as soon as it was open is believed in when it has told something.
    const json change = {{"metadata", {{"labels", {{"outage", "over"}}}}}};
    EXPECT_TRUE(admin().MergePatch(kNodes, "", "client-node", change).ok());
    EXPECT_TRUE(op_->WaitForOutput("answers again")) << op_->err();
    EXPECT_EQ(op_->End(SIGTERM), ExitedWith(0)) << op_->err();
  }

  std::string lab_;
  std::unique_ptr<Process> op_;
};

TEST_F(OutageTest, OfAMinuteIsSurvivedAndNamedOnce) {
  BeginTrial();
  proxy().Refuse();
  pods().Release("client", PodStep::kEnd);
  const auto end = std::chrono::steady_clock::now() + kOutage;
  const auto over = [end] { return std::chrono::steady_clock::now() >= end; };
  while (!over()) static_cast<void>(proxy().WaitUntil(over, kOutage));
  EXPECT_TRUE(op_->Running()) << op_->err();
  proxy().Resume();
  ExpectTheSameResult();
  EXPECT_EQ(LinesWith(op_->err(), " W "), 1U) << op_->err();
  EXPECT_EQ(LinesWith(op_->err(), "does not answer"), 1U) << op_->err();
  EXPECT_EQ(LinesWith(op_->err(), "answers again"), 1U) << op_->err();
  EXPECT_EQ(LinesWith(op_->err(), "leads no more"), 1U) << op_->err();
}

}  // namespace
}  // namespace clockwork::testing
