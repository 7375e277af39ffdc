#include "operator/reconcile/probe.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/kube/health_server.h"

namespace clockwork::reconcile {
namespace {

using ::testing::HasSubstr;

class ProbeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto started = kube::HealthServer::Start(
        "127.0.0.1", 0,
        {.healthz = {{"ping", [] { return std::string(); }}},
         .readyz = {{"informer-sync", [] { return std::string("not listed yet: pods"); }}},
         .render_metrics = [] { return std::string(); }});
    ASSERT_TRUE(started.ok()) << started.error().message;
    server_ = std::move(*started);
  }
  std::string Url(const std::string& path) const {
    return fmt::format("http://127.0.0.1:{}{}", server_->port(), path);
  }

  std::unique_ptr<kube::HealthServer> server_;
};

TEST_F(ProbeTest, IsOkWhenTheAnswerIs200) { EXPECT_TRUE(Probe(Url("/healthz?verbose")).ok()); }

TEST_F(ProbeTest, SaysWhatCameInstead) {
  const Status status = Probe(Url("/readyz"));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kRuntime);
  EXPECT_THAT(status.error().message, HasSubstr("500"));
  EXPECT_THAT(status.error().message, HasSubstr("not listed yet: pods"));
}

TEST_F(ProbeTest, AnUnknownPathAndTheBareAddressAreNoSuccess) {
  for (const char* path : {"/nothing", ""}) {
    const Status status = Probe(Url(path));
    ASSERT_FALSE(status.ok()) << path;
    EXPECT_THAT(status.error().message, HasSubstr("404"));
  }
}

TEST_F(ProbeTest, NobodyThereIsARuntimeError) {
  const std::string url = Url("/readyz");
  server_.reset();
  const Status status = Probe(url);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kRuntime);
  EXPECT_THAT(status.error().message, HasSubstr(url));
}

TEST(ProbeUrl, ThatIsNoneIsRefused) {
  for (const char* url : {"readyz", "ftp://host/readyz", "http://", "http://host:0/readyz"}) {
    const Status status = Probe(url);
    ASSERT_FALSE(status.ok()) << url;
    EXPECT_EQ(status.error().kind, ErrorKind::kUsage) << url;
    EXPECT_THAT(status.error().message, HasSubstr("--probe"));
  }
}

}  // namespace
}  // namespace clockwork::reconcile
