// A whole small trial, from three programs to the tables of its telemetry.

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "tests/integration/deployment.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;

constexpr int kGpus = 2;
// Three steps of a second: 0.2, 0.4 and 0.8 of the trace's rate for two workers.
constexpr Load kLoad{.workers = kGpus,
                     .factor_min = 0.2,
                     .factor_max = 0.8,
                     .factor_step = 2,
                     .period_seconds = 1,
                     .memory_load_factor = 4};
constexpr std::size_t kSteps = 3;
constexpr std::size_t kRequestColumns = 12;
constexpr std::size_t kActionColumns = 23;

void RunTelemetry(const std::vector<std::string>& arguments) {
  std::string err;
  EXPECT_EQ(RunCommand(Deployment::Command("telemetry", arguments), nullptr, &err), ExitedWith(0))
      << err;
}

TEST(Trial, FromThreeProgramsToTables) {
  const Deployment deployment;
  Server worker = deployment.StartWorker(kGpus);
  ASSERT_TRUE(worker);
  Server controller = deployment.StartController(worker.port, kGpus);
  ASSERT_TRUE(controller);
  Process client(deployment.Client(controller.port, kLoad));
  ExpectCleanEnd(client);
  controller.process->Signal(SIGTERM);
  ExpectCleanEnd(*controller.process);
  worker.process->Signal(SIGTERM);
  ExpectCleanEnd(*worker.process);

  // Every request sent was answered and has its row.
  const json summary = ReadJson(deployment.Summary());
  ASSERT_TRUE(summary.is_object());
  const auto sent = summary.value("sent", std::size_t{0});
  EXPECT_GT(sent, 100U);
  EXPECT_EQ(summary.value("answered", std::size_t{0}), sent);
  EXPECT_EQ(summary.value("unanswered", std::size_t{1}), 0U);
  EXPECT_EQ(summary.value("workers", 0), kGpus);
  EXPECT_EQ(summary.value("steps", json()).size(), kSteps);
  ExpectCompleteLogs(deployment);
  const Table requests = ReadTable(deployment.RequestLog());
  EXPECT_EQ(requests.columns.size(), kRequestColumns);
  EXPECT_EQ(requests.rows.size(), sent);
  EXPECT_EQ(ReadTable(deployment.ActionLog()).columns.size(), kActionColumns);

  // The logs are filed and processed.
  const std::string experiment = deployment.path() + "/experiment";
  RunTelemetry({"collect", "--logs", deployment.LogDirectory(), "--experiment", experiment,
                "--trial", "1", "--config", "1"});
  for (const char* file : {"request.tsv", "action.tsv", "manifest.json"}) {
    const std::string path = experiment + "/trial-1/file=controller_1_" + file;
    EXPECT_EQ(::access(path.c_str(), R_OK), 0) << path;
  }
  const std::string tables = experiment + "/data/processed-data-trial-1";
  RunTelemetry({"process", "-i", experiment + "/trial-1", "-o", tables, "-l", "0", "-b", "1",
                "--workers", std::to_string(kGpus)});
  for (const char* file :
       {"timeseries_data-1.tsv", "client_tail_cdf_data-1.tsv", "goodput_aggregate_data.tsv"}) {
    EXPECT_FALSE(ReadTable(tables + "/" + file).rows.empty()) << file;
  }
}

// Two runs of the same seed send the same requests.
TEST(Trial, ASeedDecidesWhatIsSent) {
  std::size_t sent[2] = {0, 0};
  for (auto& count : sent) {
    const Deployment deployment;
    const Server worker = deployment.StartWorker();
    ASSERT_TRUE(worker);
    const Server controller = deployment.StartController(worker.port);
    ASSERT_TRUE(controller);
    ProcessOptions options =
        deployment.Client(controller.port, Load{.factor_min = 0.3, .factor_max = 0.3});
    options.command.insert(options.command.end(), {"--seed", "7", "--trace-seed", "3"});
    Process client(options);
    ExpectCleanEnd(client);
    count = ReadJson(deployment.Summary()).value("sent", std::size_t{0});
  }
  EXPECT_GT(sent[0], 0U);
  EXPECT_EQ(sent[0], sent[1]);
}

}  // namespace
}  // namespace clockwork::testing
