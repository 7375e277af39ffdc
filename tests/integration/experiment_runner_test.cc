// clockwork-experiment against programs that crash, hang and lie (experiment_fake_program.cc).

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/paths.h"
#include "tests/support/process.h"
#include "tests/support/temporary_directory.h"

namespace clockwork {
namespace {

namespace fs = std::filesystem;

using testing::ExitedWith;
using testing::ExitStatus;
using ::testing::HasSubstr;

// The outcome of one command.
struct Outcome {
  std::optional<ExitStatus> status;
  std::string out;
  std::string err;
};

class ExperimentRunnerTest : public ::testing::Test {
 protected:
  ExperimentRunnerTest() {
    fs::create_directory(programs_);
    const std::string fake = BuiltPath("tests/experiment_fake_program");
    for (const char* name : {"worker_dummy", "controller", "client", "telemetry"}) {
      fs::create_symlink(fake, programs_ + "/" + name);
    }
    WriteFile("plotter.py", "");
    WriteExperiment("workers: {values: [1, 2]}, trials: 2");
  }

  void WriteFile(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name) << text;
  }

  // Load steps of a second, so that deadlines of two seconds are allowed.
  void WriteExperiment(const std::string& spec) const {
    WriteFile(
        "experiment.yaml",
        "apiVersion: clockwork.dev/v1alpha1\nkind: ScalabilityExperiment\nmetadata: {name: fake}\n"
        "spec: {load: {factorMin: \"1\", factorMax: \"1\", periodSeconds: 1}, " +
            spec + "}\n");
  }

  void Behave(const std::string& lines) const {
    std::ofstream(programs_ + "/behaviour") << lines;
    fs::remove(programs_ + "/starts");
    fs::remove(programs_ + "/client.running");
  }

  testing::ProcessOptions Command(const std::string& command, std::vector<std::string> more) const {
    testing::ProcessOptions options;
    options.command = {ProgramPath("clockwork-experiment"),
                       command,
                       "--programs",
                       programs_,
                       "--plotter",
                       directory_ / "plotter.py"};
    options.command.insert(options.command.end(), more.begin(), more.end());
    return options;
  }
  testing::ProcessOptions RunCommandLine() const {
    return Command("run", {"-f", directory_ / "experiment.yaml", "-o", output_});
  }

  static Outcome Execute(const testing::ProcessOptions& options) {
    Outcome outcome;
    outcome.status = testing::RunCommand(options, &outcome.out, &outcome.err);
    return outcome;
  }
  Outcome Run() const { return Execute(RunCommandLine()); }

  // How often a program was started since Behave.
  int Starts(const std::string& program) const {
    std::ifstream file(programs_ + "/starts");
    int count = 0;
    for (std::string line; std::getline(file, line);)
      count += line.starts_with(program + " ") ? 1 : 0;
    return count;
  }

  nlohmann::json ReadResult() const {
    std::ifstream file(output_ + "/result.json");
    return nlohmann::json::parse(file, nullptr, false);
  }

  pid_t PidOf(const std::string& program) const {
    pid_t pid = -1;
    std::ifstream(programs_ + "/" + program + ".pid") >> pid;
    return pid;
  }

