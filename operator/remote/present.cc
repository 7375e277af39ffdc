#include "operator/remote/present.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "images/common/base/file.h"
#include "images/common/plan/tree.h"
#include "operator/api/encode.h"
#include "operator/local/experiment_directory.h"
#include "operator/local/figures.h"

namespace clockwork::remote {
namespace {

// Everything in data/ that the plotter and the figure tables are made of.
std::vector<std::string> FiguresIn(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code ignored;
  const std::string data = fmt::format("{}/{}", directory, plan::kDataDirectory);
  for (const auto& entry : std::filesystem::directory_iterator(data, ignored)) {
    const std::string name = entry.path().filename();
    if (plan::IsFigure(name)) files.push_back(fmt::format("{}/{}", plan::kDataDirectory, name));
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool DrawnByCluster(const RemoteExperiment& experiment) {
  const auto& figures = experiment.status.figures;
  return figures && figures->state == plan::cluster::FiguresState::kDrawn;
}

}  // namespace

Result<local::RunOutcome> Present(const RemoteExperiment& experiment,
                                  const local::RunOptions& options, local::Interrupts* interrupts) {
  const api::ScalabilityExperiment& wanted = experiment.experiment;
  const plan::Plan plan = plan::MakePlan(wanted.spec);
  const std::string measurement = api::MeasurementHash(wanted.spec);
  local::RunOutcome outcome;
  outcome.directory = options.directory;
  outcome.results =
      plan::Summarize(plan, local::ReadRecordsOf(options.directory, plan, measurement));
  if (!DrawnByCluster(experiment)) {
    auto programs = local::FindPrograms(options.programs, options.plotter);
    if (programs.ok()) {
      outcome.notes =
          local::MakeFigures(*programs, options.directory, plan, wanted, interrupts).notes;
    } else {
      outcome.notes.push_back(
          fmt::format("the figures were not drawn: {}", programs.error().message));
    }
  }
  outcome.figures = FiguresIn(options.directory);
  const nlohmann::ordered_json spec = api::EncodeSpec(wanted.spec);
  const plan::ResultContext context{wanted.name,     measurement,
                                    &spec,           nullptr,
                                    outcome.figures, experiment.status.completion_ns.has_value()};
  const std::string file = fmt::format("{}/{}", options.directory, plan::kResultFile);
  if (Status status = WriteFileAtomically(file, plan::EncodeResult(outcome.results, plan, context));
      !status.ok()) {
    return status.error();
  }
  return outcome;
}

}  // namespace clockwork::remote
