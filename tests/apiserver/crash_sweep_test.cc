// The operator is killed (SIGKILL) before, and in another run after, every single write of an
// experiment, and started again at once: each time status and objects must end as in the run that
// nobody disturbed.

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <future>

#include "operator/kinds.h"
#include "tests/apiserver/operator_cluster.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;

constexpr const char* kName = "x";
// What no run of two trials can do without: a claim, and four pods of each and that of the figures
// made and deleted.
constexpr std::size_t kFewestWrites = 1 + (2 * 4 + 1) * 2;
constexpr std::size_t kMostWrites = 200;

// All but the times.
json WithoutTimes(const json& value) {
  if (value.is_array()) {
    json list = json::array();
    for (const json& each : value) list.push_back(WithoutTimes(each));
    return list;
  }
  if (!value.is_object()) return value;
  json object = json::object();
  for (const auto& [name, each] : value.items()) {
    if (!name.ends_with("Time")) object[name] = WithoutTimes(each);
  }
  return object;
}

bool SaysComplete(const ProxiedCall& each) {
  return each.call.resource == "scalabilityexperiments/status" && each.call.code == 200 &&
         each.call.body.find("\"phase\":\"Complete\"") != std::string::npos;
}

class CrashSweepTest : public OperatorClusterTest {
 protected:
  struct Run {
    bool crashed = false;
    std::size_t writes = 0;
    json outcome;
    std::string evidence;  // for the message of a failed expectation
  };

  // From apply to the end in a namespace of its own, with at most one crash.
  Run Measure(std::size_t write, Moment moment) {
    Run run;
    const std::string lab = NewNamespace();
    const std::size_t seen_before = pods().Seen().size();
    auto op = StartOperator({"--namespaces", lab});
    if (op == nullptr) return run;
    proxy().ClearLog();
    proxy().CrashAt(write, moment, [pid = op->pid()] { KillAndAwaitEnd(pid); });
    Apply(lab, SmallExperiment(kName, {1, 2}, 1));
    EXPECT_TRUE(proxy().WaitUntil([&] { return proxy().crashed() || IsOver(lab); }));
    run.crashed = proxy().crashed();
    if (run.crashed) {
      EXPECT_EQ(op->Wait(), KilledBy(SIGKILL));
      op = StartOperator({"--namespaces", lab});
      if (op == nullptr) return run;
    }
    const bool complete = AwaitPhase(lab, kName, "Complete") && AwaitNoPods(lab);
    run.writes = proxy().writes();
    run.evidence = complete ? "" : Describe(lab, kName);
    const auto end = op->End(SIGTERM);
    // The k-th write may have come when all was over already: then it was the end of the process.
    const bool late = !run.crashed && proxy().crashed();
    EXPECT_EQ(end, late ? KilledBy(SIGKILL) : ExitedWith(0));
    run.crashed = run.crashed || late;
    run.evidence += op->err();
    run.outcome = OutcomeOf(lab, seen_before);
    return run;
  }

 private:
  bool IsOver(const std::string& lab) {
    return proxy().Count(SaysComplete) > 0 && Names(kPods, lab).empty();
  }

  // All that must not depend on what happened on the way.
  json OutcomeOf(const std::string& lab, std::size_t seen_before) {
    std::set<std::string> ever;
    const std::vector<std::string> seen = pods().Seen();
    for (std::size_t i = seen_before; i < seen.size(); ++i) ever.insert(WithoutUid(seen[i]));
    return {{"status", WithoutTimes(StatusOf(lab, kName))},
            {"experiments", Names(kExperiments, lab)},
            {"pods", Names(kPods, lab)},
            {"claims", Names(kClaims, lab)},
            {"podsEver", ever}};
  }
};

TEST_F(CrashSweepTest, EveryWriteMayBeTheLastOne) {
  proxy().Disarm();
  const Run undisturbed = Measure(0, Moment::kBefore);
  ASSERT_EQ(undisturbed.outcome.at("/status/phase"_json_pointer), "Complete")
      << undisturbed.evidence;
  ASSERT_GE(undisturbed.writes, kFewestWrites);
  std::size_t crashes = 0;
  // A run may take some writes more or less, as several changes are seen at once or one by one.
  for (std::size_t write = 1; write <= kMostWrites; ++write) {
    bool crashed = false;
    for (const Moment moment : {Moment::kBefore, Moment::kAfter}) {
      const Run run = Measure(write, moment);
      crashed = crashed || run.crashed;
      crashes += run.crashed ? 1 : 0;
      EXPECT_EQ(json::diff(undisturbed.outcome, run.outcome), json::array())
          << (moment == Moment::kBefore ? "before" : "after") << " write " << write << "\n"
          << run.outcome.dump(1) << "\n"
          << run.evidence;
      if (HasFatalFailure() || HasFailure()) return;
    }
    if (!crashed) break;
  }
  EXPECT_GE(crashes, 2 * kFewestWrites);
  RecordProperty("crashes", static_cast<int>(crashes));
  RecordProperty("writes", static_cast<int>(undisturbed.writes));
}

// Lives that take another turn on the way. A crash after a write leaves what one before the next
// leaves, so that here only the latter is tried.
struct Life {
  const char* name;
  std::int64_t attempts;  // that its trial takes, the first of which fail
  bool pauses;            // suspended in mid-trial, and resumed
  bool dies;              // its time to live is over at once
};

