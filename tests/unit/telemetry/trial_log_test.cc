#include "images/common/telemetry/trial_log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "tests/support/telemetry_logs.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::telemetry {
namespace {

using clockwork::testing::LogText;
using clockwork::testing::ReadText;
using clockwork::testing::TemporaryDirectory;
using clockwork::testing::WriteText;

bool Exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

TEST(TrialLogTest, LeavesTwoLogsAndAManifest) {
  const TemporaryDirectory directory;
  auto requests = clockwork::testing::GoldenRequests();
  std::swap(requests.front(), requests[5]);  // rows need not be sorted
  const auto actions = clockwork::testing::GoldenActions();
  TrialLog log;
  ASSERT_TRUE(log.Open(directory.path()).ok());
  EXPECT_EQ(ReadText(directory / kRequestLogName), kRequestHeader);
  EXPECT_FALSE(Exists(directory / kActionLogName));
  ASSERT_TRUE(log.StartActions().ok());
  EXPECT_EQ(ReadText(directory / kActionLogName), kActionHeader);
  for (const auto& row : requests) log.Append(row);
  for (const auto& row : actions) log.Append(row);
  log.CountShed(3);
  log.CountShed(5);  // so far, not in addition
  EXPECT_FALSE(log.manifest().complete);
  ASSERT_TRUE(log.Finish(true).ok());

  EXPECT_EQ(ReadText(directory / kRequestLogName), LogText(requests));
  EXPECT_EQ(ReadText(directory / kActionLogName), LogText(actions));
  const auto manifest = DecodeManifest(ReadText(directory / kManifestName));
  ASSERT_TRUE(manifest.ok());
  EXPECT_EQ(*manifest, (Manifest{.complete = true,
                                 .request_rows = 400,
                                 .action_rows = 150,
                                 .first_request_ns = requests[5].t,
                                 .last_request_ns = requests.back().t,
                                 .shed_requests = 5}));
}

TEST(TrialLogTest, RemovesWhatAnEarlierRunLeft) {
  const TemporaryDirectory directory;
  for (const char* name : {kRequestLogName, kActionLogName, kManifestName}) {
    WriteText(directory / name, "stale");
  }
  TrialLog log;
  ASSERT_TRUE(log.Open(directory.path()).ok());
  EXPECT_EQ(ReadText(directory / kRequestLogName), kRequestHeader);
  EXPECT_FALSE(Exists(directory / kActionLogName));
  EXPECT_FALSE(Exists(directory / kManifestName));
}

TEST(TrialLogTest, LeavesAnEarlierLogToThoseWhoLinkedIt) {
  const TemporaryDirectory directory;
  WriteText(directory / kRequestLogName, "earlier");
  ASSERT_EQ(::link((directory / kRequestLogName).c_str(), (directory / "filed").c_str()), 0);
  TrialLog log;
  ASSERT_TRUE(log.Open(directory.path()).ok());
  EXPECT_EQ(ReadText(directory / "filed"), "earlier");
}

TEST(TrialLogTest, CountsActionsBeforeTheSchedulerAsDropped) {
  const TemporaryDirectory directory;
  TrialLog log;
  ASSERT_TRUE(log.Open(directory.path()).ok());
  log.Append(ActionRow{});
  ASSERT_TRUE(log.Finish(true).ok());
  EXPECT_EQ(log.manifest().action_rows, 0U);
  EXPECT_EQ(log.manifest().dropped_action_rows, 1U);
}

TEST(TrialLogTest, AnActionLogThatCannotBeWrittenHasNoRows) {
  if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "there is no /dev/full here";
  const TemporaryDirectory directory;
  TrialLog log;
  ASSERT_TRUE(log.Open(directory.path()).ok());
  ASSERT_EQ(::symlink("/dev/full", (directory / kActionLogName).c_str()), 0);
  EXPECT_FALSE(log.StartActions().ok());
  log.Append(clockwork::testing::GoldenActions().front());
  EXPECT_TRUE(log.Finish(false).ok()) << "it was told";
  EXPECT_EQ(log.manifest().action_rows, 0U);
  EXPECT_EQ(log.manifest().dropped_action_rows, 1U);
}

TEST(TrialLogTest, TellsWhatCameToNoOrderlyEnd) {
  const TemporaryDirectory directory;
  TrialLog log;
  ASSERT_TRUE(log.Open(directory.path()).ok());
  ASSERT_TRUE(log.Finish(false).ok());
  EXPECT_FALSE(DecodeManifest(ReadText(directory / kManifestName))->complete);
}

TEST(TrialLogTest, LeavesALogAloneThatIsBeingWritten) {
  const TemporaryDirectory directory;
  TrialLog first;
  ASSERT_TRUE(first.Open(directory.path()).ok());
  {
    TrialLog second;
    const Status status = second.Open(directory.path());
    ASSERT_FALSE(status.ok());
    EXPECT_NE(status.error().message.find("another controller writes"), std::string::npos);
    EXPECT_TRUE(second.Finish(true).ok());
  }
  EXPECT_FALSE(Exists(directory / kManifestName));
  for (const auto& row : clockwork::testing::GoldenRequests()) first.Append(row);
  ASSERT_TRUE(first.Finish(true).ok());
  EXPECT_EQ(ReadText(directory / kRequestLogName), LogText(clockwork::testing::GoldenRequests()));
}

TEST(TrialLogTest, NamesAMissingDirectory) {
  TrialLog log;
  const Status status = log.Open("/nowhere/at/all");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kRuntime);
  EXPECT_NE(status.error().message.find("/nowhere/at/all"), std::string::npos);
}

}  // namespace
}  // namespace clockwork::telemetry
