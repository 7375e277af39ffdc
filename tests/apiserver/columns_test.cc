// What `kubectl get scx` says about an experiment.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

#include "tests/apiserver/installed_server.h"

namespace clockwork::testing {
namespace {

using ::testing::MatchesRegex;

class ColumnsTest : public InstalledServerTest {
 protected:
  void SetUp() override {
    InstalledServerTest::SetUp();
    if (HasFatalFailure()) return;
    if (Kubectl({"get", "scx", "column-sample"}).ok) return;
    CreateExperiment("column-sample", "{}");
    const KubectlResult result = PatchStatus("column-sample", {{"phase", "Running"},
                                                               {"progress", "12/45"},
                                                               {"currentWorkers", 40},
                                                               {"peakGoodputRps", 5812},
                                                               {"peakWorkers", 30},
                                                               {"trialsValid", 11},
                                                               {"failures", 2},
                                                               {"message", "running the load"}});
    ASSERT_TRUE(result.ok) << result.err;
  }
};

TEST_F(ColumnsTest, SayHowFarAndHowGood) {
  EXPECT_THAT(Kubectl({"get", "scx", "column-sample"}).out,
              MatchesRegex("NAME +PHASE +TRIALS +N +GOODPUT +AT-N +AGE\n"
                           "column-sample +Running +12/45 +40 +5812 +30 +[0-9]+s\n"));
}

TEST_F(ColumnsTest, WideAlsoSaysHowWell) {
  EXPECT_THAT(Kubectl({"get", "scx", "column-sample", "-o", "wide"}).out,
              MatchesRegex("NAME +PHASE +TRIALS +N +GOODPUT +AT-N +AGE +VALID +FAILURES +MESSAGE\n"
                           "column-sample +Running +12/45 +40 +5812 +30 +[0-9]+s +11 +2 +"
                           "running the load\n"));
}

TEST_F(ColumnsTest, AreNotShownWithAllOfTheNamespace) {
  EXPECT_THAT(Kubectl({"get", "all"}).out, ::testing::Not(::testing::HasSubstr("column-sample")))
      << "what a kubectl delete all --all takes along should be asked for by name";
}

}  // namespace
}  // namespace clockwork::testing
