#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "images/common/base/command_line.h"
#include "images/common/base/environment.h"
#include "images/common/base/exit_code.h"
#include "images/common/base/parse.h"
#include "images/telemetry/archive.h"
#include "images/telemetry/collect.h"
#include "images/telemetry/figures.h"
#include "images/telemetry/file_trial.h"
#include "images/telemetry/process.h"
#include "images/telemetry/result.h"

namespace clockwork::telemetry {
namespace {

constexpr char kProgram[] = "telemetry";
constexpr std::int64_t kMaxWorkers = 10'000;
constexpr std::int64_t kMaxTrials = 1'000'000;

// --workers 2,4,6
CommandLine::Setter WorkersTo(std::vector<std::int64_t>* workers) {
  return [workers](std::string_view name, const std::string& text) -> Status {
    workers->clear();
    for (const std::string_view piece : Split(text, ',')) {
      const auto count = ParseInteger(name, piece, 1, kMaxWorkers);
      if (!count.ok()) return count.error();
      workers->push_back(*count);
    }
    return {};
  };
}

int End(const std::string& command, const Status& status) {
  return status.ok() ? kExitSuccess : ReportError(command.c_str(), status.error());
}

int Process(const std::string& command, int argc, const char* const* argv) {
  ProcessOptions options;
  CommandLine line(command, "Derives the tables of one trial from its logs.");
  line.Text("-i", "Directory of file=controller_<i>_{request,action}.tsv", &options.input);
  line.Text("-o", "Directory for the tables; made if it is missing", &options.output);
  line.Integer("-l", "Seconds to drop at the beginning", 0, kMaxSeconds,
               &options.window.lead_in_seconds);
  line.Integer("-d", "Seconds to look at after that; -1: all", -1, kMaxSeconds,
               &options.window.duration_seconds);
  line.Integer("-b", "Seconds per row of the time series", 1, kMaxSeconds, &options.bucket_seconds);
  line.Custom("--workers",
              "Numbers of workers that the configs stand for, such as 2,4,6 "
              "(default 10,20,...)",
              WorkersTo(&options.workers));
  if (auto end = line.Parse(argc, argv)) return *end;
  return End(command, RunProcess(options));
}

int Figures(const std::string& command, int argc, const char* const* argv) {
  FiguresOptions options;
  CommandLine line(command, "Puts the tables of all trials together to those of Figure 11.");
  line.Text("-i", "Directory that holds the tables of process at any depth", &options.input);
  line.Text("-o", "Directory for the two tables; made if it is missing", &options.output);
  line.Integer("--left-config", "Config shown over time", 1, kMaxConfigs, &options.left_config);
  line.Custom("--workers",
              "Numbers of workers that the configs stand for, such as 2,4,6 "
              "(default 10,20,...)",
              WorkersTo(&options.workers));
  if (auto end = line.Parse(argc, argv)) return *end;
  return End(command, RunFigures(options));
}

int Collect(const std::string& command, int argc, const char* const* argv) {
  CollectOptions options;
  CommandLine line(command, "Checks the logs of a trial and files them.");
  line.Text("--logs", "Directory in which the controller left its logs", &options.logs);
  line.Text("--experiment", "Directory of the experiment; made if it is missing",
            &options.experiment);
  line.Integer("--trial", "Number of the trial, from 1", 1, kMaxTrials, &options.trial);
  line.Integer("--config", "Number of the config, from 1", 1, kMaxConfigs, &options.config);
  line.Text("--client-summary", "The client's summary, to be filed too", &options.client_summary);
  if (auto end = line.Parse(argc, argv)) return *end;
  const char* missing = options.logs.empty()         ? "--logs"
                        : options.experiment.empty() ? "--experiment"
                        : options.trial == 0         ? "--trial"
                        : options.config == 0        ? "--config"
                                                     : nullptr;
  if (missing != nullptr) {
    return End(command, UsageError(std::string(missing) + " is missing (try --help)"));
  }
  return End(command, RunCollect(options));
}

int FileTrial(const std::string& command, int argc, const char* const* argv) {
  FileTrialOptions options;
  std::string result_file;
  CommandLine line(command, "Files one attempt's telemetry, derives its tables, reports evidence.");
  line.Text("--logs", "Directory in which the controller left its logs; emptied", &options.logs);
  line.Text("--experiment", "Directory of the experiment; made if it is missing",
            &options.experiment);
  line.Integer("--trial", "Number of the trial, from 1", 1, kMaxTrials, &options.trial);
  line.Integer("--config", "Number of the config, from 1", 1, kMaxConfigs, &options.config);
  line.Integer("--workers", "Number of workers of the config", 1, kMaxWorkers, &options.workers);
  line.Text("--attempt", "Name of the attempt; a second run for it reports the same",
            &options.attempt);
  line.Integer("-b", "Seconds per row of the time series", 1, kMaxSeconds, &options.bucket_seconds);
  line.Flag("--allow-missing-manifest", "Count the rows where the controller left no manifest",
            &options.allow_missing_manifest);
  line.Text("--result-file", "Write the evidence into this file instead of stdout", &result_file);
  line.Footer(
      "CLOCKWORK_CLIENT_SUMMARY holds the text of the client's summary, CLOCKWORK_EXPERIMENT what "
      "is "
      "to be measured: with it the trial's record and result.json are filed too.");
  if (auto end = line.Parse(argc, argv)) return *end;
  options.client_summary = EnvironmentOr("CLOCKWORK_CLIENT_SUMMARY", "");
  if (const std::string text = EnvironmentOr(plan::kFilingVariable, ""); !text.empty()) {
    auto filing = plan::DecodeFiling(text);
    if (!filing.ok()) return End(command, filing.status());
    options.filing = std::move(*filing);
  }
  const char* missing = options.logs.empty()         ? "--logs"
                        : options.experiment.empty() ? "--experiment"
                        : options.trial == 0         ? "--trial"
                        : options.config == 0        ? "--config"
                        : options.workers == 0       ? "--workers"
                        : options.attempt.empty()    ? "--attempt"
                                                     : nullptr;
  if (missing != nullptr) {
    return End(command, UsageError(std::string(missing) + " is missing (try --help)"));
  }
  const auto evidence = RunFileTrial(options);
  const Status reported = ReportTrial(evidence, result_file);
  return End(command, evidence.ok() ? reported : evidence.status());
}

int FileResultOf(const std::string& command, int argc, const char* const* argv) {
  std::string experiment;
  CommandLine line(command,
                   "Writes the result.json of an experiment of which nothing is left to do.");
  line.Text("--experiment", "Directory of the experiment", &experiment);
  line.Footer("CLOCKWORK_EXPERIMENT holds what was to be measured.");
  if (auto end = line.Parse(argc, argv)) return *end;
  if (experiment.empty()) return End(command, UsageError("--experiment is missing (try --help)"));
  const auto filing = plan::DecodeFiling(EnvironmentOr(plan::kFilingVariable, ""));
  if (!filing.ok()) return End(command, filing.status());
  return End(command, FileResult(experiment, *filing, true));
}

int Archive(const std::string& command, int argc, const char* const* argv) {
  std::string directory;
  CommandLine line(command, "Writes a directory to stdout as an archive that tar reads.");
  line.Text("-i", "Directory whose files are written", &directory);
  if (auto end = line.Parse(argc, argv)) return *end;
  if (directory.empty()) return End(command, UsageError("-i is missing (try --help)"));
  return End(command, WriteArchive(directory, STDOUT_FILENO));
}

int HoldOn(const std::string& command, int argc, const char* const* argv) {
  std::int64_t seconds = 3'600;
  CommandLine line(command, "Does nothing until it is told to end: a container to run archive in.");
  line.Integer("--seconds", "Ends by itself after this long without archive", 1, kMaxHoldSeconds,
               &seconds);
  if (auto end = line.Parse(argc, argv)) return *end;
  Hold(seconds);
  return kExitSuccess;
}

constexpr char kCommands[] = "process, figures, collect, file-trial, result, archive or hold";

int Main(int argc, const char* const* argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  const std::string command = std::string(kProgram) + " " + name;
  if (name == "process") return Process(command, argc - 1, argv + 1);
  if (name == "figures") return Figures(command, argc - 1, argv + 1);
  if (name == "collect") return Collect(command, argc - 1, argv + 1);
  if (name == "file-trial") return FileTrial(command, argc - 1, argv + 1);
  if (name == "result") return FileResultOf(command, argc - 1, argv + 1);
  if (name == "archive") return Archive(command, argc - 1, argv + 1);
  if (name == "hold") return HoldOn(command, argc - 1, argv + 1);
  CommandLine line(kProgram, "Turns the controller's logs into the tables of Figure 11.");
  line.Positional("COMMAND", std::string(kCommands) + "; each has its own --help", true,
                  [](std::string_view /*name*/, const std::string& text) -> Status {
                    return UsageError("COMMAND: '" + text + "' is not known; give " + kCommands);
                  });
  return line.Parse(argc, argv).value_or(kExitUsage);
}

}  // namespace
}  // namespace clockwork::telemetry

int main(int argc, char** argv) { return clockwork::telemetry::Main(argc, argv); }
