#include "operator/remote/exec_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clockwork::remote {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ExecStream, KubectlIsLedToTheSameCluster) {
  ExecOptions options;
  options.cluster = {"/k/config", "lab-context", ""};
  options.name_space = "lab";
  options.pod = "p";
  options.container = "reader";
  options.command = {"telemetry", "archive"};
  EXPECT_THAT(
      ExecArguments(options),
      ElementsAre("--kubeconfig", "/k/config", "--context", "lab-context", "--namespace", "lab",
                  "exec", "p", "--container", "reader", "--", "telemetry", "archive"));
  options.cluster = {};
  EXPECT_THAT(ExecArguments(options), ElementsAre("--namespace", "lab", "exec", "p", "--container",
                                                  "reader", "--", "telemetry", "archive"))
      << "kubectl finds its configuration as we do";
}

TEST(ExecStream, AKubectlThatCannotBeExecutedIsRefused) {
  const auto found = FindKubectl("/etc/passwd");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(found.error().message, HasSubstr("/etc/passwd"));
  EXPECT_TRUE(FindKubectl("/bin/sh").ok());
}

}  // namespace
}  // namespace clockwork::remote
