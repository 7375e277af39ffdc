#include "images/common/base/scheduling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <string>
#include <thread>

namespace clockwork {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Both ask for the calling thread only, so each test has one of its own.

TEST(Scheduling, WhatWasHadForRealTimeIsWhatIsSaid) {
  std::string said;
  int policy = -1;
  std::thread([&] {
    said = RequestRealTime();
    policy = ::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
  }).join();
  if (policy == SCHED_RR) {
    EXPECT_EQ(said, "real-time scheduling");
  } else {
    EXPECT_EQ(policy, SCHED_OTHER);
    EXPECT_THAT(said, HasSubstr("not permitted"));
  }
}

TEST(Scheduling, WhatWasHadForPromptWakeupsIsWhatIsSaid) {
  std::string said;
  int policy = -1;
  int nice = 0;
  std::thread([&] {
    said = RequestPromptWakeups();
    policy = ::sched_getscheduler(0);
    nice = ::getpriority(PRIO_PROCESS, 0);
  }).join();
  EXPECT_EQ(policy, SCHED_OTHER) << "servers share the processors with their like";
  EXPECT_THAT(said, StartsWith(nice < 0 ? "precedence" : "ordinary scheduling"));
}

}  // namespace
}  // namespace clockwork
