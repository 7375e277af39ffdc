#include "images/common/plan/program_files.h"

#include <gtest/gtest.h>

#include <string>

namespace clockwork::plan {
namespace {

constexpr const char* kSummary = R"({"valid": true, "invalidReason": "", "workers": 10, "sent": 123,
  "answered": 123, "good": 120, "unanswered": 0, "lagP99Us": 12.5, "lagMaxUs": 80.0, "offeredRps": 15612.0,
  "goodRps": 9988.0, "durationSeconds": 12.0, "trace": "synthetic seed 1", "zoo": "v100-osdi20",
  "modelOrder": "published", "steps": [{"step": 0, "offeredRps": 1.5}, {"step": 1, "offeredRps": 2}]})";

TEST(ProgramFilesTest, TheSummaryOfTheProgramsPageIsRead) {
  auto summary = ParseClientSummary(kSummary);
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_TRUE(summary->valid);
  EXPECT_EQ(summary->sent, 123);
  EXPECT_DOUBLE_EQ(summary->lag_p99_us, 12.5);
  EXPECT_EQ(summary->step_offered_rps, (std::vector<double>{1.5, 2.0}));
  EXPECT_EQ(summary->model_order, "published");
}

TEST(ProgramFilesTest, ProgressAndManifestAndPortAreRead) {
  auto progress = ParseClientProgress(
      R"({"step": 2, "steps": 4, "factor": 1.125, "elapsedSeconds": 6.1, "totalSeconds": 12.0,
          "offeredRps": 15600.0, "goodRps": 9990.0, "phase": "running"})");
  ASSERT_TRUE(progress.ok()) << progress.error().message;
  EXPECT_EQ(progress->step, 2);
  EXPECT_EQ(progress->phase, "running");
  auto manifest = ParseManifest(
      R"({"version": 1, "complete": true, "requestRows": 1234, "actionRows": 567, "firstRequestNs": 0,
          "lastRequestNs": 0, "droppedRequestRows": 1, "droppedActionRows": 2})");
  ASSERT_TRUE(manifest.ok()) << manifest.error().message;
  EXPECT_EQ(manifest->request_rows, 1234);
  EXPECT_EQ(manifest->dropped_action_rows, 2);
  EXPECT_EQ(manifest->shed_requests, 0) << "earlier versions do not tell";
  manifest = ParseManifest(
      R"({"complete": true, "requestRows": 9, "actionRows": 1, "droppedRequestRows": 0,
          "droppedActionRows": 0, "shedRequests": 7})");
  ASSERT_TRUE(manifest.ok()) << manifest.error().message;
  EXPECT_EQ(manifest->shed_requests, 7);
  auto port = ParseReadyPort("{\"port\": 12345}\n");
  ASSERT_TRUE(port.ok()) << port.error().message;
  EXPECT_EQ(*port, 12345);
}

TEST(ProgramFilesTest, WhatIsWrongIsNamed) {
  struct Case {
    std::string text;
    const char* message;
  };
  const std::string summary = kSummary;
  auto without = [&](const std::string& from, const std::string& to) {
    std::string text = summary;
    return text.replace(text.find(from), from.size(), to);
  };
  const Case cases[] = {
      {"", "it is no JSON object"},
      {"{\"valid\": tr", "it is no JSON object"},
      {"[]", "it is no JSON object"},
      {without("\"sent\": 123,", ""), "its field sent is missing or not a whole number"},
      {without("12.5", "\"12\""), "its field lagP99Us is missing or not a number"},
      {without("\"valid\": true", "\"valid\": 1"),
       "its field valid is missing or not true or false"},
      {without("{\"step\": 1, \"offeredRps\": 2}", "{}"),
       "in one of its steps, its field offeredRps is missing or not a number"}};
  for (const Case& each : cases) {
    auto parsed = ParseClientSummary(each.text);
    ASSERT_FALSE(parsed.ok()) << each.text;
    EXPECT_EQ(parsed.error().message, each.message);
  }
  EXPECT_FALSE(ParseReadyPort("{\"port\": 70000}").ok());
  EXPECT_FALSE(ParseReadyPort("{}").ok());
  EXPECT_FALSE(ParseManifest("{\"complete\": true}").ok());
  EXPECT_FALSE(ParseClientProgress("nonsense").ok());
}

}  // namespace
}  // namespace clockwork::plan
