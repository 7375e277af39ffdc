#include "images/common/net/event_loop.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace clockwork::net {
namespace {

TEST(EventLoop, MayOpenAsManyFilesAsTheSystemAllows) {
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = 100;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_TRUE(EventLoop::Create().ok());
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_EQ(files.rlim_cur, files.rlim_max);
}

}  // namespace
}  // namespace clockwork::net
