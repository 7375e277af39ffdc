#include "operator/reconcile/experiment_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "operator/kube/metrics.h"

namespace clockwork::reconcile {
namespace {

using kube::Json;
using ::testing::HasSubstr;
using ::testing::Not;

kube::ObjectPtr Object(const std::string& name, const Json& status) {
  return std::make_shared<const Json>(
      Json{{"metadata", {{"namespace", "lab"}, {"name", name}}}, {"status", status}});
}

std::string Render(std::vector<kube::ObjectPtr> objects) {
  return kube::RenderMetrics(ExperimentMetrics([objects] { return objects; }));
}

TEST(ExperimentMetrics, AreThoseOfTheStatus) {
  const std::string text = Render({Object("x", {{"phase", "Running"},
                                                {"trialsTotal", 6},
                                                {"trialsDone", 2},
                                                {"failures", 1},
                                                {"peakGoodputRps", 2002}}),
                                   Object("y", Json::object())});
  EXPECT_THAT(text, HasSubstr(R"(clockwork_experiments{phase="Running"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(clockwork_experiments{phase="Pending"} 1)"));
  EXPECT_THAT(text,
              HasSubstr(R"(clockwork_experiment_trials{namespace="lab",name="x",state="done"} 2)"));
  EXPECT_THAT(text,
              HasSubstr(R"(clockwork_experiment_peak_goodput_rps{namespace="lab",name="x"} 2002)"));
  EXPECT_THAT(text, HasSubstr("clockwork_experiments_unlisted 0"));
}

TEST(ExperimentMetrics, SurviveAForeignStatus) {
  const std::string text =
      Render({Object("x", "odd"), Object("y", {{"phase", 3}, {"failures", "no"}})});
  EXPECT_THAT(text, HasSubstr(R"(clockwork_experiments{phase="Pending"} 2)"));
}

TEST(ExperimentMetrics, AreBounded) {
  std::vector<kube::ObjectPtr> objects;
  for (std::size_t i = 0; i < kMaxMeasuredExperiments + 3; ++i) {
    objects.push_back(Object("e" + std::to_string(i), Json::object()));
  }
  const std::string text = Render(objects);
  EXPECT_THAT(text, HasSubstr("clockwork_experiments_unlisted 3"));
  EXPECT_THAT(text, Not(HasSubstr("name=\"e1000\"")));
}

}  // namespace
}  // namespace clockwork::reconcile
