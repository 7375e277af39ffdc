// clockwork-experiment: runs a ScalabilityExperiment on this machine, looks after one of a cluster.

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "images/common/base/command_line.h"
#include "images/common/base/exit_code.h"
#include "images/common/base/file.h"
#include "images/common/base/log.h"
#include "images/common/base/version.h"
#include "operator/api/decode.h"
#include "operator/api/yaml_document.h"
#include "operator/local/experiment_run.h"
#include "operator/local/outcome.h"
#include "operator/plan/trials.h"
#include "operator/remote/commands.h"

namespace clockwork {
namespace {

constexpr const char* kProgram = "clockwork-experiment";
constexpr const char* kUsage =
    "Measures how far a Clockwork controller scales: runs a ScalabilityExperiment on this machine, "
    "and\n"
    "looks after those of a cluster. As kubectl-scx in the PATH it is a plug-in: kubectl scx watch "
    "NAME.\n\n"
    "Usage: clockwork-experiment run -f FILE [-o DIR] [options]\n"
    "       clockwork-experiment validate -f FILE\n"
    "       clockwork-experiment report DIR [options]\n"
    "       clockwork-experiment fetch NAME [-n NAMESPACE] [-o DIR] [options]\n"
    "       clockwork-experiment watch NAME [-n NAMESPACE] [options]\n\n"
    "Commands:\n"
    "  run         measure every N and trial, then print the table and draw the figures\n"
    "  validate    check an experiment file and say what it would measure\n"
    "  report      print the table and redraw the figures of a directory that run or fetch has "
    "filled\n"
    "  fetch       copy an experiment's results from a cluster, print the table, draw the figures\n"
    "  watch       show how far an experiment of a cluster is, until it is over\n\n"
    "Options:\n"
    "  -h,--help   Print this help and exit; after a command, the help of that command\n"
    "  --version   Print the version and exit\n";

// One line per error, each starting with the file.
Result<api::ScalabilityExperiment> LoadExperiment(const std::string& file) {
  auto text = ReadFile(file, api::kMaxDocumentBytes);
  if (!text.ok()) return UsageError(text.error().message);
  auto experiment = api::ParseExperiment(*text);
  if (experiment.ok()) return experiment;
  std::string message = file + ": ";
  for (const char c : experiment.error().message) {
    message += c;
    if (c == '\n') message += fmt::format("{}: {}: ", kProgram, file);
  }
  return UsageError(std::move(message));
}

int Finish(const Result<local::RunOutcome>& outcome) {
  if (!outcome.ok()) return ReportError(kProgram, outcome.error());
  local::PrintOutcome(outcome.value());
  return kExitSuccess;
}

int RunMain(int argc, const char* const* argv) {
  local::Interrupts interrupts;
  std::string file;
  local::RunOptions options;
  CommandLine line("clockwork-experiment run",
                   "Measures every N and trial of an experiment, then prints "
                   "the table and draws the figures. Interrupted, the same command continues it.");
  line.Text("-f,--file", "The experiment, YAML or JSON", &file);
  line.Text("-o,--output",
            "Directory of the experiment; results/<name of the experiment> when not given",
            &options.directory);
  line.Flag("--fresh", "Delete the trials that the directory holds and start anew", &options.fresh);
  local::AddLocationOptions(&line, &options);
  if (const auto end = line.Parse(argc, argv)) return *end;
  if (file.empty()) {
    return ReportError(kProgram, UsageError("-f FILE is missing: which experiment is to be run?"));
  }
  auto experiment = LoadExperiment(file);
  if (!experiment.ok()) return ReportError(kProgram, experiment.error());
  if (options.directory.empty()) options.directory = "results/" + experiment->name;
  return Finish(local::RunExperiment(*experiment, options, &interrupts));
}

int ValidateMain(int argc, const char* const* argv) {
  std::string file;
  CommandLine line("clockwork-experiment validate", "Checks an experiment file, changing nothing.");
  line.Text("-f,--file", "The experiment, YAML or JSON", &file);
  if (const auto end = line.Parse(argc, argv)) return *end;
  if (file.empty()) {
    return ReportError(kProgram,
                       UsageError("-f FILE is missing: which experiment is to be checked?"));
  }
  auto experiment = LoadExperiment(file);
  if (!experiment.ok()) return ReportError(kProgram, experiment.error());
  const plan::Plan plan = plan::MakePlan(experiment->spec);
  Nanos load_ns = 0;
  for (const plan::PlannedTrial& trial : plan.order) load_ns += trial.load_ns;
  fmt::print(
      "{}: {} is valid: {} worker counts from {} to {}, {} trials each, {} load steps of {} s; {} "
      "s "
      "of load in all\n",
      file, experiment->name, plan.worker_counts.size(), plan.worker_counts.front(),
      plan.worker_counts.back(), plan.trials, plan.order.back().load_steps,
      experiment->spec.load.period_seconds, load_ns / kSecond);
  return kExitSuccess;
}

int ReportMain(int argc, const char* const* argv) {
  local::Interrupts interrupts;
  local::RunOptions options;
  CommandLine line("clockwork-experiment report",
                   "Prints the table and redraws the figures of an experiment's directory.");
  line.Positional("DIR", "Directory that run or fetch has filled", true,
                  [&options](std::string_view, const std::string& text) -> Status {
                    options.directory = text;
                    return {};
                  });
  local::AddLocationOptions(&line, &options);
  if (const auto end = line.Parse(argc, argv)) return *end;
  return Finish(local::ReportExperiment(options, &interrupts));
}

int Main(int argc, const char* const* argv) {
  InitLog(kProgram);
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "run") return RunMain(argc - 1, argv + 1);
  if (command == "validate") return ValidateMain(argc - 1, argv + 1);
  if (command == "report") return ReportMain(argc - 1, argv + 1);
  if (command == "fetch") return remote::FetchMain(argc - 1, argv + 1);
  if (command == "watch") return remote::WatchMain(argc - 1, argv + 1);
  if (command == "-h" || command == "--help") {
    std::fputs(kUsage, stdout);
    return kExitSuccess;
  }
  if (command == "--version") {
    fmt::print("{} {}\n", kProgram, Version());
    return kExitSuccess;
  }
  const std::string problem =
      command.empty() ? "a command is missing" : fmt::format("there is no command '{}'", command);
  return ReportError(
      kProgram, UsageError(problem + "; give run, validate, report, fetch or watch (try --help)"));
}

}  // namespace
}  // namespace clockwork

int main(int argc, char** argv) { return clockwork::Main(argc, argv); }
