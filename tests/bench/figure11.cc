// The sweep of Figure 11 on this machine: for each N the trials of clockwork-experiment, the ideal
// beside them, one line of JSON per N on stdout, tables on stderr, and the figure. Interrupted,
// the same command continues.

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "images/common/base/command_line.h"
#include "images/common/base/exit_code.h"
#include "images/common/base/file.h"
#include "images/common/base/log.h"
#include "images/common/base/version.h"
#include "operator/api/decode.h"
#include "operator/local/experiment_run.h"
#include "operator/local/wait.h"
#include "tests/bench/figure11_directory.h"
#include "tests/bench/figure11_draw.h"
#include "tests/bench/figure11_ideal.h"
#include "tests/bench/figure11_report.h"
#include "tests/bench/figure11_tables.h"
#include "tests/bench/worker_counts.h"
#include "tests/support/paths.h"

namespace clockwork::bench {
namespace {

namespace fs = std::filesystem;

constexpr char kProgram[] = "figure11";
constexpr std::size_t kMaxCsvBytes = 1 << 20;
constexpr char kDefaultOutput[] = "results/figure-11-bench";

struct Options {
  std::vector<std::int64_t> workers;  // empty: the default
  std::vector<std::string> outputs;   // one, unless `draw`
  std::string figure;
  std::string left_figure;
  std::string programs = BuiltPath("bin");
  std::string caption;
  std::int64_t period_seconds = 5;
  std::int64_t trials = 3;
  std::int64_t attempts = 1;
  bool keep_logs = false;
  bool fresh = false;
  bool draw = false;
};

std::string ExperimentText(const Options& options, std::int64_t workers) {
  return fmt::format(
      "apiVersion: clockwork.dev/v1alpha1\nkind: ScalabilityExperiment\n"
      "metadata: {{name: figure-11-n{0}}}\nspec:\n  workers: {{values: [{0}]}}\n  trials: {1}\n"
      "  load: {{periodSeconds: {2}}}\n  figures: {{leftWorkers: {0}}}\n  retries: {{attempts: "
      "{3}}}\n",
      workers, options.trials, options.period_seconds, options.attempts);
}

Result<SweepRow> MeasureOne(const Options& options, std::int64_t workers,
                            local::Interrupts* interrupts) {
  auto experiment = api::ParseExperiment(ExperimentText(options, workers));
  if (!experiment.ok()) return experiment.error();
  local::RunOptions run;
  run.directory = DirectoryOf(options.outputs.front(), workers);
  run.programs = options.programs;
  run.plotter = SourcePath("images/plotter/plot_figures.py");
  run.fresh = options.fresh;
  auto outcome = local::RunExperiment(*experiment, run, interrupts);
  if (!outcome.ok()) return outcome.error();
  if (!options.keep_logs) RemoveLogs(outcome->directory, options.trials);
  SweepRow row;
  row.directory = outcome->directory;
  row.result = outcome->results.front();
  row.buckets = ReadBuckets(row.directory, row.result.trials);
  row.ideal = IdealOf(row.directory, workers, options.period_seconds, Version());
  return row;
}

// Says what there is to say of all rows, and draws them.
int Report(const Options& options, const Sweep& sweep, local::Interrupts* interrupts) {
  const auto csv =
      ReadFile(SourcePath("images/plotter/reference/figure_11_right.csv"), kMaxCsvBytes);
  const std::vector<Published> published =
      csv.ok() ? ParsePublished(*csv) : std::vector<Published>();
  fmt::print(stderr, "\n{}\n{}\n{}\n{}", RenderGoodput(sweep.rows, published),
             RenderCosts(sweep.rows), RenderSteps(sweep.rows), RenderKnee(sweep.rows));
  fmt::print(stderr, "{}", RenderVersions(sweep.rows));
  const DrawOptions draw{options.outputs.front(), options.figure, options.left_figure,
                         options.caption};
  const Status drawn = DrawSweep(sweep, draw, interrupts);
  return drawn.ok() ? kExitSuccess : ReportError(kProgram, drawn.error());
}

int Measure(const Options& options, local::Interrupts* interrupts) {
  Sweep sweep;
  sweep.period_seconds = options.period_seconds;
  const auto all = ParseWorkerCounts("10..150");
  for (const std::int64_t workers : options.workers.empty() ? *all : options.workers) {
    auto row = MeasureOne(options, workers, interrupts);
    if (!row.ok()) return ReportError(kProgram, row.error());
    fmt::print("{}\n", ToJson(*row).dump());
    std::fflush(stdout);
    sweep.rows.push_back(std::move(*row));
  }
  return Report(options, sweep, interrupts);
}

int DrawOnly(const Options& options, local::Interrupts* interrupts) {
  auto sweep = ReadSweeps(options.outputs, options.workers);
  if (!sweep.ok()) return ReportError(kProgram, sweep.error());
  for (SweepRow& row : sweep->rows) {
    row.ideal = IdealOf(row.directory, row.result.workers, sweep->period_seconds, Version());
    fmt::print("{}\n", ToJson(row).dump());
  }
  return Report(options, *sweep, interrupts);
}

// What each option alone cannot tell.
Status Check(const Options& options) {
  for (const auto& [option, file] :
       {std::pair("--figure", &options.figure), std::pair("--left-figure", &options.left_figure)}) {
    const std::string extension = fs::path(*file).extension();
    if (file->empty() || extension == ".png" || extension == ".pdf") continue;
    return UsageError(
        fmt::format("{}: {} is neither a .png nor a .pdf; name one of these", option, *file));
  }
  if (options.outputs.size() > 1 && !options.draw) {
    return UsageError("--out: several directories can only be drawn; add --draw or name one");
  }
  if (options.draw && options.fresh) {
    return UsageError("--fresh: --draw measures nothing; leave one of them out");
  }
  return {};
}

void Declare(CommandLine* line, Options* options) {
  line->Custom("--workers",
               "Numbers of GPUs: 10..150 or 200,300,400 or 10..150:20; without it 10..150, with "
               "--draw all that are there",
               [options](std::string_view, const std::string& text) -> Status {
                 auto counts = ParseWorkerCounts(text);
                 if (!counts.ok()) return counts.error();
                 options->workers = std::move(*counts);
                 return {};
               });
  line->Integer("--trials", "Trials of each N", 1, 100, &options->trials);
  line->Integer("--period", "Seconds of a load step", 1, 3600, &options->period_seconds);
  line->Integer("--attempts", "How often a trial that is invalid is run in all", 1, 10,
                &options->attempts);
  line->Each("-o,--out",
             fmt::format("Directory of the results, {} without it; with --draw it may be given "
                         "several times, and the first one takes the figure",
                         kDefaultOutput),
             &options->outputs);
  line->Flag("--draw",
             "Measure nothing: tables and figures from what the directories hold. An ideal that "
             "another version or one with uncommitted changes found is found anew, up to a minute "
             "for a large N, and written into its directory",
             &options->draw);
  line->Text("--figure", "Where to put the figure as well, a .png or .pdf", &options->figure);
  line->Text("--left-figure",
             "Where to put the one over the offered load as well, of N = 40 or the largest",
             &options->left_figure);
  line->Text("--caption", "Added to the caption, for example the machine", &options->caption);
  line->Text("--programs", "Directory of the programs", &options->programs);
  line->Flag("--keep-logs", "Keep the telemetry, about 70 bytes per request", &options->keep_logs);
  line->Flag("--fresh", "Measure anew what the directory holds already", &options->fresh);
}

int Main(int argc, const char* const* argv) {
  InitLog(kProgram);
  local::Interrupts interrupts;
  Options options;
  CommandLine line(
      kProgram,
      "Measures Figure 11 on this machine and sets it beside the paper and the ideal: a line "
      "of JSON per N, a table, the figure. Finished trials are kept: interrupted, or with more N, "
      "the same command continues.");
  Declare(&line, &options);
  if (const auto end = line.Parse(argc, argv)) return *end;
  if (options.outputs.empty()) options.outputs.emplace_back(kDefaultOutput);
  if (Status status = Check(options); !status.ok()) return ReportError(kProgram, status.error());
  return options.draw ? DrawOnly(options, &interrupts) : Measure(options, &interrupts);
}

}  // namespace
}  // namespace clockwork::bench

int main(int argc, char** argv) { return clockwork::bench::Main(argc, argv); }