  testing::TemporaryDirectory directory_;
  const std::string programs_ = directory_ / "bin";
  const std::string output_ = directory_ / "out";
};

TEST_F(ExperimentRunnerTest, MeasuresEveryTrialAndReports) {
  const Outcome run = Run();
  ASSERT_EQ(run.status, ExitedWith(0)) << run.err;
  EXPECT_THAT(
      run.out,
      HasSubstr("     1         1,000     1000.0         2,000        6.50          20  yes\n"
                "     2         2,000     1000.0         2,000        6.50          20  yes\n"));
  EXPECT_EQ(Starts("client"), 4);
  const nlohmann::json result = ReadResult();
  EXPECT_EQ(result["experiment"], "fake");
  EXPECT_EQ(result["complete"], true);
  ASSERT_EQ(result["results"].size(), 2U);
  EXPECT_EQ(result["results"][1]["workers"], 2);
  EXPECT_EQ(result["results"][1]["medianGoodputRps"], 2000.0);
  EXPECT_EQ(result["results"][1]["valid"], true);
  ASSERT_EQ(result["results"][1]["trials"].size(), 2U);
  EXPECT_EQ(result["results"][1]["trials"][0]["offeredRps"], 2000.0);
  EXPECT_EQ(result["results"][1]["trials"][0]["attempts"], 1);
  EXPECT_EQ(result["machine"]["programs"]["controller"], "controller 1.2.3 (fake)");
  for (const char* file :
       {"trial-1/file=controller_1_request.tsv", "trial-2/file=controller_2_action.tsv",
        "trial-2/file=controller_2_manifest.json", "trial-1/file=controller_2_client.json",
        "data/processed-data-trial-2/timeseries_data-2.tsv",
        "data/processed-data-trial-2/client_tail_cdf_data-1.tsv",
        "data/11b_goodput_median_aggregate.tsv",
        "logs/trial-1/config-1/attempt-1/controller.log"}) {
    EXPECT_TRUE(fs::exists(output_ + "/" + file)) << file;
  }
  std::ifstream aggregate(output_ + "/data/processed-data-trial-2/goodput_aggregate_data.tsv");
  const std::string text{std::istreambuf_iterator<char>(aggregate), {}};
  EXPECT_EQ(text, "num_models\tgoodput\n1\t1000.0\n2\t2000.0\n");
}

TEST_F(ExperimentRunnerTest, AFinishedExperimentIsOnlyReportedAgain) {
  const Outcome first = Run();
  ASSERT_EQ(first.status, ExitedWith(0)) << first.err;
  Behave("");
  const std::string aggregate = output_ + "/data/processed-data-trial-2/goodput_aggregate_data.tsv";
  fs::remove(aggregate);  // as if the run had ended right after the last record
  const Outcome again = Run();
  EXPECT_EQ(again.status, ExitedWith(0)) << again.err;
  EXPECT_EQ(again.out, first.out);
  EXPECT_EQ(Starts("worker_dummy"), 0);
  EXPECT_TRUE(fs::exists(aggregate));
  const Outcome report = Execute(Command("report", {output_}));
  EXPECT_EQ(report.status, ExitedWith(0)) << report.err;
  EXPECT_THAT(report.out, HasSubstr("     2         2,000"));
}

TEST_F(ExperimentRunnerTest, WhatAnotherVersionMeasuredIsKeptAndSaid) {
  WriteExperiment("workers: {values: [1]}, trials: 2");
  ASSERT_EQ(Run().status, ExitedWith(0));
  EXPECT_EQ(ReadResult()["results"][0]["trials"][0]["programs"]["client"]["version"],
            "client 1.2.3 (fake)");
  fs::remove(output_ + "/trial-2/file=controller_1_trial.json");
  Behave("");
  WriteFile("bin/version", "1.2.4 (fake)");
  const Outcome again = Run();
  EXPECT_EQ(again.status, ExitedWith(0)) << again.err;
  EXPECT_EQ(Starts("client"), 1);
  EXPECT_THAT(again.err, HasSubstr("1 of the 1 finished trials were measured by other versions "
                                   "(client 1.2.3 (fake); "));
}

TEST_F(ExperimentRunnerTest, InterruptedItEndsItsChildrenAndContinues) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    fs::remove_all(output_);
    Behave("");
    WriteExperiment("workers: {values: [1]}, trials: 1");
    ASSERT_EQ(Run().status, ExitedWith(0));
    fs::remove(output_ + "/trial-1/file=controller_1_trial.json");  // as if it had ended half done
    Behave("client hang 1");
    testing::Process runner(RunCommandLine());
    ASSERT_TRUE(runner.WaitForFile(programs_ + "/client.running").has_value()) << runner.err();
    EXPECT_EQ(runner.End(signal), ExitedWith(1));
    EXPECT_THAT(runner.err(),
                HasSubstr("clockwork-experiment: interrupted after 0 of 1 trials; finished trials "
                          "are kept and the same command continues\n"));
    for (const char* program : {"worker_dummy", "controller", "client"}) {
      EXPECT_THAT(testing::ProcessGroupMembers(PidOf(program)), ::testing::IsEmpty()) << program;
    }
    Behave("");
    const Outcome continued = Run();
    EXPECT_EQ(continued.status, ExitedWith(0)) << continued.err;
    EXPECT_EQ(Starts("client"), 1);
    EXPECT_EQ(ReadResult()["results"][0]["trials"][0]["attempts"], 1);
  }
}