void PrintTo(const Life& life, std::ostream* out) { *out << life.name; }

class CrashInALifeTest : public OperatorClusterTest, public ::testing::WithParamInterface<Life> {
 protected:
  // Whether the operator was killed before write `write`, and *outcome.
  bool Live(std::size_t write, json* outcome) {
    const std::string lab = NewNamespace();
    FailFirstAttempts();
    auto op = StartOperator({"--namespaces", lab});
    if (op == nullptr) return false;
    proxy().ClearLog();
    proxy().CrashAt(write, Moment::kBefore, [pid = op->pid()] { KillAndAwaitEnd(pid); });
    std::atomic<bool> over = false;
    auto outcome_of_life = std::async(std::launch::async, [&] {
      json seen = LiveOn(lab);
      over = true;
      proxy().Resume();  // so that the wait below looks
      return seen;
    });
    EXPECT_TRUE(proxy().WaitUntil([&] { return over || proxy().crashed(); }));
    const bool crashed = proxy().crashed();
    if (crashed) {
      EXPECT_EQ(op->Wait(), KilledBy(SIGKILL));
      op = StartOperator({"--namespaces", lab});
      if (op == nullptr) return false;
    }
    *outcome = outcome_of_life.get();
    proxy().Disarm();
    EXPECT_EQ(op->End(SIGTERM), ExitedWith(0));
    return crashed;
  }

 private:
  void FailFirstAttempts() {
    pods().ScriptBy([](const PodFacts& pod) -> std::optional<PodScript> {
      if (pod.role != "client" || pod.attempt >= GetParam().attempts) return std::nullopt;
      return PodScript{.fault = PodScript::Fault::kCrash, .message = {}};
    });
  }

  // From apply to the end, whoever dies on the way.
  json LiveOn(const std::string& lab) {
    if (GetParam().pauses) pods().Hold("client", PodStep::kEnd);
    json experiment = SmallExperiment(kName, {1}, 1);
    if (GetParam().dies) experiment["spec"]["ttlSecondsAfterFinished"] = 0;
    Apply(lab, experiment);
    if (GetParam().pauses) Pause(lab);
    return OutcomeOf(lab);
  }

  void Pause(const std::string& lab) {
    EXPECT_TRUE(AwaitStep(lab, "Measuring")) << Describe(lab, kName);
    Patch(lab, kName, {{"spec", {{"suspend", true}}}});
    EXPECT_TRUE(AwaitPhase(lab, kName, "Suspended") && AwaitNoPods(lab)) << Describe(lab, kName);
    pods().Release("client", PodStep::kEnd);
    Patch(lab, kName, {{"spec", {{"suspend", false}}}});
  }

  bool AwaitStep(const std::string& lab, const std::string& step) {
    return Await(kExperiments, lab, [&](const std::vector<json>& all) {
      return std::any_of(all.begin(), all.end(), [&](const json& each) {
        return each.value("/status/active/0/step"_json_pointer, "") == step;
      });
    });
  }

  // At the end: all that must not depend on what happened on the way.
  json OutcomeOf(const std::string& lab) {
    const auto gone = [](const std::vector<json>& all) { return all.empty(); };
    if (GetParam().dies) {
      EXPECT_TRUE(Await(kExperiments, lab, gone)) << Describe(lab, kName);
      return {{"experiments", Names(kExperiments, lab)}, {"claims", Names(kClaims, lab)}};
    }
    EXPECT_TRUE(AwaitPhase(lab, kName, "Complete")) << Describe(lab, kName);
    json status = WithoutTimes(StatusOf(lab, kName));
    EXPECT_EQ(status.at("failures"), GetParam().attempts - 1);
    // What has failed is kept, what was measured and drawn goes.
    const std::size_t kept = GetParam().attempts > 1 ? 1 : 0;
    EXPECT_TRUE(Await(kPods, lab, [&](const std::vector<json>& all) { return all.size() == kept; }))
        << Describe(lab, kName);
    return {{"status", status}, {"pods", Names(kPods, lab)}, {"claims", Names(kClaims, lab)}};
  }
};

TEST_P(CrashInALifeTest, ChangesNothing) {
  json undisturbed;
  ASSERT_FALSE(Live(0, &undisturbed));
  std::size_t write = 1;
  for (bool crashed = true; crashed && write <= kMostWrites; ++write) {
    json outcome;
    crashed = Live(write, &outcome);
    EXPECT_EQ(json::diff(undisturbed, outcome), json::array()) << "before write " << write << "\n"
                                                               << outcome.dump(1);
    if (HasFatalFailure() || HasFailure()) return;
  }
  EXPECT_GT(write, 1 + 2 * 5) << "a claim, and five pods made and deleted";
}

INSTANTIATE_TEST_SUITE_P(Lives, CrashInALifeTest,
                         ::testing::Values(Life{"Retried", 2, false, false},
                                           Life{"Suspended", 1, true, false},
                                           Life{"ShortLived", 1, false, true}),
                         [](const auto& life) { return std::string(life.param.name); });

}  // namespace
}  // namespace clockwork::testing
