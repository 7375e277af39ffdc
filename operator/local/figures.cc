#include "operator/local/figures.h"

#include <fmt/format.h>

#include <filesystem>

#include "images/common/base/clock.h"
#include "images/common/plan/tree.h"
#include "operator/local/command_lines.h"
#include "operator/local/experiment_directory.h"
#include "operator/local/supervise.h"

namespace clockwork::local {
namespace {

constexpr Nanos kFiguresDeadlineNs = 300 * kSecond;
constexpr const char* kSuffixes[] = {".tsv", ".pdf", ".png"};

std::vector<std::string> AllFiles(const plan::Plan& plan) {
  std::vector<std::string> files;
  for (const std::string& stem : {plan::LeftFigure(plan.left_workers), plan::RightFigure()}) {
    for (const char* suffix : kSuffixes) files.push_back(stem + suffix);
  }
  return files;
}

Status Draw(const Programs& programs, const std::string& directory, const plan::Plan& plan,
            const api::ScalabilityExperiment& experiment, Interrupts* interrupts) {
  const std::string data = fmt::format("{}/{}", directory, plan::kDataDirectory);
  const std::string logs = fmt::format("{}/{}", directory, plan::kLogsDirectory);
  for (const std::string& path : {data, logs}) {
    if (Status status = MakeDirectories(path); !status.ok()) return status;
  }
  Status status = RunToEnd(FiguresCommand(programs, data, logs, plan), interrupts,
                           NowNs() + kFiguresDeadlineNs);
  if (!status.ok()) return status;
  if (programs.plotter.empty()) {
    return RuntimeError("plot_figures.py was not found; name it with --plotter");
  }
  return RunToEnd(PlotCommand(programs, directory, experiment), interrupts,
                  NowNs() + kFiguresDeadlineNs);
}

}  // namespace

Figures MakeFigures(const Programs& programs, const std::string& experiment_directory,
                    const plan::Plan& plan, const api::ScalabilityExperiment& experiment,
                    Interrupts* interrupts) {
  Figures figures;
  const auto path_of = [&](const std::string& file) {
    return fmt::format("{}/{}", experiment_directory, file);
  };
  for (const std::string& file : AllFiles(plan)) {
    if (Status status = RemoveAll(path_of(file)); !status.ok()) {
      figures.notes.push_back(status.error().message);
    }
  }
  const Status status = Draw(programs, experiment_directory, plan, experiment, interrupts);
  if (!status.ok()) {
    figures.notes.push_back(
        fmt::format("the figures were not drawn; the tables are complete all the same: {}",
                    status.error().message));
  }
  for (const std::string& file : AllFiles(plan)) {
    std::error_code ignored;
    if (std::filesystem::exists(path_of(file), ignored)) figures.files.push_back(file);
  }
  return figures;
}

}  // namespace clockwork::local
