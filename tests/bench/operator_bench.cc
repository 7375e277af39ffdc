// What clockwork-operator costs and how soon it reacts, as one JSON line:
//
//   build/tests/operator_bench [TRIALS [EXPERIMENTS [IDLE_SECONDS]]]        (default 100 1000 20)
//
//   startMs        from the start of the process to its ready file; API server stand-in, nothing in
//   it idleRssKiB     resident memory then idleCpuPercent of one core, over IDLE_SECONDS without
//   any event reactMs        from a pod's status change to the operator's next write reaching the
//   server:
//                  median, min, max over TRIALS changes (a worker pod that becomes ready)
//   blockerMs      from the status of a pod whose image cannot be pulled to the write of the status
//                  that names it: median, min, max over as many changes
//   listedRssKiB   resident memory of a fresh process with EXPERIMENTS finished experiments listed
//
// The stand-in runs in this process, on the same machine: its share is in reactMs and startMs.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "images/common/base/clock.h"
#include "tests/bench/spread.h"
#include "tests/integration/operator/operator_rig.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;

std::int64_t ResidentKib(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/statm", pid));
  std::int64_t total = 0;
  std::int64_t resident = 0;
  file >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE) / 1024;
}

// User and system time of the process so far.
Nanos CpuNs(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  std::vector<std::string> fields;
  std::size_t at = text.rfind(')') + 2;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    fields.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  constexpr std::size_t kUserTicks = 11;  // of the fields after the name (man 5 proc)
  if (fields.size() <= kUserTicks + 1) return 0;
  const std::int64_t ticks = std::stoll(fields[kUserTicks]) + std::stoll(fields[kUserTicks + 1]);
  return ticks * kSecond / ::sysconf(_SC_CLK_TCK);
}

json CountedSpread(const std::vector<double>& values) {
  json spread = bench::Spread(values);
  if (!values.empty()) spread["count"] = values.size();
  return spread;
}

void MeasureIdle(std::int64_t seconds, json* line) {
  OperatorRig rig;
  const Nanos begin_ns = NowNs();
  const auto op = rig.StartOperator();
  if (!op) return;
  (*line)["startMs"] = static_cast<double>(NowNs() - begin_ns) / kMillisecond;
  const Nanos cpu_ns = CpuNs(op->pid());
  // The measurement is of a span of time: there is nothing to wait for.
  op->Wait(std::chrono::seconds(seconds));
  (*line)["idleCpuPercent"] = 100.0 * static_cast<double>(CpuNs(op->pid()) - cpu_ns) /
                              static_cast<double>(seconds * kSecond);
  (*line)["idleRssKiB"] = ResidentKib(op->pid());
}

void MeasureReaction(std::int64_t trials, json* line) {
  OperatorRig rig;
  // The reaction to a ready worker is a status write and then the controller pod: the last status
  // write before that pod is the one.
  std::atomic<Nanos> last_write_ns{0};
  std::atomic<Nanos> reacted_ns{0};
  rig.server().AddHook(Moment::kBefore, OnCall{"PUT", "scalabilityexperiments/status"},
                       [&](const Call&) {
                         last_write_ns = NowNs();
                         return Then::kProceed;
                       });
  rig.server().AddHook(Moment::kBefore, OnCall{"POST", "pods"}, [&](const Call& call) {
    if (call.body.find("-controller\"") != std::string::npos) reacted_ns = last_write_ns.load();
    return Then::kProceed;
  });
  rig.pods().Hold("worker", PodStep::kReady);
  const auto op = rig.StartOperator();
  if (!op) return;
  rig.Apply(SmallExperiment("bench", {1}, std::min<std::int64_t>(trials, 100)));
  std::vector<double> react_ms;
  for (std::int64_t i = 0; i < std::min<std::int64_t>(trials, 100); ++i) {
    const auto nth = static_cast<std::size_t>(i) + 1;
    if (!rig.pods().WaitUntilHeld("worker", PodStep::kReady, nth)) break;
    reacted_ns = 0;
    const Nanos changed_ns = NowNs();
    rig.pods().Release("worker", PodStep::kReady);
    rig.pods().Hold("worker", PodStep::kReady);
    if (!rig.server().WaitUntil([&] { return reacted_ns != 0; })) break;
    react_ms.push_back(static_cast<double>(reacted_ns - changed_ns) / kMillisecond);
  }
  (*line)["reactMs"] = CountedSpread(react_ms);
}

