#include "tests/integration/remote/remote_rig.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "images/common/base/file.h"
#include "tests/support/paths.h"

namespace clockwork::testing {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* kEvidence =
    R"({"version": 1, "attempt": "a",
        "manifest": {"complete": true, "requestRows": 10, "actionRows": 5,
                     "droppedRequestRows": 0, "droppedActionRows": 0},
        "peak": {"bucket": 1, "goodputRps": GOODPUT, "throughputRps": 1.0, "meanBatch": 6.5,
                 "offeredRps": 4321.0},
        "client": {"valid": true, "invalidReason": "", "sent": 10, "answered": 10, "unanswered": 0,
                   "lagP99Us": 12.0, "offeredRps": 1.0, "trace": "t", "zoo": "z",
                   "modelOrder": "published"}})";

json Experiment() {
  return {{"apiVersion", "clockwork.dev/v1alpha1"},
          {"kind", "ScalabilityExperiment"},
          {"metadata", {{"name", kName}, {"namespace", kLab}}},
          {"spec", {{"workers", {{"values", {1, 2}}}}, {"trials", 1}}}};
}

}  // namespace

json StatusAfter(int measured) {
  json results = json::array();
  for (int n = 1; n <= 2; ++n) {
    const bool done = n <= measured;
    results.push_back({{"workers", n},
                       {"medianGoodputRps", done ? json(1000 * n) : json()},
                       {"goodputRps", {done ? 1000 * n : -1}},
                       {"attempts", {done ? 1 : 0}},
                       {"invalid", json::array()}});
  }
  json status = {{"phase", "Running"}, {"message", "measures"},
                 {"trialsTotal", 2},   {"trialsDone", measured},
                 {"results", results}, {"startTime", "2026-01-31T12:00:00Z"}};
  if (measured < 2) {
    status["active"] = json::array({{{"workers", measured + 1},
                                     {"config", measured + 1},
                                     {"trial", 1},
                                     {"attempt", 1},
                                     {"step", "Measuring"},
                                     {"startTime", "2026-01-31T12:00:00.000Z"}}});
  }
  return status;
}

json FinalStatus(const std::string& phase) {
  json status = StatusAfter(phase == "Complete" ? 2 : 1);
  status.erase("active");
  status["phase"] = phase;
  status["message"] = "that is all";
  status["completionTime"] = "2026-01-31T12:10:00Z";
  return status;
}

RemoteRig::RemoteRig() {
  server_.Put(Experiment());
  SetStatus(FinalStatus("Complete"));
  EXPECT_TRUE(WriteFileAtomically(directory_ / "kubeconfig", server_.KubeconfigText()).ok());
  for (int n = 1; n <= 2; ++n) {
    const std::string i = std::to_string(n);
    std::string evidence = kEvidence;
    evidence.replace(evidence.find("GOODPUT"), 7, std::to_string(1000 * n));
    WriteTree("trial-1/file=controller_" + i + "_evidence.json", evidence);
    WriteTree("trial-1/file=controller_" + i + "_aggregate.tsv", "row\n");
    WriteTree("trial-1/file=controller_" + i + "_request.tsv", std::string(100'000, 'r'));
    WriteTree("data/processed-data-trial-1/timeseries_data-" + i + ".tsv", "row\n");
  }
  SetKubectl("stream");
}

void RemoteRig::SetStatus(const json& status) {
  server_.Edit("scalabilityexperiments", kLab, kName,
               [&](json* object) { (*object)["status"] = status; });
}

void RemoteRig::WriteTree(const std::string& name, const std::string& text) {
  const std::string path = directory_ / ("tree/" + name);
  fs::create_directories(fs::path(path).parent_path());
  EXPECT_TRUE(WriteFileAtomically(path, text).ok());
}

void RemoteRig::SetKubectl(const std::string& shell_lines) {
  const std::string text = "#!/bin/sh\nstream() { " + ProgramPath("telemetry") + " archive -i '" +
                           directory_ / "tree" + "'; }\nprintf '%s\\n' \"$@\" >'" +
                           directory_ / "arguments" + "'\n" + shell_lines + "\n";
  EXPECT_TRUE(WriteFileAtomically(directory_ / "kubectl", text).ok());
  fs::permissions(directory_ / "kubectl", fs::perms::owner_all);
}

std::string RemoteRig::KubectlArguments() const {
  const auto text = ReadFile(directory_ / "arguments");
  return text.ok() ? *text : "kubectl was not called";
}

std::unique_ptr<Process> RemoteRig::Start(std::vector<std::string> arguments) {
  ProcessOptions options;
  options.command = {ProgramPath("clockwork-experiment")};
  options.command.insert(options.command.end(), arguments.begin(), arguments.end());
  for (const std::string& argument : {std::string("--kubeconfig"), directory_ / "kubeconfig",
                                      std::string("-n"), std::string(kLab)}) {
    options.command.push_back(argument);
  }
  options.directory = directory_.path();
  return std::make_unique<Process>(std::move(options));
}

std::unique_ptr<Process> RemoteRig::StartFetch(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(),
                   {"fetch", kName, "-o", Output(), "--kubectl", directory_ / "kubectl",
                    "--programs", directory_ / "no-programs"});
  return Start(std::move(arguments));
}

json RemoteRig::RunReader() {
  if (!server_.WaitUntil([&] { return Pods() == 1; })) {
    ADD_FAILURE() << "there is no pod";
    return json::object();
  }
  const json pod = server_.List("pods", kLab).front();
  server_.Edit("pods", kLab, pod.at("metadata").at("name").get<std::string>(), [](json* object) {
    (*object)["status"] = {
        {"phase", "Running"},
        {"containerStatuses",
         json::array({{{"name", "reader"}, {"state", {{"running", json::object()}}}}})}};
  });
  return pod;
}

}  // namespace clockwork::testing
