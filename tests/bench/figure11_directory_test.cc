#include "tests/bench/figure11_directory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "images/common/plan/tree.h"
#include "operator/api/decode.h"
#include "operator/api/encode.h"
#include "operator/local/experiment_directory.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::bench {
namespace {

namespace fs = std::filesystem;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::Pair;

class SweepDirectory : public ::testing::Test {
 protected:
  static void Write(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path) << text;
  }

  // The experiment of an N, and a finished trial for each of these goodputs.
  void Measure(const std::string& output, std::int64_t workers,
               const std::vector<double>& goodputs_rps, std::int64_t period_seconds = 5) const {
    const std::string directory = DirectoryOf(directory_ / output, workers);
    auto experiment = api::ParseExperiment(
        fmt::format("apiVersion: clockwork.dev/v1alpha1\nkind: ScalabilityExperiment\nmetadata: "
                    "{{name: a}}\nspec: {{workers: {{values: [{}]}}, load: {{periodSeconds: {}}}}}",
                    workers, period_seconds));
    ASSERT_TRUE(experiment.ok()) << experiment.error().message;
    Write(directory + "/experiment.json", api::EncodeExperiment(*experiment).dump());
    plan::TrialRecord record;
    record.measurement = api::MeasurementHash(experiment->spec);
    record.workers = workers;
    record.id.trial = 0;
    for (const double goodput_rps : goodputs_rps) {
      ++record.id.trial;
      record.goodput_rps = goodput_rps;
      for (const std::string& file :
           {plan::RequestLogFile(record.id), plan::ActionLogFile(record.id),
            plan::TimeSeriesFile(record.id), plan::AggregateRowFile(record.id)}) {
        Write(directory + "/" + file, "table");
      }
      Write(directory + "/" + plan::RecordFile(record.id), plan::EncodeRecord(record));
    }
  }

  std::string Error(const std::vector<std::string>& outputs,
                    const std::vector<std::int64_t>& only = {}) const {
    const auto sweep = ReadSweeps(outputs, only);
    return sweep.ok() ? "" : sweep.error().message;
  }

  testing::TemporaryDirectory directory_;
  const std::string a_ = directory_ / "a";
  const std::string b_ = directory_ / "b";
};

// Each N and its median.
std::vector<std::pair<std::int64_t, double>> Medians(const Result<Sweep>& sweep) {
  std::vector<std::pair<std::int64_t, double>> medians;
  for (const SweepRow& row : sweep->rows) {
    medians.emplace_back(row.result.workers, row.result.median_goodput_rps.value_or(0));
  }
  return medians;
}

TEST_F(SweepDirectory, WithoutItsLogsATrialIsStillFinished) {
  Measure("a", 40, {1, 2, 3});
  const std::string log = DirectoryOf(a_, 40) + "/" + plan::RequestLogFile({1, 2});
  ASSERT_TRUE(fs::exists(log));
  RemoveLogs(DirectoryOf(a_, 40), 3);
  EXPECT_FALSE(fs::exists(log));
  EXPECT_FALSE(fs::exists(DirectoryOf(a_, 40) + "/" + plan::ActionLogFile({1, 3})));
  const auto experiment = local::ReadExperimentOf(DirectoryOf(a_, 40));
  ASSERT_TRUE(experiment.ok()) << experiment.error().message;
  // As the one sees it who runs the experiment again.
  const auto records = local::ReadRecordsOf(DirectoryOf(a_, 40), plan::MakePlan(experiment->spec),
                                            api::MeasurementHash(experiment->spec));
  EXPECT_THAT(records, ElementsAre(Optional(_), Optional(_), Optional(_)));
}

TEST_F(SweepDirectory, DrawingNeedsOnlyTheRecords) {
  Measure("a", 40, {1, 2, 3});
  fs::remove(DirectoryOf(a_, 40) + "/" + plan::AggregateRowFile({1, 1}));
  Write(DirectoryOf(a_, 40) + "/" + plan::RecordFile({1, 2}), "{");
  const auto sweep = ReadSweeps({a_}, {});
  ASSERT_TRUE(sweep.ok()) << sweep.error().message;
  ASSERT_EQ(sweep->rows.size(), 1U);
  EXPECT_EQ(sweep->rows[0].result.trials.size(), 2U);
  EXPECT_EQ(sweep->rows[0].result.median_goodput_rps, 2);
}

TEST_F(SweepDirectory, TheStepsOfEachTrialAreReadWhereTheyAreKept) {
  Measure("a", 40, {1, 2});
  Write(DirectoryOf(a_, 40) + "/" + plan::TimeSeriesFile({1, 2}),
        "bucket\tgoodput\tthroughput\tbatchsize\n0\t1.5\t2\t1\n1\t3\t4\t6\n");
  const auto sweep = ReadSweeps({a_}, {});
  ASSERT_TRUE(sweep.ok()) << sweep.error().message;
  ASSERT_EQ(sweep->rows.size(), 1U);
  EXPECT_THAT(sweep->rows[0].buckets,
              ElementsAre(Pair(2, ElementsAre(Field(&plan::Bucket::goodput_rps, 1.5),
                                              Field(&plan::Bucket::goodput_rps, 3)))));
}

TEST_F(SweepDirectory, SeveralGiveOneSweep) {
  Measure("a", 100, {7, 9, 8});
  Measure("a", 20, {5});
  Measure("b", 200, {1});
  Measure("b", 300, {});
  fs::create_directories(a_ + "/data");
  fs::create_directories(a_ + "/n7");  // of a start that was killed
  const auto sweep = ReadSweeps({a_, b_}, {});
  ASSERT_TRUE(sweep.ok()) << sweep.error().message;
  EXPECT_EQ(sweep->period_seconds, 5);
  EXPECT_THAT(Medians(sweep), ElementsAre(std::pair(20, 5), std::pair(100, 8), std::pair(200, 1)));
  EXPECT_EQ(sweep->rows[2].directory, b_ + "/n200");
  EXPECT_THAT(Medians(ReadSweeps({a_, b_}, {100})), ElementsAre(std::pair(100, 8)));
}

TEST_F(SweepDirectory, OfAnNThatSeveralHoldTheLastIsTaken) {
  Measure("a", 20, {5});
  Measure("b", 20, {6});
  EXPECT_THAT(Medians(ReadSweeps({a_, b_}, {})), ElementsAre(std::pair(20, 6)));
  EXPECT_THAT(Medians(ReadSweeps({b_, a_}, {})), ElementsAre(std::pair(20, 5)));
}

TEST_F(SweepDirectory, WhatCannotBeDrawnIsSaid) {
  Measure("a", 20, {5});
  Measure("b", 30, {5}, 3);
  Measure("c", 30, {});
  EXPECT_THAT(Error({directory_ / "none"}), HasSubstr("/none holds no sweep; name a directory"));
  EXPECT_THAT(Error({a_}, {20, 30}), HasSubstr("--workers: nothing is measured for N = 30"));
  EXPECT_THAT(Error({directory_ / "c"}), HasSubstr("no trial is finished there"));
  EXPECT_THAT(Error({a_, b_}), HasSubstr("load steps of 5 s, " + b_ + "/n30 of 3 s"));
}

}  // namespace
}  // namespace clockwork::bench
