#include "operator/kube/outage_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace clockwork::kube {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Lines : public OperatorLog {
 public:
  void Write(LogLevel level, std::string_view message, std::span<const LogField>) override {
    lines.push_back((level == LogLevel::kInfo ? "I " : "W ") + std::string(message));
  }
  std::vector<std::string> lines;
};

constexpr const char* kGone = "W the API server does not answer as it should; trying on";
constexpr const char* kBack = "I the API server answers again";

class OutageLogTest : public ::testing::Test {
 protected:
  const ApiError error_ = LocalError(Failure::kConnect, "refused");
  Lines lines_;
  Nanos now_ns_ = 0;
  OutageLog log_{&lines_, [this] { return now_ns_; }};
};

TEST_F(OutageLogTest, ManyThatMeetItAreOneOutage) {
  for (int tries = 0; tries < 1000; ++tries) {
    for (const char* who : {"pods", "nodes", "lab/x"}) log_.Began(who, error_);
  }
  EXPECT_THAT(lines_.lines, ElementsAre(kGone));
  log_.Ended("pods");
  log_.Ended("nodes");
  EXPECT_THAT(lines_.lines, ElementsAre(kGone)) << "one is still affected";
  log_.Ended("lab/x");
  EXPECT_THAT(lines_.lines, ElementsAre(kGone, kBack));
}

TEST_F(OutageLogTest, AnAnswerToOneEndsItForAll) {
  log_.Began("pods", error_);
  log_.Began("nodes", error_);
  log_.Answered();
  log_.Ended("pods");
  EXPECT_THAT(lines_.lines, ElementsAre(kGone, kBack));
}

TEST_F(OutageLogTest, WithoutAnOutageNothingIsTold) {
  log_.Answered();
  log_.Ended("pods");
  EXPECT_THAT(lines_.lines, IsEmpty());
}

TEST_F(OutageLogTest, AServerThatComesAndGoesIsToldOnceInAWhile) {
  for (int times = 0; times < 100; ++times) {
    log_.Began("pods", error_);
    log_.Answered();
  }
  EXPECT_THAT(lines_.lines, ElementsAre(kGone, kBack));
  now_ns_ += kQuietNs + 1;
  log_.Began("pods", error_);
  EXPECT_THAT(lines_.lines, ElementsAre(kGone, kBack, kGone));
}

TEST(IsOutage, ARefusalIsAnAnswer) {
  for (const Failure failure : {Failure::kForbidden, Failure::kNotFound, Failure::kConflict,
                                Failure::kInvalid, Failure::kGone, Failure::kAlreadyExists}) {
    EXPECT_FALSE(IsOutage(failure));
  }
  for (const Failure failure : {Failure::kConnect, Failure::kTls, Failure::kTimeout, Failure::kCut,
                                Failure::kServer, Failure::kTooManyRequests}) {
    EXPECT_TRUE(IsOutage(failure));
  }
}

}  // namespace
}  // namespace clockwork::kube