TEST_F(ExperimentRunnerTest, InterruptedWhileItDrawsItIsNotFinished) {
  WriteFile("plotter.py",
            "import pathlib, time\n"
            "pathlib.Path('" +
                directory_ / "drawing" +
                "').write_text('now')\n"
                "time.sleep(600)\n");
  testing::Process runner(RunCommandLine());
  ASSERT_TRUE(runner.WaitForFile(directory_ / "drawing", "now").has_value()) << runner.err();
  EXPECT_EQ(runner.End(SIGINT), ExitedWith(1));
  EXPECT_THAT(runner.err(), HasSubstr("interrupted after 4 of 4 trials"));
  EXPECT_EQ(ReadResult()["complete"], false);
  WriteFile("plotter.py", "");
  Behave("");
  const Outcome continued = Run();
  EXPECT_EQ(continued.status, ExitedWith(0)) << continued.err;
  EXPECT_EQ(Starts("client"), 0) << "nothing was left to be measured";
  EXPECT_EQ(ReadResult()["complete"], true);
}

TEST_F(ExperimentRunnerTest, FinishedTrialsAreKeptWhenItContinues) {
  // The third client hangs: trial 2 of N = 1.
  ASSERT_EQ(Run().status, ExitedWith(0));
  for (const char* config : {"1", "2"}) {
    fs::remove(output_ + "/trial-2/file=controller_" + config + "_trial.json");
  }
  Behave("");
  EXPECT_EQ(Run().status, ExitedWith(0));
  EXPECT_EQ(Starts("client"), 2);
}

TEST_F(ExperimentRunnerTest, NoOrphanSurvivesTheRunner) {
  Behave("client hang 1");
  testing::Process runner(RunCommandLine());
  ASSERT_TRUE(runner.WaitForFile(programs_ + "/client.running").has_value()) << runner.err();
  EXPECT_EQ(runner.End(SIGKILL), testing::KilledBy(SIGKILL));
  for (const char* program : {"worker_dummy", "controller", "client"}) {
    EXPECT_TRUE(testing::WaitForGroupEnd(PidOf(program))) << program;
  }
  Behave("");
  EXPECT_EQ(Run().status, ExitedWith(0));  // neither the lock nor the half-done trial is in the way
}

struct RetryCase {
  const char* behaviour;
  const char* note;  // on stderr
};

