// Whole experiments on a real API server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>

#include "operator/kinds.h"
#include "tests/apiserver/operator_cluster.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;
using ::testing::IsSupersetOf;
using ::testing::SizeIs;

class OperatorExperimentTest : public OperatorClusterTest {};

TEST_F(OperatorExperimentTest, FifteenWorkerCountsThreeTimesHaveTheRightMedians) {
  constexpr std::int64_t kTrials = 3;
  std::vector<std::int64_t> workers;
  for (std::int64_t n = 10; n <= 150; n += 10) workers.push_back(n);
  const std::string lab = NewNamespace();
  auto op = StartOperator();
  ASSERT_NE(op, nullptr);
  Apply(lab, SmallExperiment("figure-11", workers, kTrials));
  constexpr auto kLongPatience = 10 * kPatience;  // 45 trials, perhaps with a sanitizer
  ASSERT_TRUE(AwaitPhase(lab, "figure-11", "Complete", kLongPatience))
      << Describe(lab, "figure-11") << op->err();
  const json status = StatusOf(lab, "figure-11");
  EXPECT_EQ(status.at("progress"), "45/45");
  EXPECT_EQ(status.at("trialsValid"), 45);
  EXPECT_EQ(status.at("failures"), 0);
  EXPECT_EQ(status.at("figures").at("state"), "Drawn");
  EXPECT_EQ(status.at("peakGoodputRps"), GoodputOf(150, 2));
  EXPECT_EQ(status.at("peakWorkers"), 150);
  ASSERT_THAT(status.at("results"), SizeIs(workers.size()));
  for (std::size_t i = 0; i < workers.size(); ++i) {
    const json& result = status.at("results")[i];
    EXPECT_EQ(result.at("workers"), workers[i]);
    EXPECT_EQ(result.at("medianGoodputRps"), GoodputOf(workers[i], 2));
    EXPECT_EQ(result.at("attempts"), json({1, 1, 1}));
  }
  EXPECT_EQ(pods().MostAlive("client"), 1U) << "one trial at a time";
  EXPECT_THAT(pods().Seen(), SizeIs(45 * 4 + 1));
  EXPECT_TRUE(AwaitNoPods(lab)) << Describe(lab, "figure-11");
  EXPECT_EQ(op->End(SIGTERM), ExitedWith(0)) << op->err();
}

}  // namespace
}  // namespace clockwork::testing
