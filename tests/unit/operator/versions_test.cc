#include "operator/plan/versions.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clockwork::plan {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;

const Versions kNow = {{"client", "client 0.1.0 (new)"}, {"controller", "controller 0.1.0 (new)"}};

TrialRecord MeasuredBy(const std::string& client, const std::string& controller) {
  TrialRecord record;
  record.programs["client"].version = client;
  record.programs["controller"].version = controller;
  return record;
}

TEST(VersionsTest, TheSameVersionsAreNotWorthAWord) {
  EXPECT_EQ(DescribeOtherVersions(
                {MeasuredBy("client 0.1.0 (new)", "controller 0.1.0 (new)"), std::nullopt}, kNow),
            std::nullopt);
}

TEST(VersionsTest, WhatAnotherVersionMeasuredIsSaid) {
  const TrialRecord same = MeasuredBy("client 0.1.0 (new)", "controller 0.1.0 (new)");
  const TrialRecord other = MeasuredBy("client 0.1.0 (old)", "controller 0.1.0 (new)");
  EXPECT_THAT(
      DescribeOtherVersions({same, other, std::nullopt}, kNow),
      Optional(AllOf(HasSubstr("1 of the 2 finished trials"), HasSubstr("(client 0.1.0 (old))"),
                     HasSubstr("(client 0.1.0 (new))"), Not(HasSubstr("controller")))));
}

TEST(VersionsTest, AVersionThatNobodyNotedCountsAsAnother) {
  EXPECT_THAT(DescribeOtherVersions({MeasuredBy("", "")}, kNow),
              Optional(HasSubstr("client, unknown; controller, unknown")));
  // Of a cluster's trial nothing is known, and nothing can be said.
  EXPECT_EQ(DescribeOtherVersions({TrialRecord()}, kNow), std::nullopt);
}

TEST(VersionsTest, AVersionThatNamesNoSingleBuildCountsAsAnother) {
  for (const char* revision : {"new-dirty", "unknown"}) {
    const std::string client = fmt::format("client 0.1.0 ({})", revision);
    const Versions now = {{"client", client}, {"controller", "controller 0.1.0 (new)"}};
    EXPECT_THAT(DescribeOtherVersions({MeasuredBy(client, "controller 0.1.0 (new)")}, now),
                Optional(fmt::format("1 of the 1 finished trials were measured by other versions "
                                     "({0}) than the programs' of now ({0}), or may have been: "
                                     "-dirty and unknown are the names of many builds",
                                     client)));
  }
}

TEST(VersionsTest, TheVersionsOfATrialAreToldOnceEach) {
  EXPECT_EQ(VersionsOf(MeasuredBy("client 0.1.0 (a)", "controller 0.1.0 (a)")), "0.1.0 (a)");
  EXPECT_EQ(VersionsOf(MeasuredBy("client 0.1.0 (a)", "fork 3")), "0.1.0 (a) + fork 3");
  EXPECT_EQ(VersionsOf(TrialRecord()), "unknown version");
}

}  // namespace
}  // namespace clockwork::plan
