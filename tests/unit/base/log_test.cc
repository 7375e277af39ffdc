#include "images/common/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "images/common/base/exit_code.h"

namespace clockwork {
namespace {

using ::testing::EndsWith;
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

TEST(Log, LinesOfSeveralThreadsStayWhole) {
  constexpr int kThreads = 4;
  constexpr int kLines = 50;
  InitLog("client");
  CaptureStderr();
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([] {
        for (int line = 0; line < kLines; ++line) LogInfo("a line of {}", "several pieces");
      });
    }
  }
  const std::string captured = GetCapturedStderr();
  std::istringstream lines(captured);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_THAT(line, EndsWith(" I client: a line of several pieces"));
  }
  EXPECT_EQ(count, kThreads * kLines);
}

TEST(Log, ReportErrorSaysOneSentenceAndGivesTheCode) {
  CaptureStderr();
  EXPECT_EQ(ReportError("controller", RuntimeError("port 12346 is in use")), 1);
  EXPECT_EQ(GetCapturedStderr(), "controller: port 12346 is in use\n");
}

}  // namespace
}  // namespace clockwork
