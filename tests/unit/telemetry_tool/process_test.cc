#include "images/telemetry/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "images/telemetry/core/time_series.h"
#include "images/telemetry/figures.h"
#include "tests/support/paths.h"
#include "tests/support/telemetry_logs.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::telemetry {
namespace {

using clockwork::testing::GoldenActions;
using clockwork::testing::GoldenRequests;
using clockwork::testing::LogText;
using clockwork::testing::ReadText;
using clockwork::testing::TemporaryDirectory;
using clockwork::testing::WriteLogs;
using clockwork::testing::WriteText;
using ::testing::HasSubstr;

std::string Golden(const std::string& name) { return ReadText(SourcePath("tests/golden/") + name); }

class ProcessTest : public ::testing::Test {
 protected:
  Status Run() {
    options_.input = input_.path();
    options_.output = output_.path();
    return RunProcess(options_);
  }
  void RunWell() {
    const Status status = Run();
    ASSERT_TRUE(status.ok()) << status.error().message;
  }
  std::string Output(const std::string& name) const { return ReadText(output_ / name); }
  // The number of lines of the time series, with the heading.
  std::size_t TimeSeriesLines() const {
    std::size_t lines = 0;
    for (const char c : Output("timeseries_data-1.tsv")) lines += c == '\n' ? 1 : 0;
    return lines;
  }

  TemporaryDirectory input_;
  TemporaryDirectory output_;
  ProcessOptions options_;
  std::string requests_ = LogText(GoldenRequests());
  std::string actions_ = LogText(GoldenActions());
};

TEST_F(ProcessTest, GivesTheGoldenTables) {
  for (int config = 1; config <= 15; ++config) {
    WriteLogs(input_.path(), config, requests_, actions_);
  }
  RunWell();
  for (const char* name :
       {"timeseries_data-1.tsv", "client_tail_cdf_data-1.tsv", "goodput_aggregate_data.tsv"}) {
    EXPECT_EQ(Output(name), Golden(name)) << name;
  }
  EXPECT_EQ(Output("timeseries_data-15.tsv"), Golden("timeseries_data-1.tsv"));

  const TemporaryDirectory trials;
  for (const char* trial : {"a", "b", "c"}) {
    ASSERT_TRUE(RunProcess({.input = input_.path(), .output = trials / trial}).ok());
  }
  const Status status = RunFigures({.input = trials.path(), .output = trials.path()});
  ASSERT_TRUE(status.ok()) << status.error().message;
  for (const char* name :
       {"11a_goodput_median_40_workers.tsv", "11b_goodput_median_aggregate.tsv"}) {
    EXPECT_EQ(ReadText(trials / name), Golden(name)) << name;
  }
}

TEST_F(ProcessTest, RowsNeedNotBeSorted) {
  auto rows = GoldenRequests();
  for (std::size_t i = 0; i + 3 < rows.size(); i += 2) std::swap(rows[i], rows[i + 3]);
  std::swap(rows.front(), rows.back());
  WriteLogs(input_.path(), 1, LogText(rows), actions_);
  RunWell();
  EXPECT_EQ(Output("timeseries_data-1.tsv"), Golden("timeseries_data-1.tsv"));
}

// A log cut anywhere in its last row is the log without that row; a cut in the last number goes
// unnoticed, but changes none of these tables.
TEST_F(ProcessTest, CutLogsAreThoseWithoutTheCutRow) {
  auto fewer_requests = GoldenRequests();
  auto fewer_actions = GoldenActions();
  fewer_requests.pop_back();
  fewer_actions.pop_back();
  WriteLogs(input_.path(), 1, LogText(fewer_requests), LogText(fewer_actions));
  RunWell();
  const std::string series = Output("timeseries_data-1.tsv");
  const std::string cdf = Output("client_tail_cdf_data-1.tsv");
  const std::size_t last_request = LogText(fewer_requests).size();
  const std::size_t last_action = LogText(fewer_actions).size();
  for (std::size_t bytes = 2; bytes < requests_.size() - last_request + 30; bytes += 1) {
    const std::size_t request_end = std::max(requests_.size() - bytes, last_request);
    const std::size_t action_end = std::max(actions_.size() - bytes - 1, last_action);
    WriteLogs(input_.path(), 1, requests_.substr(0, request_end), actions_.substr(0, action_end));
    RunWell();
    ASSERT_EQ(Output("timeseries_data-1.tsv"), series) << bytes;
    ASSERT_EQ(Output("client_tail_cdf_data-1.tsv"), cdf) << bytes;
  }
}

TEST_F(ProcessTest, LeadInAndDurationCountFromTheLogsOwnStart) {
  WriteLogs(input_.path(), 1, requests_, actions_);
  options_.window = {.lead_in_seconds = 60, .duration_seconds = 100};
  RunWell();
  // Requests from 60 to 160 s, actions from 61 to 161 s: buckets 0 and 1 from 61.2 s on.
  EXPECT_EQ(TimeSeriesLines(), 2U);
  EXPECT_THAT(Output("trial_summary-1.json"), HasSubstr(R"("requestRows":201,"actionRows":77)"));
}

TEST_F(ProcessTest, AnActionLogMayBeEmpty) {
  WriteLogs(input_.path(), 1, requests_, kActionHeader);
  RunWell();
  EXPECT_EQ(TimeSeriesLines(), 4U);
  options_.window.lead_in_seconds = 196;
  WriteLogs(input_.path(), 1, requests_, actions_);
  RunWell();
  EXPECT_EQ(TimeSeriesLines(), 1U) << "one bucket leaves a heading only";
  EXPECT_THAT(Output("trial_summary-1.json"), HasSubstr(R"("actionRows":0)"));
}

TEST_F(ProcessTest, AnEmptyRequestLogIsNamed) {
  WriteLogs(input_.path(), 1, kRequestHeader, actions_);
  const Status status = Run();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kRuntime);
  EXPECT_THAT(status.error().message, HasSubstr("file=controller_1_request.tsv"));
  WriteLogs(input_.path(), 1, requests_, actions_);
  options_.window.lead_in_seconds = 1000;
  EXPECT_THAT(Run().error().message, HasSubstr("after the lead-in"));
}

