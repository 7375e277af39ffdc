#include "operator/local/outcome.h"

#include <fmt/format.h>

namespace clockwork::local {

void AddLocationOptions(CommandLine* line, RunOptions* options) {
  line->Text("--programs",
             "Directory of worker_dummy, controller, client and telemetry; beside this "
             "program when not given",
             &options->programs);
  line->Text("--plotter", "Path of plot_figures.py; found from this program when not given",
             &options->plotter);
}

void PrintOutcome(const RunOutcome& outcome) {
  fmt::print("\n{}\n", plan::RenderTable(outcome.results));
  for (const std::string& note : outcome.notes) fmt::print("Note: {}\n", note);
  for (const std::string& figure : outcome.figures) {
    if (figure.ends_with(".pdf") || figure.ends_with(".png")) {
      fmt::print("Figure: {}/{}\n", outcome.directory, figure);
    }
  }
  fmt::print("Result: {}/result.json\n", outcome.directory);
}

}  // namespace clockwork::local
