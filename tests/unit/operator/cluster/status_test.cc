#include "operator/plan/cluster/status.h"

#include <gtest/gtest.h>

#include <string>

#include <nlohmann/json.hpp>

#include "images/common/base/file.h"
#include "tests/support/paths.h"
#include "tests/unit/operator/cluster/world_builder.h"

namespace clockwork::plan::cluster {
namespace {

constexpr std::size_t kMaxStatusBytes = 400 * 1024;

ExperimentStatus ReadBack(const ExperimentStatus& status) {
  return DecodeStatus(nlohmann::json::parse(EncodeStatus(status).dump()));
}

TEST(StatusTest, IsReadBackAsItWasWritten) {
  World world = MakeWorld();
  Activate(&world, TrialStep::kCollecting);
  End(&AddPod(&world, Role::kCollector), true, Evidence(1000, 5'000));
  const ExperimentStatus status = Decide(world).status;
  EXPECT_FALSE(status.results.empty());
  EXPECT_EQ(ReadBack(status), status);
  ExperimentStatus drawn = status;
  drawn.telemetry_image = "example.org/telemetry:1";
  drawn.figures = {FiguresState::kMissing, 3, kTestNowNs, "OOMKilled", "more memory"};
  EXPECT_EQ(ReadBack(drawn), drawn);
}

TEST(StatusTest, ALargeExperimentStaysFarBelowTheServersLimit) {
  World world = MakeWorld();
  Spec(&world).workers.values.clear();
  for (std::int64_t n = 9'001; n <= 10'000; ++n) Spec(&world).workers.values.push_back(n);
  Spec(&world).trials = 10;
  for (const std::int64_t n : Spec(&world).workers.values) {
    StatusResult result;
    result.workers = n;
    result.goodput_rps.assign(10, 1'234'567);
    result.attempts.assign(10, 10);
    result.invalid = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    world.experiment.status.results.push_back(result);
  }
  const ExperimentStatus status = Decide(world).status;
  EXPECT_EQ(status.trials_invalid, 10'000);
  EXPECT_LT(EncodeStatus(status).dump().size(), kMaxStatusBytes);
  EXPECT_EQ(ReadBack(status), status);
}

TEST(StatusTest, ForeignEditsAreSurvived) {
  const char* const cases[] = {
      R"(null)",
      R"("text")",
      R"({"results": 7, "active": {}, "conditions": null})",
      R"({"results": [{"workers": "two"}, 5, {"workers": 2, "goodputRps": ["a", -9, 1e9],
          "attempts": [-5], "invalid": [0, 99, "x"]}]})",
      R"({"figures": "drawn"})",
      R"({"figures": {"state": "Drawn", "attempt": 0}})",
      R"({"figures": {"state": "Drawn", "attempt": 1, "startTime": "2026-01-01T00:00:00Z"}})",
      R"({"active": [{"config": 1}, {"config": 99, "trial": 1, "workers": 2, "attempt": 1,
          "step": "Measuring", "startTime": "2026-01-01T00:00:00Z"},
          {"config": 1, "trial": 1, "workers": 2, "attempt": -1, "step": "Measuring",
          "startTime": "2026-01-01T00:00:00Z"}], "startTime": "yesterday"})"};
  for (const char* text : cases) {
    World world = MakeWorld();
    world.experiment.status = DecodeStatus(nlohmann::json::parse(text));
    const Decision decision = Decide(world);
    EXPECT_TRUE(decision.write_status) << text;
    EXPECT_EQ(decision.status.active.size(), 1U) << text;
    EXPECT_FALSE(decision.status.figures) << text;
    EXPECT_EQ(ReadBack(decision.status), decision.status) << text;
  }
}

TEST(StatusTest, AConditionsTimeMovesWithItsStatusOnly) {
  World world = MakeWorld();
  world.experiment.status = Decide(world).status;
  const Nanos before_ns = world.experiment.status.conditions[0].transition_ns;
  world.now_ns += 5 * kSecond;
  AddPod(&world, Role::kWorker);
  const ExperimentStatus going = Decide(world).status;
  EXPECT_EQ(going.conditions[0].transition_ns, before_ns);
  world.pods[0].phase = PodPhase::kPending;
  world.pods[0].ready = false;
  world.pods[0].unscheduled_reason = "Unschedulable";
  const ExperimentStatus blocked = Decide(world).status;
  EXPECT_EQ(blocked.conditions[0].transition_ns, world.now_ns);
}