TEST_F(ProcessTest, ConfigsEndAtTheFirstMissingLog) {
  WriteLogs(input_.path(), 1, requests_, actions_);
  WriteLogs(input_.path(), 2, requests_, actions_);
  WriteLogs(input_.path(), 4, requests_, actions_);
  options_.workers = {2, 4, 6};
  RunWell();
  EXPECT_THAT(Output("goodput_aggregate_data.tsv"),
              ::testing::AllOf(HasSubstr("\n2\t1.8\t"), HasSubstr("\n4\t1.8\t"),
                               ::testing::Not(HasSubstr("\n6\t"))));
  EXPECT_THAT(Output("trial_summary-2.json"), HasSubstr(R"({"config":2,"workers":4,)"));
  options_.workers = {2};
  EXPECT_EQ(Run().error().kind, ErrorKind::kUsage);
}

TEST_F(ProcessTest, DamageIsNamedWithFileAndLine) {
  WriteLogs(input_.path(), 1, requests_, actions_ + "oops\there\n" + actions_);
  const Status status = Run();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("file=controller_1_action.tsv:153:"));
}

TEST_F(ProcessTest, DirectoriesAreNamed) {
  EXPECT_THAT(Run().error().message, HasSubstr("file=controller_1_request.tsv"));
  EXPECT_EQ(RunProcess({.input = "/nowhere/at/all"}).error().kind, ErrorKind::kUsage);
  WriteLogs(input_.path(), 1, requests_, actions_);
  WriteText(output_ / "file", "");
  const Status status = RunProcess({.input = input_.path(), .output = output_ / "file/below"});
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr(output_ / "file/below"));
  EXPECT_TRUE(RunProcess({.input = input_.path(), .output = output_ / "new/one"}).ok());
}

TEST_F(ProcessTest, TooManyBucketsAskForLargerOnes) {
  auto rows = GoldenRequests();
  for (std::size_t i = 0; i <= kMaxBuckets; ++i) {
    rows.push_back(rows.front());
    rows.back().t += static_cast<Nanos>(i) * kSecond;
  }
  WriteLogs(input_.path(), 1, LogText(rows), actions_);
  options_.bucket_seconds = 1;
  EXPECT_THAT(Run().error().message, HasSubstr("give a larger -b"));
}

}  // namespace
}  // namespace clockwork::telemetry
