#include "operator/reconcile/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace clockwork::reconcile {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::optional<int> Parse(std::vector<const char*> arguments, Options* options) {
  arguments.insert(arguments.begin(), "clockwork-operator");
  return ParseOptions(static_cast<int>(arguments.size()), arguments.data(), options);
}

TEST(OperatorOptions, HaveTheNumbersOfClientGoByDefault) {
  Options options;
  EXPECT_FALSE(Parse({}, &options));
  EXPECT_EQ(options.lease_duration_ms, 15'000);
  EXPECT_EQ(options.renew_deadline_ms, 10'000);
  EXPECT_EQ(options.retry_period_ms, 2'000);
  EXPECT_FALSE(options.leader_elect);
  EXPECT_TRUE(options.watch_nodes);
  EXPECT_TRUE(options.namespaces.empty());
}

TEST(OperatorOptions, AreTaken) {
  Options options;
  EXPECT_FALSE(Parse({"--namespaces", "a,b", "--leader-elect", "--watch-nodes", "false",
                      "--log-format", "json", "--image-tag", "1.2"},
                     &options));
  EXPECT_THAT(options.namespaces, ElementsAre("a", "b"));
  EXPECT_TRUE(options.leader_elect);
  EXPECT_FALSE(options.watch_nodes);
  EXPECT_EQ(options.log_format, LogFormat::kJson);
  EXPECT_EQ(options.image_tag, "1.2");
}

TEST(OperatorOptions, AreRefusedWithTheirNames) {
  const std::vector<const char*> bad[] = {{"--namespaces", "a,,b"},
                                          {"--namespaces", "a,a"},
                                          {"--watch-nodes", "yes"},
                                          {"--renew-deadline-ms", "20000"},
                                          {"--renew-deadline-ms", "14500"},
                                          {"--lease-duration-ms", "15500"},
                                          {"--lease-duration-ms", "900"},
                                          {"--retry-period-ms", "9000"},
                                          {"--workers", "33"},
                                          {"--log-format", "xml"},
                                          {"--probe-port", "65536"}};
  for (const auto& arguments : bad) {
    Options options;
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(Parse(arguments, &options), 2) << arguments[0] << " " << arguments[1];
    EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr(arguments[0]));
  }
}

}  // namespace
}  // namespace clockwork::reconcile
