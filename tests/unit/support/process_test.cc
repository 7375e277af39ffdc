#include "tests/support/process.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <string>

#include "tests/support/temporary_directory.h"

namespace clockwork::testing {
namespace {

ProcessOptions Shell(const std::string& script) {
  ProcessOptions options;
  options.command = {"/bin/sh", "-c", script};
  return options;
}

TEST(Process, KeepsOutputsApartAndReportsTheCode) {
  std::string out;
  std::string err;
  EXPECT_EQ(RunCommand(Shell("echo to out; echo to err >&2; exit 3"), &out, &err), ExitedWith(3));
  EXPECT_EQ(out, "to out\n");
  EXPECT_EQ(err, "to err\n");
}

TEST(Process, ReportsTheSignalThatEndedIt) {
  Process process(Shell("exec sleep 1000"));
  EXPECT_EQ(process.End(SIGTERM), KilledBy(SIGTERM));
}

TEST(Process, ACommandThatCannotBeExecutedSaysSo) {
  std::string err;
  EXPECT_EQ(RunCommand({.command = {"/no/such/program"}}, nullptr, &err), ExitedWith(127));
  EXPECT_EQ(err, "/no/such/program: No such file or directory\n");
}

TEST(Process, SetsAndRemovesVariablesAndChangesTheDirectory) {
  TemporaryDirectory directory;
  ProcessOptions options = Shell("echo $ADDED; echo ${HOME-none}; pwd");
  options.environment = {{"ADDED", "value"}};
  options.unset = {"HOME"};
  options.directory = directory.path();
  std::string out;
  EXPECT_EQ(RunCommand(options, &out), ExitedWith(0));
  EXPECT_EQ(out, "value\nnone\n" + directory.path() + "\n");
}

TEST(Process, AFileSizeLimitFailsTheWriteAndNotTheProcess) {
  TemporaryDirectory directory;
  ProcessOptions options =
      Shell("head -c 9000 /dev/zero > " + directory / "file" + " || echo failed");
  options.file_size_limit_bytes = 8192;
  std::string out;
  EXPECT_EQ(RunCommand(options, &out), ExitedWith(0));
  EXPECT_EQ(out, "failed\n");
}

TEST(Process, WaitStopsAtItsDeadline) {
  Process process(Shell("exec sleep 1000"));
  EXPECT_EQ(process.Wait(std::chrono::milliseconds(1)), std::nullopt);
  EXPECT_TRUE(process.Running());
}

TEST(Process, WaitsForTextAndGivesUpWhenTheChildEnds) {
  Process talks(Shell("echo one; echo two >&2; exec sleep 1000"));
  EXPECT_TRUE(talks.WaitForOutput("two"));
  Process ends(Shell("echo one"));
  EXPECT_FALSE(ends.WaitForOutput("two"));
}

TEST(Process, WaitsForAFileAndGivesUpWhenTheChildEnds) {
  TemporaryDirectory directory;
  const std::string file = directory / "ready";
  Process writes(
      Shell("echo yes > " + file + ".tmp; mv " + file + ".tmp " + file + "; sleep 1000"));
  EXPECT_EQ(writes.WaitForFile(file), "yes\n");
  Process replaces(Shell("echo one > " + file + "; echo two > " + file + "; sleep 1000"));
  EXPECT_EQ(replaces.WaitForFile(file, "two"), "two\n");
  Process ends(Shell("exit 0"));
  EXPECT_EQ(ends.WaitForFile(directory / "other"), std::nullopt);
}

TEST(Process, GrandchildrenGoWithTheObject) {
  pid_t group = 0;
  {
    Process process(Shell("sleep 1000 & echo started; wait"));
    ASSERT_TRUE(process.WaitForOutput("started"));
    group = process.pid();
    EXPECT_EQ(ProcessGroupMembers(group).size(), 2U);
  }
  EXPECT_TRUE(WaitForGroupEnd(group));
}

}  // namespace
}  // namespace clockwork::testing