TEST(StatusTest, ReadyAndProgressingSayWhatHolds) {
  World world = MakeWorld();
  world.nodes_known = false;
  world.claim = {};
  const ExperimentStatus pending = Decide(world).status;
  EXPECT_EQ(pending.phase, Phase::kPending);
  EXPECT_EQ(pending.conditions[0].status, ConditionStatus::kFalse) << "nothing runs yet";
  EXPECT_EQ(pending.conditions[0].reason, "Waiting");
  EXPECT_EQ(pending.conditions[1].status, ConditionStatus::kTrue);
  world.claim = MakeWorld().claim;
  EXPECT_EQ(Decide(world).status.conditions[0].status, ConditionStatus::kTrue);
  Spec(&world).suspend = true;
  const ExperimentStatus suspended = Decide(world).status;
  EXPECT_EQ(suspended.conditions[0].status, ConditionStatus::kFalse);
  EXPECT_EQ(suspended.conditions[0].reason, "Suspended");
  EXPECT_EQ(suspended.conditions[1].status, ConditionStatus::kFalse);
}

TEST(StatusTest, ConditionsOfOthersAreLeftAlone) {
  World world = MakeWorld();
  const Condition foreign{
      "example.org/Audited", ConditionStatus::kTrue, "Seen", "by us", kSecond, 1};
  world.experiment.status.conditions.push_back(foreign);
  const ExperimentStatus status = Decide(world).status;
  ASSERT_EQ(status.conditions.size(), 6U);
  EXPECT_EQ(status.conditions.back(), foreign);
  world.experiment.status.conditions.assign(30, foreign);
  EXPECT_EQ(Decide(world).status.conditions.size(), kMaxConditions);
}

TEST(StatusTest, AMedianIsOverTheValidTrials) {
  World world = MakeWorld();
  Spec(&world).trials = 3;
  auto& results = world.experiment.status.results;
  results = {{2, {100, 300, 900}, {1, 1, 3}, {3}, {}},
             {4, {100, 300, 900}, {3, 3, 3}, {1, 2, 3}, {}}};
  const ExperimentStatus status = Decide(world).status;
  EXPECT_EQ(status.results[0].median_goodput_rps, 200);
  EXPECT_EQ(status.results[1].median_goodput_rps, 300) << "none is valid";
}

TEST(StatusTest, TimesAreThoseOfTheCalendar) {
  const std::pair<Nanos, const char*> cases[] = {{0, "1970-01-01T00:00:00Z"},
                                                 {951'782'400, "2000-02-29T00:00:00Z"},
                                                 {1'709'251'199, "2024-02-29T23:59:59Z"},
                                                 {4'107'542'400, "2100-03-01T00:00:00Z"}};
  for (const auto& [seconds, text] : cases) {
    EXPECT_EQ(FormatTime(seconds * kSecond), text);
    EXPECT_EQ(ParseTime(text), seconds * kSecond) << text;
  }
  EXPECT_EQ(FormatTime(1'250 * kMillisecond, true), "1970-01-01T00:00:01.250Z");
  EXPECT_EQ(ParseTime("1970-01-01T01:00:01.25+01:00"), 1'250 * kMillisecond);
  for (const char* bad : {"", "2024-13-01T00:00:00Z", "2024-01-01", "2024-01-01T00:00:00", "x",
                          "9999-01-01T00:00:00Z", "2024-01-01T00:00:00.Z"}) {
    EXPECT_FALSE(ParseTime(bad).has_value()) << bad;
  }
}

TEST(StatusTest, MessagesAreCutBetweenCharacters) {
  EXPECT_EQ(Shortened("short", 10), "short");
  EXPECT_EQ(Shortened("12345678901", 10), "1234567...");
  EXPECT_EQ(Shortened("123456\u00e9\u00e9\u00e9", 10), "123456...");
}

TEST(ReasonsTest, TheTroubleshootingPageExplainsEachReason) {
  const auto reasons = ReadFile(SourcePath("operator/plan/cluster/reasons.h"));
  const auto page = ReadFile(SourcePath("docs/troubleshooting.md"));
  ASSERT_TRUE(reasons.ok() && page.ok());
  int count = 0;
  for (std::size_t at = reasons->find("= \""); at != std::string::npos;
       at = reasons->find("= \"", at + 1), ++count) {
    const std::size_t begin = at + 3;
    const std::string name = reasons->substr(begin, reasons->find('"', begin) - begin);
    EXPECT_NE(page->find("| `" + name + "` |"), std::string::npos) << name << " is not explained";
  }
  EXPECT_GT(count, 30);
}

}  // namespace
}  // namespace clockwork::plan::cluster
