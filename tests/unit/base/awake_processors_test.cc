#include "images/common/base/awake_processors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "images/common/base/file.h"
#include "tests/support/temporary_directory.h"

namespace clockwork {
namespace {

using ::testing::HasSubstr;

// A file in place of the device keeps what was asked for.

TEST(AwakeProcessors, AskForNoLatencyAtAll) {
  const testing::TemporaryDirectory directory;
  const std::string device = directory / "device";
  std::ofstream(device).flush();
  EXPECT_EQ(AwakeProcessors(device.c_str()).Describe(), "idle processors stay awake");
  EXPECT_EQ(ReadFile(device).value(), std::string(4, '\0')) << "a 32-bit number of microseconds";
}

TEST(AwakeProcessors, GoOnWithoutTheDeviceAndMakeNone) {
  const testing::TemporaryDirectory directory;
  const std::string device = directory / "device";
  EXPECT_THAT(AwakeProcessors(device.c_str()).Describe(), HasSubstr("not permitted"));
  EXPECT_FALSE(ReadFile(device).ok());
}

TEST(AwakeProcessors, SaySoWhereTheDeviceTakesNothing) {
  EXPECT_THAT(AwakeProcessors("/dev/full").Describe(), HasSubstr("not permitted"));
}

}  // namespace
}  // namespace clockwork
