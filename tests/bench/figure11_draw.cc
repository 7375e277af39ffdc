#include "tests/bench/figure11_draw.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "images/common/base/clock.h"
#include "images/common/base/file.h"
#include "images/common/plan/tree.h"
#include "operator/local/supervise.h"
#include "tests/bench/figure11_plot_tables.h"
#include "tests/support/paths.h"

namespace clockwork::bench {
namespace {

namespace fs = std::filesystem;

constexpr Nanos kPlotDeadlineNs = 300 * kSecond;
constexpr std::int64_t kPaperLeftWorkers = 40;

Status Copy(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  if (!error) return {};
  return RuntimeError(fmt::format("cannot copy {} to {}: {}", from, to, error.message()));
}

// `to` says by its ending which form of the figure it wants, or is empty.
Status CopyFigure(const std::string& figure, const std::string& to) {
  return to.empty() ? Status() : Copy(figure + fs::path(to).extension().string(), to);
}

// The left figure is that of the N which the paper shows, else of the largest.
const SweepRow& LeftRow(const Sweep& sweep) {
  const auto found = std::find_if(sweep.rows.begin(), sweep.rows.end(), [](const SweepRow& row) {
    return row.result.workers == kPaperLeftWorkers;
  });
  return found == sweep.rows.end() ? sweep.rows.back() : *found;
}

// Those of an earlier drawing would be drawn again beside it.
Status RemoveLeftFigures(const std::string& data) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(data, error)) {
    if (entry.path().filename().string().starts_with("11a_")) fs::remove(entry.path(), error);
  }
  if (!error) return {};
  return RuntimeError(fmt::format("cannot empty {}: {}", data, error.message()));
}

Status CollectTables(const Sweep& sweep, const std::string& data) {
  std::error_code error;
  fs::create_directories(data, error);
  if (error) return RuntimeError(fmt::format("cannot create {}: {}", data, error.message()));
  if (Status status = RemoveLeftFigures(data); !status.ok()) return status;
  const SweepRow& left = LeftRow(sweep);
  const std::string name = fs::path(plan::LeftFigure(left.result.workers)).filename();
  Status status = WriteFileAtomically(fmt::format("{}/{}.tsv", data, name),
                                      LeftTable(left, sweep.period_seconds));
  if (!status.ok()) return status;
  status =
      WriteFileAtomically(data + "/11b_goodput_median_aggregate.tsv", AggregateTable(sweep.rows));
  if (!status.ok()) return status;
  status = WriteFileAtomically(data + "/validity.tsv", ValidityTable(sweep.rows));
  if (!status.ok()) return status;
  return WriteFileAtomically(data + "/ideal.csv", IdealTable(sweep.rows));
}

}  // namespace

Status DrawSweep(const Sweep& sweep, const DrawOptions& options, local::Interrupts* interrupts) {
  const std::string data = options.output + "/data";
  if (Status status = CollectTables(sweep, data); !status.ok()) return status;
  const local::ProcessSpec plot{
      .name = "the plotter",
      .program = "/usr/bin/python3",
      .arguments = {SourcePath("images/plotter/plot_figures.py"), "--data", data, "--output", data,
                    "--ideal", data + "/ideal.csv", "--validity", data + "/validity.tsv",
                    "--not-valid", NotValidLabel(sweep.rows), "--by-load", "--caption",
                    Caption(sweep, options.caption)},
      .environment = {{"MPLBACKEND", "Agg"}},
      .log_file = options.output + "/plotter.log"};
  Status status = local::RunToEnd(plot, interrupts, NowNs() + kPlotDeadlineNs);
  if (!status.ok()) return status;
  status = CopyFigure(options.output + '/' + plan::RightFigure(), options.figure);
  if (!status.ok()) return status;
  const std::int64_t left = LeftRow(sweep).result.workers;
  return CopyFigure(options.output + '/' + plan::LeftFigure(left), options.left_figure);
}

}  // namespace clockwork::bench
