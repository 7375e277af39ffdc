#include "operator/reconcile/failure_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace clockwork::reconcile {
namespace {

using kube::Failure;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class Lines : public kube::OperatorLog {
 public:
  void Write(LogLevel, std::string_view message, std::span<const kube::LogField>) override {
    lines.emplace_back(message);
  }
  std::vector<std::string> lines;
};

class FailureLogTest : public ::testing::Test {
 protected:
  Lines lines_;
  kube::OutageLog outages_{&lines_};
  FailureLog log_{&lines_, &outages_};
};

TEST_F(FailureLogTest, ARefusalIsToldOnceAndAnotherOneIsNews) {
  for (int tries = 0; tries < 50; ++tries) {
    log_.Failed("lab/x", "write", kube::LocalError(Failure::kForbidden, "no"));
  }
  EXPECT_THAT(lines_.lines, SizeIs(1));
  log_.Failed("lab/x", "write", kube::LocalError(Failure::kForbidden, "still no"));
  EXPECT_THAT(lines_.lines, SizeIs(2));
  log_.Recovered("lab/x");
  EXPECT_EQ(lines_.lines.back(), "the experiment goes on");
  log_.Recovered("lab/x");
  EXPECT_THAT(lines_.lines, SizeIs(3)) << "only once";
}

TEST_F(FailureLogTest, AnOutageIsOneForAllExperiments) {
  for (const char* key : {"lab/x", "lab/y", "lab/x"}) {
    log_.Failed(key, "get", kube::LocalError(Failure::kConnect, "refused"));
  }
  EXPECT_THAT(lines_.lines, SizeIs(1));
  log_.Recovered("lab/y");
  EXPECT_THAT(lines_.lines, ElementsAre("the API server does not answer as it should; trying on",
                                        "the API server answers again"));
}

TEST_F(FailureLogTest, AnExperimentThatIsGoneIsNoLongerAffected) {
  log_.Failed("lab/x", "get", kube::LocalError(Failure::kConnect, "refused"));
  log_.Forget("lab/x");
  EXPECT_EQ(lines_.lines.back(), "the API server answers again");
}

}  // namespace
}  // namespace clockwork::reconcile
