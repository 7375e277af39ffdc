// The operator is killed (SIGKILL) before every single write of experiments whose lives take
// another turn on the way: a trial that is repeated, a pause, an early end. Each time status and
// objects must end as in the run that nobody disturbed.

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <future>

#include "operator/kinds.h"
#include "tests/apiserver/operator_cluster.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;

constexpr const char* kName = "x";

// A crash after a write leaves what one before the next
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
    const auto end = op->End(SIGTERM);
    // Its life may have been over when the write came: then it was the end of the process.
    const bool late = !crashed && end == KilledBy(SIGKILL) &&
                      proxy().WaitUntil([&] { return proxy().crashed(); });
    proxy().Disarm();
    EXPECT_EQ(end, late ? KilledBy(SIGKILL) : ExitedWith(0));
    return crashed || late;
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
