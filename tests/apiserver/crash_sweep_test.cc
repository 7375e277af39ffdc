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
    // (The proxy tells of it a moment after the process has ended.)
    const bool late = !run.crashed && end == KilledBy(SIGKILL) &&
                      proxy().WaitUntil([&] { return proxy().crashed(); });
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

}  // namespace
}  // namespace clockwork::testing
