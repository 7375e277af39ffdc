#include "images/client/core/scalability_workload.h"

#include <gtest/gtest.h>

#include "images/client/core/ledger.h"
#include "images/client/core/summary.h"
#include "images/client/core/synthetic_day.h"
#include "tests/unit/client/table_trace.h"

namespace clockwork::client {
namespace {

TEST(ScalabilityWorkloadTest, MapsFunctionsToModelsAndUsers) {
  // Two functions per model; requests carry the second one's number.
  const TableTrace trace{{600}, {300}, {200}, {100}};
  ScalabilityWorkload workload(trace, *MakeStepSchedule(8, {1, 1, 2}, 60), 2, 0);
  int seen[2] = {0, 0};
  while (workload.NextNs() != kNever) {
    const Nanos next_ns = workload.NextNs();
    const ScheduledRequest request = workload.Pop();
    EXPECT_EQ(request.time_ns, next_ns);
    ASSERT_LT(request.model, 2U);
    EXPECT_EQ(request.user_id, request.model == 0 ? 1U : 3U);
    ++seen[request.model];
  }
  EXPECT_NEAR(seen[0], 900, 120);
  EXPECT_NEAR(seen[1], 300, 70);
}

TEST(ScalabilityWorkloadTest, EndsAfterTheLastStepAndCountsRequestsToTheirStep) {
  const TableTrace trace{{60'000}};
  const StepSchedule schedule = *MakeStepSchedule(8, {0.1, 0.4, 2}, 10);
  ScalabilityWorkload workload(trace, schedule, 1, 1);
  std::vector<int> steps(schedule.steps.size());
  while (workload.NextNs() != kNever) {
    const ScheduledRequest request = workload.Pop();
    ASSERT_EQ(request.step, schedule.StepAt(request.time_ns));
    ++steps[request.step];
  }
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_NEAR(steps[0], 1000, 120);
  EXPECT_NEAR(steps[1], 2000, 200);
  EXPECT_NEAR(steps[2], 4000, 300);
}

TEST(ScalabilityWorkloadTest, ATraceWithoutCallsHasNoRequests) {
  const TableTrace trace{{0}};
  const ScalabilityWorkload workload(trace, *MakeStepSchedule(8, {1, 4, 2}, 1), 3, 0);
  EXPECT_EQ(workload.NextNs(), kNever);
}

TEST(ScalabilityWorkloadTest, AStepWithoutAnyArrivalIsPassedOver) {
  std::vector<std::uint32_t> day(kMinutesPerDay, 0);
  day[2] = 600;
  const TableTrace trace{day};
  ScalabilityWorkload workload(trace, *MakeStepSchedule(8, {1, 8, 2}, 60), 1, 0);
  ASSERT_NE(workload.NextNs(), kNever);
  const ScheduledRequest first = workload.Pop();
  EXPECT_EQ(first.step, 2U);
  EXPECT_GE(first.time_ns, 120 * kSecond);
}

TEST(ScalabilityWorkloadTest, TenWorkersAtFactorOneGetTheRateOfTheTrace) {
  const SyntheticDay trace(1);
  const StepSchedule schedule = *MakeStepSchedule(10, {1, 1, 2}, 20);
  ScalabilityWorkload workload(trace, schedule, 61UL * 66, 0);
  std::size_t requests = 0;
  std::size_t first_zoo_model = 0;
  while (workload.NextNs() != kNever) {
    if (workload.Pop().model < 66) ++first_zoo_model;
    ++requests;
  }
  const double rate = static_cast<double>(requests) / 20;
  EXPECT_NEAR(rate, 1.25 * 11'150, 0.03 * 1.25 * 11'150);
  EXPECT_NEAR(static_cast<double>(first_zoo_model) / static_cast<double>(requests), 0.944, 0.01);
}

// A sender on a simulated clock: it wakes late by a fixed time and sends what is due at once.
RunSummary SimulatedRun(Nanos wake_late_ns) {
  const SyntheticDay trace(1);
  const StepSchedule schedule = *MakeStepSchedule(2, {0.5, 1, 2}, 2);
  ScalabilityWorkload workload(trace, schedule, 61UL * 66, 0);
  Ledger ledger(schedule.steps.size());
  std::uint32_t id = 0;
  while (workload.NextNs() != kNever) {
    const Nanos now_ns = workload.NextNs() + wake_late_ns;
    while (workload.NextNs() <= now_ns) {
      const ScheduledRequest request = workload.Pop();
      ledger.OnSent(id, request.step, request.time_ns, now_ns);
      ledger.OnAnswer(id++, 0, now_ns + kMillisecond);
    }
  }
  ledger.Close();
  return Summarise(ledger, schedule, {2, "", "", "", schedule.TotalNs(), ""});
}

TEST(ScalabilityWorkloadTest, ASimulatedSenderThatWakesInTimeIsValid) {
  const RunSummary summary = SimulatedRun(50 * kMicrosecond);
  EXPECT_TRUE(summary.valid) << summary.invalid_reason;
  EXPECT_EQ(summary.lag_max_ns, 50 * kMicrosecond);
  EXPECT_GT(summary.steps[1].offered_rps, 1.5 * summary.steps[0].offered_rps);
}

TEST(ScalabilityWorkloadTest, ASimulatedSenderThatWakesLateIsInvalid) {
  const RunSummary summary = SimulatedRun(3 * kMillisecond);
  EXPECT_FALSE(summary.valid);
  EXPECT_EQ(summary.lag_max_ns, 3 * kMillisecond);
}

}  // namespace
}  // namespace clockwork::client
