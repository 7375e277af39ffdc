#include "images/client/trace_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "images/common/base/file.h"
#include "tests/support/temporary_directory.h"

namespace clockwork::client {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPrivateName = "invocations_per_function_md.svls.anon.d01.csv";
constexpr const char* kPublicName = "invocations_per_function_md.anon.d01.csv";

// A trace file with one function that is called `count` times in the first minute.
std::string Content(int count) {
  std::string text = "header\no,a,f,http," + std::to_string(count);
  for (std::uint32_t minute = 1; minute < kMinutesPerDay; ++minute) text += ",0";
  return text + "\n";
}

TEST(TraceSourceTest, WithoutADirectoryItIsTheSyntheticDay) {
  const auto trace = OpenTrace("", 3);
  ASSERT_TRUE(trace.ok());
  EXPECT_EQ((*trace)->Description(), "synthetic seed 3");
}

TEST(TraceSourceTest, ReadsThePublicFile) {
  const testing::TemporaryDirectory directory;
  ASSERT_TRUE(WriteFileAtomically(directory / kPublicName, Content(5)).ok());
  const auto trace = OpenTrace(directory.path(), 1);
  ASSERT_TRUE(trace.ok()) << trace.error().message;
  EXPECT_EQ((*trace)->Count(0, 0), 5U);
  EXPECT_EQ((*trace)->Description(), directory / kPublicName);
}

TEST(TraceSourceTest, ThePrivateNameGoesFirst) {
  const testing::TemporaryDirectory directory;
  ASSERT_TRUE(WriteFileAtomically(directory / kPublicName, Content(5)).ok());
  ASSERT_TRUE(WriteFileAtomically(directory / kPrivateName, Content(6)).ok());
  const auto trace = OpenTrace(directory.path(), 1);
  ASSERT_TRUE(trace.ok());
  EXPECT_EQ((*trace)->Count(0, 0), 6U);
}

TEST(TraceSourceTest, AMissingFileIsAnErrorThatNamesTheRemedy) {
  const testing::TemporaryDirectory directory;
  const auto trace = OpenTrace(directory.path(), 1);
  ASSERT_FALSE(trace.ok());
  EXPECT_EQ(trace.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(trace.error().message, HasSubstr(directory.path()));
  EXPECT_THAT(trace.error().message, HasSubstr("AZURE_TRACE_DIR"));
}

TEST(TraceSourceTest, AMalformedFileIsAnErrorThatNamesTheLine) {
  const testing::TemporaryDirectory directory;
  ASSERT_TRUE(WriteFileAtomically(directory / kPublicName, "header\n1,2,3\n").ok());
  const auto trace = OpenTrace(directory.path(), 1);
  ASSERT_FALSE(trace.ok());
  EXPECT_THAT(trace.error().message, HasSubstr("line 2: 3 columns"));
}

}  // namespace
}  // namespace clockwork::client
