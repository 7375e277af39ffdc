#include "images/common/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "images/common/base/exit_code.h"

namespace clockwork {
namespace {

using ::testing::MatchesRegex;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

constexpr char kTime[] = "[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+\\.[0-9]+Z";

TEST(Log, LinesNameTimeLevelAndProgram) {
  InitLog("worker_dummy");
  CaptureStderr();
  LogInfo("listening on port {}", 12345);
  LogWarning("slow");
  LogError("{} is {}", "disk", "full");
  EXPECT_THAT(
      GetCapturedStderr(),
      MatchesRegex(std::string(kTime) + " I worker_dummy: listening on port 12345\n" + kTime +
                   " W worker_dummy: slow\n" + kTime + " E worker_dummy: disk is full\n"));
}

TEST(Log, BracesInAMessageArePlainText) {
  InitLog("client");
  CaptureStderr();
  LogLine(LogLevel::kInfo, "model {} of {zoo}");
  EXPECT_THAT(GetCapturedStderr(), MatchesRegex(".* I client: model \\{\\} of \\{zoo\\}\n"));
}

TEST(Log, ReportErrorSaysOneSentenceAndGivesTheCode) {
  CaptureStderr();
  EXPECT_EQ(ReportError("controller", RuntimeError("port 12346 is in use")), 1);
  EXPECT_EQ(GetCapturedStderr(), "controller: port 12346 is in use\n");
}

}  // namespace
}  // namespace clockwork
