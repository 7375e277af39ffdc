// The sweep of Figure 11 on this machine: for each N the trials of clockwork-experiment, the ideal
// beside them, one line of JSON per N on stdout, a table on stderr, and the figure. Interrupted,
// the same command continues.

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "images/common/base/clock.h"
#include "images/common/base/command_line.h"
#include "images/common/base/exit_code.h"
#include "images/common/base/file.h"
#include "images/common/base/log.h"
#include "operator/api/decode.h"
#include "operator/local/experiment_run.h"
#include "operator/local/supervise.h"
#include "tests/bench/figure11_report.h"
#include "tests/bench/ideal_goodput.h"
#include "tests/bench/worker_counts.h"

namespace clockwork::bench {
namespace {

namespace fs = std::filesystem;

constexpr char kProgram[] = "figure11";
constexpr std::size_t kMaxCsvBytes = 1 << 20;
constexpr Nanos kPlotDeadlineNs = 300 * kSecond;
constexpr std::int64_t kPaperLeftWorkers = 40;

struct Options {
  std::vector<std::int64_t> workers;
  std::string directory = "results/figure-11-bench";
  std::string figure;
  std::string programs = CLOCKWORK_BINARY_DIR "/bin";
  std::string caption;
  std::int64_t period_seconds = 5;
  std::int64_t trials = 3;
  std::int64_t attempts = 1;
  bool keep_logs = false;
  bool fresh = false;
};

std::string ExperimentText(const Options& options, std::int64_t workers) {
  return fmt::format(
      "apiVersion: clockwork.dev/v1alpha1\nkind: ScalabilityExperiment\n"
      "metadata: {{name: figure-11-n{0}}}\nspec:\n  workers: {{values: [{0}]}}\n  trials: {1}\n"
      "  load: {{periodSeconds: {2}}}\n  figures: {{leftWorkers: {0}}}\n  retries: {{attempts: "
      "{3}}}\n",
      workers, options.trials, options.period_seconds, options.attempts);
}

// Gigabytes per trial of a large N; what the table and the figures need is in the records.
void RemoveLogs(const std::string& directory, std::int64_t trials) {
  for (std::int64_t trial = 1; trial <= trials; ++trial) {
    std::error_code ignored;
    for (const auto& entry :
         fs::directory_iterator(fmt::format("{}/trial-{}", directory, trial), ignored)) {
      if (entry.path().extension() == ".tsv") fs::remove(entry.path(), ignored);
    }
  }
}

Result<SweepRow> MeasureOne(const Options& options, std::int64_t workers,
                            local::Interrupts* interrupts) {
  auto experiment = api::ParseExperiment(ExperimentText(options, workers));
  if (!experiment.ok()) return experiment.error();
  local::RunOptions run;
  run.directory = fmt::format("{}/n{}", options.directory, workers);
  run.programs = options.programs;
  run.plotter = CLOCKWORK_SOURCE_DIR "/images/plotter/plot_figures.py";
  run.fresh = options.fresh;
  auto outcome = local::RunExperiment(*experiment, run, interrupts);
  if (!outcome.ok()) return outcome.error();
  if (!options.keep_logs) RemoveLogs(outcome->directory, options.trials);
  SweepRow row;
  row.result = outcome->results.front();
  row.ideal_rps = IdealTrial(workers, options.period_seconds, 0).peak_goodput_rps;
  return row;
}

// The left figure is that of the N which the paper shows, else of the largest.
Status CollectTables(const Options& options, const std::vector<SweepRow>& rows,
                     const std::string& data) {
  std::int64_t left = rows.back().result.workers;
  for (const SweepRow& row : rows) {
    if (row.result.workers == kPaperLeftWorkers) left = kPaperLeftWorkers;
  }
  std::error_code error;
  fs::create_directories(data, error);
  const std::string table = fmt::format("11a_goodput_median_{}_workers.tsv", left);
  fs::copy_file(fmt::format("{}/n{}/data/{}", options.directory, left, table), data + "/" + table,
                fs::copy_options::overwrite_existing, error);
  if (error) return RuntimeError(fmt::format("cannot copy {}: {}", table, error.message()));
  Status status =
      WriteFileAtomically(data + "/11b_goodput_median_aggregate.tsv",
                          AggregateTable(rows, static_cast<std::size_t>(options.trials)));
  if (!status.ok()) return status;
  return WriteFileAtomically(data + "/ideal.csv", IdealTable(rows));
}

Status Draw(const Options& options, const std::vector<SweepRow>& rows,
            local::Interrupts* interrupts) {
  const std::string data = options.directory + "/data";
  if (Status status = CollectTables(options, rows, data); !status.ok()) return status;
  const std::string caption = fmt::format(
      "zoo v100-osdi20 in published order (inferred), {} trials, load steps of {} s; paper: "
      "servers of 32 cores, re-run: 30 cores{}{}",
      options.trials, options.period_seconds, options.caption.empty() ? "" : "; ", options.caption);
  const local::ProcessSpec plot{
      .name = "the plotter",
      .program = "/usr/bin/python3",
      .arguments = {CLOCKWORK_SOURCE_DIR "/images/plotter/plot_figures.py", "--data", data,
                    "--output", data, "--ideal", data + "/ideal.csv", "--caption", caption},
      .environment = {{"MPLBACKEND", "Agg"}},
      .log_file = options.directory + "/plotter.log"};
  Status status = local::RunToEnd(plot, interrupts, NowNs() + kPlotDeadlineNs);
  if (!status.ok() || options.figure.empty()) return status;
  const std::string kind = fs::path(options.figure).extension();
  std::error_code error;
  fs::copy_file(data + "/11b_goodput_median_aggregate" + kind, options.figure,
                fs::copy_options::overwrite_existing, error);
  if (error)
    return RuntimeError(fmt::format("cannot write {}: {}", options.figure, error.message()));
  return {};
}

int Sweep(const Options& options, local::Interrupts* interrupts) {
  std::vector<SweepRow> rows;
  for (const std::int64_t workers : options.workers) {
    auto row = MeasureOne(options, workers, interrupts);
    if (!row.ok()) return ReportError(kProgram, row.error());
    fmt::print("{}\n", ToJson(*row).dump());
    std::fflush(stdout);
    rows.push_back(std::move(*row));
  }
  const auto csv =
      ReadFile(CLOCKWORK_SOURCE_DIR "/images/plotter/reference/figure_11_right.csv", kMaxCsvBytes);
  fmt::print(stderr, "\n{}",
             RenderSweep(rows, csv.ok() ? ParsePublished(*csv) : std::vector<Published>()));
  if (const auto knee = Knee(rows)) {
    fmt::print(stderr, "Knee: N = {} is the first below 95 % of the ideal.\n", *knee);
  } else {
    fmt::print(stderr, "Knee: none up to N = {}.\n", rows.back().result.workers);
  }
  const Status drawn = Draw(options, rows, interrupts);
  return drawn.ok() ? kExitSuccess : ReportError(kProgram, drawn.error());
}

int Main(int argc, const char* const* argv) {
  InitLog(kProgram);
  local::Interrupts interrupts;
  Options options;
  options.workers = *ParseWorkerCounts("10..150");
  CommandLine line(
      kProgram,
      "Measures Figure 11 on this machine and sets it beside the paper and the ideal: a line "
      "of JSON per N, a table, the figure. Interrupted, the same command continues.");
  line.Custom("--workers", "Numbers of GPUs: 10..150 (the default) or 200,300,400 or 10..150:20",
              [&options](std::string_view, const std::string& text) -> Status {
                auto counts = ParseWorkerCounts(text);
                if (!counts.ok()) return counts.error();
                options.workers = std::move(*counts);
                return {};
              });
  line.Integer("--trials", "Trials of each N", 1, 100, &options.trials);
  line.Integer("--period", "Seconds of a load step", 1, 3600, &options.period_seconds);
  line.Integer("--attempts", "How often a trial that is invalid is run in all", 1, 10,
               &options.attempts);
  line.Text("-o,--out", "Directory of the results", &options.directory);
  line.Text("--figure", "Where to put the figure as well, a .png or .pdf", &options.figure);
  line.Text("--caption", "Added to the caption, for example the machine", &options.caption);
  line.Text("--programs", "Directory of the programs", &options.programs);
  line.Flag("--keep-logs", "Keep the telemetry, about 70 bytes per request", &options.keep_logs);
  line.Flag("--fresh", "Measure anew what the directory holds already", &options.fresh);
  if (const auto end = line.Parse(argc, argv)) return *end;
  const fs::path figure(options.figure);
  if (!options.figure.empty() && figure.extension() != ".png" && figure.extension() != ".pdf") {
    return ReportError(kProgram,
                       UsageError(fmt::format("--figure: {} is neither a .png nor a .pdf; "
                                              "name one of these",
                                              options.figure)));
  }
  return Sweep(options, &interrupts);
}

}  // namespace
}  // namespace clockwork::bench

int main(int argc, char** argv) { return clockwork::bench::Main(argc, argv); }