TEST_F(ExperimentRunnerTest, AFailedAttemptIsRepeated) {
  const RetryCase cases[] = {
      {"worker_dummy crash 1",
       "attempt 1 of 3 failed: worker_dummy ended with exit code 1: the sky is falling"},
      {"controller crash 1",
       "attempt 1 of 3 failed: controller ended with exit code 1: the sky is falling"},
      {"controller hangatstart 1",
       "attempt 1 of 3 failed: controller was not ready before its deadline"},
      {"controller badport 1", "is of no use: its field port is missing"},
      {"controller dirty 1",
       "attempt 1 of 3 failed: controller ended with exit code 1: cannot flush"},
      {"client crash 1",
       "attempt 1 of 3 failed: client ended with exit code 1: the sky is falling"},
      {"client hang 1", "attempt 1 of 3 failed: client did not end before its deadline"},
      {"client garbage 1", "file=controller_1_client.json is of no use: it is no JSON object"},
      {"client killcontroller 1",
       "attempt 1 of 3 failed: in mid-run, controller ended with signal 9 (Killed)"},
      {"client endfirst 1",
       "attempt 1 of 3 failed: in mid-run, controller ended with signal 9 (Killed)"},
      {"telemetry-collect crash 1",
       "attempt 1 of 3 failed: telemetry collect ended with exit code 1"},
      {"telemetry-process crash 1",
       "attempt 1 of 3 failed: telemetry process ended with exit code 1"}};
  for (const RetryCase& each : cases) {
    SCOPED_TRACE(each.behaviour);
    fs::remove_all(output_);
    Behave(each.behaviour);
    // Only what hangs needs a short deadline; the others must not meet one on a busy machine.
    const bool hangs = std::string_view(each.behaviour).find("hang") != std::string_view::npos;
    WriteExperiment(std::string("workers: {values: [1]}, trials: 1") +
                    (hangs ? ", deadlines: {trialSeconds: 10}" : ""));
    const Outcome run = Run();
    EXPECT_EQ(run.status, ExitedWith(0)) << run.err;
    EXPECT_THAT(run.err, HasSubstr(each.note));
    const nlohmann::json trial = ReadResult()["results"][0]["trials"][0];
    EXPECT_EQ(trial["attempts"], 2);
    EXPECT_EQ(trial["valid"], true);
  }
}

TEST_F(ExperimentRunnerTest, AnInvalidTrialIsRepeatedAndAtLastKept) {
  WriteExperiment("workers: {values: [1]}, trials: 1");
  Behave("client invalid 1");
  EXPECT_EQ(Run().status, ExitedWith(0));
  EXPECT_EQ(Starts("client"), 2);
  EXPECT_EQ(ReadResult()["results"][0]["valid"], true);

  fs::remove_all(output_);
  Behave("client invalid 99");
  const Outcome run = Run();
  EXPECT_EQ(run.status, ExitedWith(0)) << run.err;
  EXPECT_EQ(Starts("client"), 3);
  EXPECT_THAT(run.out, HasSubstr("no: trial 1: the client lagged 5000 us behind its schedule"));
  const nlohmann::json result = ReadResult()["results"][0];
  EXPECT_EQ(result["valid"], false);
  EXPECT_EQ(result["trials"][0]["attempts"], 3);
  Behave("");
  EXPECT_EQ(Run().status, ExitedWith(0));  // its attempts are used up
  EXPECT_EQ(Starts("client"), 0);
}

TEST_F(ExperimentRunnerTest, ATrialThatAlwaysFailsEndsTheExperimentWithItsReason) {
  Behave("worker_dummy crash 99");
  const Outcome run = Run();
  EXPECT_EQ(run.status, ExitedWith(1));
  EXPECT_THAT(
      run.err,
      HasSubstr("clockwork-experiment: gave up after 2 trials in a row failed 3 times each; the "
                "last: N = 2, trial 1 of 2: worker_dummy ended with exit code 1: the sky is "
                "falling"));
  EXPECT_EQ(Starts("worker_dummy"), 6);
  Behave("");
  EXPECT_EQ(Run().status, ExitedWith(0));  // what was mended meanwhile is tried again
}

TEST_F(ExperimentRunnerTest, ARefusedCommandLineIsNotRepeated) {
  Behave("controller refuse 99");
  const Outcome run = Run();
  EXPECT_EQ(run.status, ExitedWith(2));
  EXPECT_THAT(run.err, HasSubstr("controller ended with exit code 2: this option is unknown"));
  EXPECT_EQ(Starts("controller"), 1);
}

