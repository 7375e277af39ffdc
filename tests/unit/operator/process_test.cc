#include "operator/local/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <string>

#include "images/common/base/clock.h"
#include "images/common/base/file.h"
#include "operator/local/log_tail.h"
#include "operator/local/supervise.h"
#include "operator/local/wait.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::local {
namespace {

constexpr Nanos kPatienceNs = 30 * kSecond;

class ProcessTest : public ::testing::Test {
 protected:
  ProcessSpec Shell(const std::string& script) {
    ProcessSpec spec;
    spec.name = "child";
    spec.program = "/bin/sh";
    spec.arguments = {"-c", script};
    spec.log_file = directory_ / "child.log";
    return spec;
  }

  Result<std::int64_t> Ready(Process* process, Nanos deadline_ns) {
    auto watch = DirectoryWatch::Open(directory_.path());
    if (!watch.ok()) return watch.error();
    Process* const processes[] = {process};
    return AwaitReady(processes, directory_ / "ready", &*watch, &interrupts_, deadline_ns);
  }

  testing::TemporaryDirectory directory_;
  Interrupts interrupts_;
};

TEST_F(ProcessTest, OutputAndEnvironmentGoWhereTheyShould) {
  ProcessSpec spec = Shell("echo out; echo \"err $GIVEN\" >&2");
  spec.environment = {{"GIVEN", "value"}};
  ASSERT_TRUE(RunToEnd(spec, &interrupts_, NowNs() + kPatienceNs).ok());
  EXPECT_EQ(*ReadFile(spec.log_file), "out\nerr value\n");
}

TEST_F(ProcessTest, WhatItTookIsKnownAtItsEnd) {
  auto process = Process::Start(Shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"));
  ASSERT_TRUE(process.ok()) << process.error().message;
  EXPECT_EQ(process->use().peak_bytes, 0);
  Process* const processes[] = {&*process};
  while (!process->Poll()) {
    ASSERT_EQ(WaitForAny(processes, nullptr, &interrupts_, NowNs() + kPatienceNs), Wake::kProcess);
  }
  EXPECT_GT(process->use().user_seconds + process->use().system_seconds, 0);
  EXPECT_GT(process->use().peak_bytes, 100'000);
}

TEST_F(ProcessTest, AnExitCodeIsAnErrorWithTheLastLine) {
  const Status failed = RunToEnd(Shell("echo first; echo 'the disk is full'; exit 1"), &interrupts_,
                                 NowNs() + kPatienceNs);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().kind, ErrorKind::kRuntime);
  EXPECT_EQ(failed.error().message, "child ended with exit code 1: the disk is full (log: " +
                                        directory_ / "child.log" + ")");
}

TEST_F(ProcessTest, ExitCodeTwoIsNotWorthAnotherAttempt) {
  const Status refused = RunToEnd(Shell("exit 2"), &interrupts_, NowNs() + kPatienceNs);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kUsage);
}

TEST_F(ProcessTest, ADeathBySignalIsNamed) {
  const Status killed = RunToEnd(Shell("kill -9 $$"), &interrupts_, NowNs() + kPatienceNs);
  ASSERT_FALSE(killed.ok());
  EXPECT_THAT(killed.error().message,
              ::testing::StartsWith("child ended with signal 9 (Killed) (log: "));
}

TEST_F(ProcessTest, AProgramThatCannotRunIsNamed) {
  ProcessSpec spec = Shell("");
  spec.program = directory_ / "missing";
  const Status status = RunToEnd(spec, &interrupts_, NowNs() + kPatienceNs);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message,
            "cannot start child (" + directory_ / "missing" + "): exec: No such file or directory");
}

TEST_F(ProcessTest, AHangingProgramMeetsItsDeadline) {
  const Status status = RunToEnd(Shell("exec sleep 1000"), &interrupts_, NowNs());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, "child did not end before its deadline");
}

TEST_F(ProcessTest, TheReadyFileIsAwaited) {
  auto process =
      Process::Start(Shell("echo '{\"port\": 4711}' > " + directory_ / "tmp" + "; mv " +
                           directory_ / "tmp" + " " + directory_ / "ready" + "; exec sleep 1000"));
  ASSERT_TRUE(process.ok()) << process.error().message;
  auto port = Ready(&*process, NowNs() + kPatienceNs);
  ASSERT_TRUE(port.ok()) << port.error().message;
  EXPECT_EQ(*port, 4711);
}

TEST_F(ProcessTest, AProgramThatEndsBeforeItIsReadyIsAnError) {
  auto process = Process::Start(Shell("echo 'port in use' >&2; exit 1"));
  ASSERT_TRUE(process.ok());
  auto port = Ready(&*process, NowNs() + kPatienceNs);
  ASSERT_FALSE(port.ok());
  EXPECT_THAT(port.error().message,
              ::testing::StartsWith("child ended with exit code 1: port in use"));
}

TEST_F(ProcessTest, AProgramThatIsNeverReadyMeetsItsDeadline) {
  auto process = Process::Start(Shell("exec sleep 1000"));
  ASSERT_TRUE(process.ok());
  auto port = Ready(&*process, NowNs());
  ASSERT_FALSE(port.ok());
  EXPECT_EQ(port.error().message, "child was not ready before its deadline");
}

TEST_F(ProcessTest, StopInOrderSendsSigterm) {
  auto process = Process::Start(Shell("trap 'exit 0' TERM; echo '{\"port\": 1}' > " +
                                      directory_ / "ready" + "; while :; do sleep 0.01; done"));
  ASSERT_TRUE(process.ok());
  ASSERT_TRUE(Ready(&*process, NowNs() + kPatienceNs).ok());
  EXPECT_TRUE(StopInOrder(&*process, &interrupts_, NowNs() + kPatienceNs).ok());
  auto stubborn = Process::Start(Shell("exec sleep 1000"));
  ASSERT_TRUE(stubborn.ok());
  const Status status = StopInOrder(&*stubborn, &interrupts_, NowNs() + kPatienceNs);
  ASSERT_FALSE(status.ok());  // sleep knows nothing of SIGTERM and does not end with exit code 0
  EXPECT_THAT(status.error().message, ::testing::StartsWith("child ended with signal 15"));
}

TEST_F(ProcessTest, ASignalInterruptsTheWait) {
  ASSERT_EQ(::raise(SIGTERM), 0);  // blocked, so it only becomes pending
  const Status status = RunToEnd(Shell("exec sleep 1000"), &interrupts_, NowNs() + kPatienceNs);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().message, kInterruptedSentence);
  EXPECT_TRUE(interrupts_.Pending());
}

TEST_F(ProcessTest, TheDestructorLeavesNobodyBehind) {
  pid_t pid = -1;
  {
    auto process = Process::Start(Shell("exec sleep 1000"));
    ASSERT_TRUE(process.ok());
    pid = process->pid();
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}

TEST_F(ProcessTest, LastLineIsFitForAMessage) {
  const std::string file = directory_ / "log";
  EXPECT_EQ(LastLine(file), "");
  std::ofstream(file) << "first\n" << std::string(10'000, 'x') << "\nsaid \x1b[31mred\x1b[0m\n\n";
  EXPECT_EQ(LastLine(file), "said [31mred[0m");
  std::ofstream(file) << std::string(10'000, 'y');
  EXPECT_EQ(LastLine(file), std::string(400, 'y'));
}

}  // namespace
}  // namespace clockwork::local