// A worker pod that is held before it is bound fails to pull its image, and then does not.
void MeasureBlocker(std::int64_t trials, json* line) {
  OperatorRig rig;
  constexpr const char* kReason = "ErrImagePull";
  std::atomic<Nanos> named_ns{0};
  std::atomic<bool> named = false;
  rig.server().AddHook(Moment::kBefore, OnCall{"PUT", "scalabilityexperiments/status"},
                       [&](const Call& call) {
                         named_ns = NowNs();
                         named = call.body.find(kReason) != std::string::npos;
                         return Then::kProceed;
                       });
  rig.pods().Hold("worker", PodStep::kBind);
  const auto op = rig.StartOperator();
  if (!op) return;
  rig.Apply(SmallExperiment("bench", {1}, 1));
  if (!rig.pods().WaitUntilHeld("worker", PodStep::kBind)) return;
  const json pod = rig.server().List("pods").front();
  const auto tell = [&](const char* reason) {
    rig.server().Edit("pods", kRigNamespace, pod.at("metadata").at("name").get<std::string>(),
                      [&](json* object) {
                        (*object)["status"]["containerStatuses"] = {
                            {{"name", "main"}, {"state", {{"waiting", {{"reason", reason}}}}}}};
                      });
  };
  std::vector<double> blocker_ms;
  for (std::int64_t i = 0; i < trials; ++i) {
    const Nanos changed_ns = NowNs();
    tell(kReason);
    if (!rig.server().WaitUntil([&] { return named.load(); })) break;
    blocker_ms.push_back(static_cast<double>(named_ns - changed_ns) / kMillisecond);
    tell("PodInitializing");
    if (!rig.server().WaitUntil([&] { return !named.load(); })) break;
  }
  (*line)["blockerMs"] = CountedSpread(blocker_ms);
}

void MeasureListed(std::int64_t experiments, json* line) {
  OperatorRig rig;
  {
    // One that is really finished, to be copied.
    const auto op = rig.StartOperator();
    rig.Apply(SmallExperiment("model", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, 3));
    if (!op || !rig.WaitForPhase("model", "Complete", std::chrono::minutes(5))) return;
  }
  const json model = rig.Experiment("model");
  for (std::int64_t i = 1; i < experiments; ++i) {
    json copy = model;
    copy["metadata"] = {{"name", fmt::format("copy-{}", i)}, {"namespace", kRigNamespace}};
    rig.server().Put(copy);
  }
  const auto op = rig.StartOperator();
  if (!op) return;
  (*line)["listedRssKiB"] = ResidentKib(op->pid());
  (*line)["listed"] = experiments;
}

int Main(int argc, char** argv) {
  const auto argument = [&](int i, std::int64_t fallback) {
    return argc > i ? std::stoll(argv[i]) : fallback;
  };
  json line;
  MeasureIdle(argument(3, 20), &line);
  MeasureReaction(argument(1, 100), &line);
  MeasureBlocker(argument(1, 100), &line);
  MeasureListed(argument(2, 1000), &line);
  std::printf("%s\n", line.dump().c_str());
  const bool complete = line.contains("startMs") && line.contains("listed") &&
                        line.contains("reactMs") && line["reactMs"].is_object() &&
                        line.contains("blockerMs") && line["blockerMs"].is_object();
  return complete ? 0 : 1;
}

}  // namespace
}  // namespace clockwork::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  return clockwork::testing::Main(argc, argv);
}