TEST_F(ExperimentRunnerTest, WithoutFiguresTheTableIsStillThere) {
  WriteFile("plotter.py", "raise SystemExit('there is no matplotlib')");
  const Outcome run = Run();
  EXPECT_EQ(run.status, ExitedWith(0)) << run.err;
  EXPECT_THAT(run.out, HasSubstr("     2         2,000"));
  EXPECT_THAT(
      run.out,
      HasSubstr("Note: the figures were not drawn; the tables are complete all the same: the "
                "plotter ended with exit code 1: there is no matplotlib"));
}

TEST_F(ExperimentRunnerTest, TwoRunnersDoNotShareADirectory) {
  Behave("client hang 1");
  testing::Process first(RunCommandLine());
  ASSERT_TRUE(first.WaitForFile(programs_ + "/client.running").has_value()) << first.err();
  const Outcome second = Run();
  EXPECT_EQ(second.status, ExitedWith(2));
  EXPECT_THAT(second.err, HasSubstr("another clockwork-experiment is running in " + output_));
  EXPECT_EQ(first.End(SIGINT), ExitedWith(1));
}

TEST_F(ExperimentRunnerTest, AnotherSpecIsRefusedUnlessFresh) {
  ASSERT_EQ(Run().status, ExitedWith(0));
  WriteExperiment("workers: {values: [1, 3]}, trials: 2");
  const Outcome refused = Run();
  EXPECT_EQ(refused.status, ExitedWith(2));
  EXPECT_THAT(refused.err,
              HasSubstr("holds another experiment: spec.workers.values.1 (2 there, 3 here)"));
  testing::ProcessOptions fresh = RunCommandLine();
  fresh.command.emplace_back("--fresh");
  const Outcome run = Execute(fresh);
  EXPECT_EQ(run.status, ExitedWith(0)) << run.err;
  EXPECT_EQ(ReadResult()["results"][1]["workers"], 3);
}

TEST_F(ExperimentRunnerTest, BadCommandsAreRefusedInOneSentence) {
  struct Case {
    std::vector<std::string> arguments;
    int code;
    const char* message;
  };
  WriteFile("bad.yaml", "apiVersion: [");
  const std::string good = directory_ / "experiment.yaml";
  const std::string bad = directory_ / "bad.yaml";
  const Case cases[] = {
      {{}, 2, "a command is missing; give run, validate, report, fetch or watch"},
      {{"walk"}, 2, "there is no command 'walk'"},
      {{"run"}, 2, "-f FILE is missing"},
      {{"run", "-f", directory_ / "none.yaml"}, 2, "none.yaml: No such file or directory"},
      {{"validate", "-f", bad}, 2, "bad.yaml: line 1, column 1: not valid YAML"},
      {{"run", "--quick"}, 2, "--quick"},
      {{"report", directory_.path()}, 2, "holds no experiment"},
      {{"run", "-f", good, "--programs", directory_.path(), "-o", output_},
       2,
       "there is no program worker_dummy in "},
      {{"run", "-f", good, "--programs", programs_, "-o", "/proc/self/out"},
       1,
       "cannot create /proc/self/out"}};
  for (const Case& each : cases) {
    testing::ProcessOptions options;
    options.command = {ProgramPath("clockwork-experiment")};
    options.command.insert(options.command.end(), each.arguments.begin(), each.arguments.end());
    const Outcome outcome = Execute(options);
    EXPECT_EQ(outcome.status, ExitedWith(each.code)) << each.message;
    EXPECT_THAT(outcome.err, HasSubstr(each.message));
    EXPECT_EQ(outcome.out, "");
  }
  EXPECT_FALSE(fs::exists(output_));
}

TEST_F(ExperimentRunnerTest, HelpAndValidateSucceed) {
  EXPECT_EQ(Execute(Command("run", {"--help"})).status, ExitedWith(0));
  testing::ProcessOptions validate;
  validate.command = {ProgramPath("clockwork-experiment"), "validate", "-f",
                      directory_ / "experiment.yaml"};
  const Outcome outcome = Execute(validate);
  EXPECT_EQ(outcome.status, ExitedWith(0)) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr(": fake is valid: "));
}

}  // namespace
}  // namespace clockwork
