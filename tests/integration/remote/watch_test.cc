#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/integration/remote/remote_rig.h"

namespace clockwork::testing {
namespace {

using ::testing::HasSubstr;

class WatchCommand : public ::testing::Test {
 protected:
  // Started, and the stand-in has its watch.
  void Begin(int measured) {
    rig.SetStatus(StatusAfter(measured));
    watch = rig.Start({"watch", kName});
    ASSERT_TRUE(rig.server().WaitUntil([&] { return rig.server().open_watches() == 1; }))
        << watch->err();
  }

  RemoteRig rig;
  std::unique_ptr<Process> watch;
};

TEST_F(WatchCommand, TellsWhatHappensUntilItIsComplete) {
  Begin(0);
  rig.SetStatus(StatusAfter(1));
  EXPECT_TRUE(watch->WaitForOutput("N = 1, trial 1 of 1: 1000 r/s good")) << watch->err();
  rig.SetStatus(FinalStatus("Complete"));
  EXPECT_EQ(watch->Wait(), ExitedWith(0)) << watch->err();
  EXPECT_THAT(watch->err(), HasSubstr("N = 2, trial 1 of 1: 2000 r/s good"));
  EXPECT_THAT(watch->err(), HasSubstr("Complete: that is all"));
  EXPECT_THAT(watch->out(), HasSubstr("     2         2,000     1000.0"));
}

TEST_F(WatchCommand, AnExperimentThatIsOverIsShownAtOnce) {
  rig.SetStatus(FinalStatus("Complete"));
  auto process = rig.Start({"watch", kName});
  EXPECT_EQ(process->Wait(), ExitedWith(0)) << process->err();
  EXPECT_THAT(process->out(), HasSubstr("     1         1,000"));
}

TEST_F(WatchCommand, AFailureIsTheExitCode) {
  Begin(0);
  rig.SetStatus(FinalStatus("Failed"));
  EXPECT_EQ(watch->Wait(), ExitedWith(1));
  EXPECT_THAT(watch->err(), HasSubstr("experiment x: that is all"));
  EXPECT_THAT(watch->out(), HasSubstr("no: 1 of 1 trials are not measured"));
}

TEST_F(WatchCommand, CutWatchesAndALostHistoryLoseNothing) {
  Begin(0);
  rig.server().CutWatches();
  rig.server().CompactHistory();
  rig.SetStatus(StatusAfter(1));
  EXPECT_TRUE(watch->WaitForOutput("N = 1, trial 1 of 1: 1000 r/s good")) << watch->err();
  rig.server().CutWatches();
  rig.SetStatus(FinalStatus("Complete"));
  EXPECT_EQ(watch->Wait(), ExitedWith(0)) << watch->err();
}

TEST_F(WatchCommand, AnOutageIsSaidAndWaitedOut) {
  Begin(0);
  rig.server().StopListening();
  EXPECT_TRUE(watch->WaitForOutput("watch lost, trying again")) << watch->err();
  rig.SetStatus(FinalStatus("Complete"));
  rig.server().StartListening();
  EXPECT_EQ(watch->Wait(), ExitedWith(0)) << watch->err();
  EXPECT_THAT(watch->out(), HasSubstr("     2         2,000"));
}

TEST_F(WatchCommand, ADeletedExperimentIsAnError) {
  Begin(1);
  rig.server().Remove("scalabilityexperiments", kLab, kName);
  EXPECT_EQ(watch->Wait(), ExitedWith(1));
  EXPECT_THAT(watch->err(), HasSubstr("experiment x was deleted"));
}

TEST_F(WatchCommand, InterruptedSaysThatTheExperimentGoesOn) {
  Begin(1);
  EXPECT_EQ(watch->End(SIGINT), ExitedWith(1));
  EXPECT_THAT(watch->err(), HasSubstr("the experiment goes on"));
}

TEST_F(WatchCommand, AnUnknownExperimentIsAUsageError) {
  auto process = rig.Start({"watch", "nobody"});
  EXPECT_EQ(process->Wait(), ExitedWith(2));
  EXPECT_THAT(process->err(), HasSubstr("experiment nobody in namespace lab"));
}

}  // namespace
}  // namespace clockwork::testing
