#include "images/client/core/step_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clockwork::client {
namespace {

TEST(StepScheduleTest, ThePublishedExperimentHasTenStepsForEveryNumberOfWorkers) {
  for (int workers = 10; workers <= 150; ++workers) {
    const auto schedule = MakeStepSchedule(workers, {0.1, 4, 1.5}, 60);
    ASSERT_TRUE(schedule.ok()) << schedule.error().message;
    EXPECT_EQ(schedule->steps.size(), 10U) << workers;
    EXPECT_EQ(schedule->TotalNs(), 600 * kSecond);
  }
}

TEST(StepScheduleTest, FactorsAreThoseOfThePublishedExperiment) {
  const auto schedule = MakeStepSchedule(40, {0.1, 4, 1.5}, 60);
  const double expected[] = {0.1,      0.15,      0.225,      0.3375,      0.50625,
                             0.759375, 1.1390625, 1.70859375, 2.562890625, 3.8443359375};
  for (std::size_t step = 0; step < 10; ++step) {
    EXPECT_NEAR(schedule->steps[step].factor, expected[step], 1e-12);
    EXPECT_NEAR(schedule->steps[step].scale, expected[step] * 5, 1e-12);
  }
}

TEST(StepScheduleTest, AMaximumThatIsMetExactlyIsAStep) {
  EXPECT_EQ(MakeStepSchedule(1, {1, 4, 2}, 1)->steps.size(), 3U);
  EXPECT_EQ(MakeStepSchedule(1, {1, 3.99, 2}, 1)->steps.size(), 2U);
  EXPECT_EQ(MakeStepSchedule(1, {2, 2, 2}, 1)->steps.size(), 1U);
}

TEST(StepScheduleTest, StepsFollowTheElapsedTime) {
  const auto schedule = MakeStepSchedule(1, {1, 4, 2}, 3);
  EXPECT_EQ(schedule->StepAt(-1), 0U);
  EXPECT_EQ(schedule->StepAt(0), 0U);
  EXPECT_EQ(schedule->StepAt(3 * kSecond - 1), 0U);
  EXPECT_EQ(schedule->StepAt(3 * kSecond), 1U);
  EXPECT_EQ(schedule->StepAt(9 * kSecond), 2U);
}

struct BadSchedule {
  const char* name;
  std::int64_t workers;
  LoadFactors factors;
  std::int64_t period_seconds;
  const char* message;
};

class StepScheduleRejectionTest : public ::testing::TestWithParam<BadSchedule> {};

TEST_P(StepScheduleRejectionTest, IsAUsageErrorThatNamesTheParameter) {
  const BadSchedule& rejection = GetParam();
  const auto schedule =
      MakeStepSchedule(rejection.workers, rejection.factors, rejection.period_seconds);
  ASSERT_FALSE(schedule.ok());
  EXPECT_EQ(schedule.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(schedule.error().message, ::testing::HasSubstr(rejection.message));
}

INSTANTIATE_TEST_SUITE_P(
    Table, StepScheduleRejectionTest,
    ::testing::Values(BadSchedule{"NoWorkers", 0, {0.1, 4, 1.5}, 60, "NUM_WORKERS: 0"},
                      BadSchedule{"ZeroMin", 1, {0, 4, 1.5}, 60, "factor_min: 0"},
                      BadSchedule{"NegativeMin", 1, {-0.1, 4, 1.5}, 60, "factor_min: -0.1"},
                      BadSchedule{"ZeroMax", 1, {0.1, 0, 1.5}, 60, "factor_max: 0"},
                      BadSchedule{"MaxBelowMin", 1, {4, 1.5, 60}, 60, "below factor_min 4"},
                      BadSchedule{"NoIncrease", 1, {0.1, 4, 1}, 60, "never end"},
                      BadSchedule{"Decrease", 1, {0.1, 4, 0.5}, 60, "never end"},
                      BadSchedule{"NoPeriod", 1, {0.1, 4, 1.5}, 0, "period_s: 0"},
                      BadSchedule{"HugePeriod", 1, {0.1, 4, 1.5}, 100'000, "period_s: 100000"},
                      BadSchedule{"TooManySteps", 1, {0.1, 4, 1.0001}, 1, "more than 1000"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace clockwork::client
