#include "operator/local/experiment_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "operator/api/encode.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::local {
namespace {

namespace fs = std::filesystem;

api::ScalabilityExperiment Experiment() {
  api::ScalabilityExperiment experiment;
  experiment.name = "test";
  experiment.spec.workers.values = {1, 2};
  experiment.spec.trials = 1;
  return experiment;
}

class ExperimentDirectoryTest : public ::testing::Test {
 protected:
  void Write(const std::string& relative, const std::string& text) const {
    const fs::path file = root_ + "/" + relative;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  // A finished trial 1 with both workers' files in place.
  void WriteFinished(plan::TrialId id, const api::ExperimentSpec& spec,
                     std::int64_t workers) const {
    plan::TrialRecord record;
    record.id = id;
    record.workers = workers;
    record.attempts = 1;
    record.valid = true;
    record.measurement = api::MeasurementHash(spec);
    Write(plan::RecordFile(id), plan::EncodeRecord(record));
    Write(plan::TimeSeriesFile(id), "table");
    Write(plan::AggregateRowFile(id), "table");
  }

  std::string OpenError(const api::ScalabilityExperiment& experiment, bool fresh = false) const {
    auto directory = ExperimentDirectory::Open(root_, experiment, fresh);
    return directory.ok() ? "" : directory.error().message;
  }

  testing::TemporaryDirectory temporary_;
  const std::string root_ = fs::canonical(temporary_.path()).string() + "/results/test";
};

TEST_F(ExperimentDirectoryTest, IsMadeAndHoldsItsExperiment) {
  ASSERT_EQ(OpenError(Experiment()), "");
  auto held = ReadExperimentOf(root_);
  ASSERT_TRUE(held.ok()) << held.error().message;
  EXPECT_EQ(*held, Experiment());
}

TEST_F(ExperimentDirectoryTest, ASecondRunnerIsRefused) {
  auto first = ExperimentDirectory::Open(root_, Experiment(), false);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(OpenError(Experiment()), "another clockwork-experiment is running in " + root_ +
                                         "; wait for it or give another directory with -o");
}

TEST_F(ExperimentDirectoryTest, AnotherMeasurementIsRefusedByItsFields) {
  ASSERT_EQ(OpenError(Experiment()), "");
  api::ScalabilityExperiment other = Experiment();
  other.spec.load.period_seconds = 3;
  other.spec.trials = 2;
  EXPECT_EQ(
      OpenError(other),
      root_ +
          " holds another experiment: spec.load.periodSeconds (60 there, 3 here), spec.trials (1 "
          "there, 2 here); give another directory with -o, or delete its trials and start anew "
          "with "
          "--fresh");
}

TEST_F(ExperimentDirectoryTest, OtherFieldsMayChange) {
  ASSERT_EQ(OpenError(Experiment()), "");
  api::ScalabilityExperiment other = Experiment();
  other.spec.retries.attempts = 9;
  EXPECT_EQ(OpenError(other), "");
  EXPECT_EQ(ReadExperimentOf(root_)->spec.retries.attempts, 9);
}

TEST_F(ExperimentDirectoryTest, FreshDeletesTheExperimentAndNothingElse) {
  ASSERT_EQ(OpenError(Experiment()), "");
  WriteFinished({1, 1}, Experiment().spec, 1);
  Write("notes.txt", "mine");
  api::ScalabilityExperiment other = Experiment();
  other.spec.trials = 2;
  ASSERT_EQ(OpenError(other, true), "");
  EXPECT_FALSE(fs::exists(root_ + "/trial-1"));
  EXPECT_FALSE(fs::exists(root_ + "/data"));
  EXPECT_TRUE(fs::exists(root_ + "/notes.txt"));
}

TEST_F(ExperimentDirectoryTest, WhatAKilledStartLeftIsNoStranger) {
  Write("lock", "");
  Write("experiment.json.tmp.77", "{");
  EXPECT_EQ(OpenError(Experiment()), "");
}

TEST_F(ExperimentDirectoryTest, SomeoneElsesDirectoryIsLeftAlone) {
  Write("thesis.tex", "");
  EXPECT_EQ(
      OpenError(Experiment(), true),
      root_ +
          " is not empty and holds no experiment (thesis.tex is in it); give another directory "
          "with -o");
  EXPECT_TRUE(fs::exists(root_ + "/thesis.tex"));
}

TEST_F(ExperimentDirectoryTest, AFileInTheWayIsNamed) {
  fs::create_directories(fs::path(root_).parent_path());
  std::ofstream(root_) << "a file where the directory should be";
  EXPECT_THAT(OpenError(Experiment()), ::testing::StartsWith("cannot "));
  EXPECT_THAT(OpenError(Experiment()), ::testing::HasSubstr(root_));
}

TEST_F(ExperimentDirectoryTest, AnUnwritableDirectoryIsNamed) {
  // Not even root may create files below /proc.
  auto directory = ExperimentDirectory::Open("/proc/self/results", Experiment(), false);
  ASSERT_FALSE(directory.ok());
  EXPECT_THAT(directory.error().message,
              ::testing::StartsWith("cannot create /proc/self/results: "));
}

TEST_F(ExperimentDirectoryTest, OnlyWholeRecordsOfThisMeasurementCount) {
  const api::ExperimentSpec spec = Experiment().spec;
  const plan::Plan plan = plan::MakePlan(spec);
  const std::string hash = api::MeasurementHash(spec);
  auto found = [&] {
    std::vector<bool> present;
    for (const auto& record : ReadRecordsOf(root_, plan, hash))
      present.push_back(record.has_value());
    return present;
  };
  EXPECT_THAT(found(), ::testing::ElementsAre(false, false));
  WriteFinished({1, 1}, spec, 1);
  WriteFinished({2, 1}, spec, 2);
  EXPECT_THAT(found(), ::testing::ElementsAre(true, true));
  fs::remove(root_ + "/" + plan::TimeSeriesFile({2, 1}));
  EXPECT_THAT(found(), ::testing::ElementsAre(true, false));
  WriteFinished({2, 1}, api::ExperimentSpec(), 2);  // measured with another spec
  EXPECT_THAT(found(), ::testing::ElementsAre(true, false));
  Write(plan::RecordFile({1, 1}), "{\"version\": 1, \"meas");
  EXPECT_THAT(found(), ::testing::ElementsAre(false, false));
}

TEST_F(ExperimentDirectoryTest, ADirectoryWithoutExperimentHasNoReport) {
  auto held = ReadExperimentOf(root_);
  ASSERT_FALSE(held.ok());
  EXPECT_EQ(held.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(held.error().message, ::testing::StartsWith(root_ + " holds no experiment: "));
}

}  // namespace
}  // namespace clockwork::local
